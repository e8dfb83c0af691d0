/** Cells, their names and their rankings: a batch's increments over what the store holds. */
import type { DecodedBatch } from '../../model/batch.ts'
import { Cells } from '../../model/cells.ts'
import { DAY_MS, slotOf } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import { mergeRow, packRow } from '../../model/measures/index.ts'
import { memberOf, rankingsOf, type Ranking } from '../../model/ranking.ts'
import { ByteWriter } from '../../model/varint.ts'
import type { Argument, Command } from '../../store/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { ChunkCache, type Chunk } from './chunks.ts'
import type { Changes } from './changes.ts'
import type { DayNames } from './day-names.ts'
import type { Output } from './output.ts'
import { RankingWrites } from './rankings.ts'

const writer = new ByteWriter()

export class CellsOutput extends Cells implements Output {
  readonly #source: Source
  readonly #keys: PartitionKeys
  readonly #names: DayNames
  readonly #chunks: ChunkCache
  readonly #rankings: readonly (readonly Ranking[])[]
  readonly #ranked: RankingWrites
  readonly #longestMs: number
  #batch = 0
  /** By breakdown * intervals + interval, by cell of its table. */
  readonly #chunkOf: Chunk[][]
  #toRead: Chunk[] = []

  constructor(source: Source, keys: PartitionKeys, batch: DecodedBatch, names: DayNames) {
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
    this.#chunks = new ChunkCache(source, this.layout)
    this.#rankings = rankings
    this.#ranked = new RankingWrites(keys)
    this.#longestMs = Math.max(...source.intervals.map(({ keepMs }) => keepMs ?? Infinity))
    this.#chunkOf = rankings.map(() => [])
  }

  /** What it touched and does not know. A chunk that begins after the newest event counted before cannot be in the store: it starts empty, unread. */
  reads({ newestBeforeMs }: Delta): Command[] {
    this.settle()
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
    for (const [at, chunk] of this.#toRead.entries()) this.#chunks.fill(chunk, replies[at] as Buffer[])
  }

  write(_delta: Delta, changes: Changes): void {
    this.#writeNames(changes)
    for (let map = 0; map < this.#chunkOf.length; map++) {
      this.#writeCells(map, changes)
      if (this.#rankings[map]!.length > 0) this.#writeRankings(map, changes)
    }
  }

  forget(suffixes: readonly string[]): void {
    this.#chunks.forget(suffixes)
    this.#names.forget(suffixes)
    this.#ranked.forget(suffixes)
  }

  trim(): void {
    this.#chunks.trim()
    this.#ranked.trim()
  }

  #tableOf(map: number): Cells['breakdowns'][number]['tables'][number] {
    const { length } = this.#source.intervals
    return this.breakdowns[Math.floor(map / length)]!.tables[map % length]!
  }

  #writeNames(changes: Changes): void {
    const args = new Map<string, Argument[]>()
    for (const { breakdown, day, name, id } of this.names) {
      const held = this.#names.of(breakdown, day)
      let pairs = args.get(held.suffix)
      if (!pairs) args.set(held.suffix, (pairs = []))
      pairs.push(name, id)
      if (held.members) held.members[id] = memberOf(name)
      if (!held.stored && this.#longestMs < Infinity)
        changes.due((day + 1) * DAY_MS + this.#longestMs, held.suffix)
      held.stored = true
    }
    for (const [suffix, pairs] of args) changes.tell(suffix, pairs)
  }

  #writeCells(map: number, changes: Changes): void {
    const table = this.#tableOf(map)
    const chunks = this.#chunkOf[map]!
    const isTotal = map < this.#source.intervals.length
    const changed: Chunk[] = []
    for (let cell = 0; cell < table.count; cell++) {
      const chunk = chunks[cell]!
      const slot = slotOf(table.windows[cell]!, table.ids[cell]!, isTotal)
      const row = chunk.rowOf(slot)
      mergeRow(this.layout, chunk.rows, row, table.rows, cell * table.slots, chunk.objects, table.objects)
      if (chunk.changed.length === 0) changed.push(chunk)
      chunk.changed.push(slot)
    }
    for (const chunk of changed) {
      const args: Argument[] = []
      for (const slot of chunk.changed) {
        packRow(this.layout, chunk.rows, chunk.rowOf(slot), writer, chunk.objects)
        args.push(slot, writer.take())
      }
      changes.tell(chunk.suffix, args)
      if (!chunk.stored && chunk.dueMs !== null) changes.due(chunk.dueMs, chunk.suffix)
      chunk.stored = true
      chunk.changed.length = 0
    }
  }

  #writeRankings(map: number, changes: Changes): void {
    const { breakdowns, intervals } = this.#source
    const breakdown = Math.floor(map / intervals.length)
    const interval = intervals[map % intervals.length]!
    const rankings = this.#rankings[map]!
    const table = this.#tableOf(map)
    const windows = new Map<number, number[]>()
    for (let cell = 0; cell < table.count; cell++) {
      const cells = windows.get(table.windows[cell]!)
      if (cells) cells.push(cell)
      else windows.set(table.windows[cell]!, [cell])
    }
    for (const [windowNumber, cells] of windows) {
      const day = Math.floor((windowNumber * interval.ms) / DAY_MS)
      const scores = rankings.map((ranking) => cells.map((cell) => this.#scoreOf(map, cell, ranking)))
      this.#ranked.add(
        rankings,
        {
          breakdown: breakdowns[breakdown]!,
          interval,
          windowNumber,
          ids: cells.map((cell) => table.ids[cell]!),
          scores,
          members: this.#names.of(breakdown, day).members!,
        },
        changes,
      )
    }
  }

  /** What a ranking goes by, as it now stands in the cell. */
  #scoreOf(map: number, cell: number, ranking: Ranking): number {
    const { windows, ids } = this.#tableOf(map)
    const chunk = this.#chunkOf[map]![cell]!
    const row = chunk.rowOf(slotOf(windows[cell]!, ids[cell]!, map < this.#source.intervals.length))
    return Number(ranking.value(chunk.rows, row))
  }
}
