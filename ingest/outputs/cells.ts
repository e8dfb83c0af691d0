/** Cells, their names and their rankings: a batch's increments over what the store holds. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import { Cells } from '../../model/cells/cells.ts'
import { DAY_MS, slotOf } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import { taken, takenWeights } from '../../model/cells/gathered.ts'
import { hasRow, mergeRow, objectsAt, type RowLayout } from '../../model/measures/index.ts'
import { memberOf, rankingsOf, rankingSuffix, type Ranking } from '../../model/ranking.ts'
import { ByteWriter } from '../../model/numbers/varint.ts'
import type { Command } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import type { ChunkStates } from './chunk-states.ts'
import { ChunkCache, type Chunk } from './chunks.ts'
import type { DayDictionaries } from './day-dictionaries.ts'
import type { Changes, Output } from './output.ts'
import type { DueWrites } from './due-writes.ts'
import { PieceWrites } from './piece-writes.ts'

const writer = new ByteWriter()

export class CellsOutput extends Cells implements Output {
  readonly #source: Source
  readonly #keys: PartitionKeys
  readonly #names: DayDictionaries
  readonly #chunks: ChunkCache
  readonly #rankings: readonly (readonly Ranking[])[]
  readonly #pieces = new PieceWrites()
  #batch = 0
  /** By breakdown * intervals + interval, by cell of its table. */
  readonly #chunkOf: Chunk[][]
  /** Cells of each table in which events were counted; behind them stand those that only steps of series touch. */
  readonly #counted: number[] = []
  #toRead: Chunk[] = []

  constructor(source: Source, keys: PartitionKeys, batch: DecodedBatch, names: DayDictionaries) {
    const rankings = rankingsOf(source)
    super(
      source,
      batch,
      rankings.map(({ length }) => length),
      (breakdown, day) => names.of(breakdown, day).names,
    )
    this.#source = source
    this.#keys = keys
    this.#names = names
    this.#chunks = new ChunkCache(source, this.layouts)
    this.#rankings = rankings
    this.#chunkOf = rankings.map(() => [])
  }

  /** What it touched and does not know. A chunk that begins after the newest event counted before cannot be in the store: it starts empty, unread. */
  reads({ newestBeforeMs }: Delta): Command[] {
    this.settle()
    for (let map = 0; map < this.#chunkOf.length; map++) this.#counted[map] = this.#tableOf(map).count
    this.addSteps()
    this.#batch++
    this.#toRead = []
    for (let map = 0; map < this.#chunkOf.length; map++) {
      const { windows, ids, count } = this.#tableOf(map)
      const chunks = this.#chunkOf[map]!
      for (let cell = 0; cell < count; cell++) {
        const chunk = this.#chunks.of(map, windows[cell]!, ids[cell]!)
        chunks[cell] = chunk
        if (chunk.usedIn === 0 && (newestBeforeMs === null || chunk.startMs <= newestBeforeMs))
          this.#toRead.push(chunk)
        chunk.usedIn = this.#batch
      }
    }
    return this.#toRead.map(({ suffix }) => ['HGETALL', this.#keys.of(suffix)])
  }

  take(replies: readonly unknown[]): void {
    for (const [at, chunk] of this.#toRead.entries())
      this.#chunks.fill(this.#keys.of(chunk.suffix), chunk, replies[at] as Buffer[])
  }

  write(_delta: Delta, changes: Changes, due: DueWrites): void {
    this.#writeNames(changes, due)
    for (let map = 0; map < this.#chunkOf.length; map++) {
      this.#writeCells(map, changes, due)
      if (this.#rankings[map]!.length > 0) this.#writeRankings(map, changes)
    }
  }

  forget(suffixes: readonly string[]): void {
    this.#chunks.forget(suffixes)
    this.#names.forget(suffixes)
  }

  trim(): void {
    this.#chunks.trim()
  }

  #tableOf(map: number): Cells['breakdowns'][number]['tables'][number] {
    const { length } = this.#source.intervals
    return this.breakdowns[Math.floor(map / length)]!.tables[map % length]!
  }

  #writeNames(changes: Changes, due: DueWrites): void {
    let suffix = ''
    for (const { breakdown, day, name, id } of this.names) {
      const held = this.#names.of(breakdown, day)
      if (held.suffix !== suffix) changes.hash((suffix = held.suffix))
      changes.textPair(name, id)
      if (held.members) held.members[id] = memberOf(name)
      if (!held.stored) due.addNames(breakdown, day)
      held.stored = true
    }
  }

  #writeCells(map: number, changes: Changes, due: DueWrites): void {
    const table = this.#tableOf(map)
    const chunks = this.#chunkOf[map]!
    const { length } = this.#source.intervals
    const [b, i] = [Math.floor(map / length), map % length]
    const isTotal = b === 0
    const layout = this.layouts[b]!
    const changed: Chunk[] = []
    for (let cell = 0; cell < table.count; cell++) {
      const chunk = chunks[cell]!
      if (chunk.changed.length === 0) changed.push(chunk)
      chunk.changed.push(cell)
    }
    for (const chunk of changed) {
      changes.hash(chunk.suffix)
      for (const cell of chunk.changed) {
        const slot = slotOf(table.windows[cell]!, table.ids[cell]!, isTotal)
        const row = chunk.rowOf(slot)
        mergeRow(layout, chunk.rows, row, table.rows, cell * table.slots)
        if (chunk.states !== null) this.#addStates(b, i, cell, chunk.states, row)
        writer.clear()
        this.#pieces.of(changes, chunk.suffix, slot)
        const beside = this.#pack(layout, chunk, row)
        changes.pair(slot, writer.bytes, 0, writer.length)
        this.#chunks.sized(chunk, slot, writer.length + beside)
      }
      if (!chunk.stored) due.addChunk(b, i, chunk.block, chunk.group)
      chunk.stored = true
      chunk.changed.length = 0
    }
  }

  /** What was gathered of a cell, into its states; what was new to them goes on to the coarser intervals. */
  #addStates(b: number, i: number, cell: number, states: ChunkStates, row: number): void {
    const cells = this.breakdowns[b]!
    const { gathered, late } = cells.tables[i]!
    const layout = this.layouts[b]!
    const { measures, starts } = layout
    for (let m = 0; m < measures.length; m++) {
      const measure = measures[m]!
      if (hasRow(measure)) continue
      const object = starts[m]!
      const number = objectsAt(layout, row) + object
      const events = gathered[object]!.eventsOf(cell)
      if (events > 0) {
        const count = gathered[object]!.take(cell)
        const fresh = states.add(measure, number, taken(), count, events, takenWeights())
        cells.passOn(i, cell, object, taken(), takenWeights(), fresh, events)
      }
      const lateEvents = late[object]!.eventsOf(cell)
      if (lateEvents === 0) continue
      const count = late[object]!.take(cell)
      states.add(measure, number, taken(), count, lateEvents)
    }
  }

  /** Answers how many bytes of memory it takes beside those packed. */
  #pack(layout: RowLayout, { rows, states }: Chunk, row: number): number {
    const { measures, places, starts } = layout
    let beside = 0
    for (let m = 0; m < measures.length; m++) {
      const measure = measures[m]!
      if (hasRow(measure)) measure.pack(rows, row + starts[m]!, writer)
      else {
        this.#pieces.metric = places[m]!
        beside += states!.pack(measure, objectsAt(layout, row) + starts[m]!, writer, this.#pieces)
      }
    }
    return beside
  }

  #writeRankings(map: number, changes: Changes): void {
    const { breakdowns, intervals } = this.#source
    const b = Math.floor(map / intervals.length)
    const interval = intervals[map % intervals.length]!
    const { windows, ids } = this.#tableOf(map)
    const byWindow = new Map<number, number[]>()
    // Nothing ranks by what goes by series, and the names of the other cells may be of days that are not loaded.
    for (let cell = 0; cell < this.#counted[map]!; cell++) {
      const cells = byWindow.get(windows[cell]!)
      if (cells) cells.push(cell)
      else byWindow.set(windows[cell]!, [cell])
    }
    for (const [windowNumber, cells] of byWindow) {
      const day = Math.floor((windowNumber * interval.ms) / DAY_MS)
      const members = this.#names.of(b, day).members!
      for (const ranking of this.#rankings[map]!) {
        changes.sortedSet(rankingSuffix(ranking.metric, breakdowns[b]!.name, interval.name, windowNumber))
        for (const cell of cells) changes.member(this.#scoreOf(map, cell, ranking), members[ids[cell]!]!)
      }
    }
  }

  /** What a ranking goes by, as it now stands in the cell. */
  #scoreOf(map: number, cell: number, ranking: Ranking): number {
    const { windows, ids } = this.#tableOf(map)
    const chunk = this.#chunkOf[map]![cell]!
    const row = chunk.rowOf(slotOf(windows[cell]!, ids[cell]!, false))
    return Number(ranking.value(chunk.rows, row))
  }
}
