/** Chunks of cells as the store holds them, by what they are of: written through, so that the store is read only for what was never touched. */
import {
  blockOf,
  chunkSuffix,
  groupOf,
  pieceField,
  SLOTS,
  slotAndPiece,
  windowsIn,
} from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { hasRow, objectsAt, type RowLayout } from '../../model/measures/index.ts'
import { ByteReader } from '../../model/numbers/varint.ts'
import { damaged } from '../../store/errors.ts'
import { ChunkStates } from './chunk-states.ts'

const MOST_CHUNKS = 6000
/** What is left when there are too many, so that they are not looked through every time. */
const KEPT_CHUNKS = 5000
/** As packed, and of the objects that are beside it. */
const MOST_BYTES = 32 * 2 ** 20
const KEPT_BYTES = 24 * 2 ** 20
const FIRST_CELLS = 4

export class Chunk {
  readonly suffix: string
  readonly map: number
  readonly block: number
  readonly group: number
  /** Begin of its first window, ms. */
  readonly startMs: number
  /** The store has the key already. */
  stored = false
  /** The batch that used it last. */
  usedIn = 0
  /** Cells of the batch's table that lie in it. */
  readonly changed: number[] = []
  rows: Float64Array
  /** Of the measures that need more than a row; see `objectsAt`. Null where none does. */
  readonly states: ChunkStates | null
  /** Of its cells, as they were told last. */
  bytes = 0
  readonly #slots: number
  #sizes: Uint32Array | null = null
  #count = 0
  /** Place of a slot + 1. */
  readonly #places = new Uint8Array(SLOTS)

  constructor(
    suffix: string,
    map: number,
    block: number,
    group: number,
    startMs: number,
    { slots, objects }: RowLayout,
  ) {
    this.suffix = suffix
    this.map = map
    this.startMs = startMs
    this.block = block
    this.group = group
    this.#slots = slots
    this.rows = new Float64Array(FIRST_CELLS * slots)
    this.states = objects === 0 ? null : new ChunkStates()
  }

  /** Where the row of a slot begins; a new one is all zero. */
  rowOf(slot: number): number {
    let place = this.#places[slot]!
    if (place === 0) {
      place = this.#places[slot] = ++this.#count
      if (place * this.#slots > this.rows.length) {
        const rows = new Float64Array(Math.min(this.rows.length * 2, SLOTS * this.#slots))
        rows.set(this.rows)
        this.rows = rows
      }
    }
    return (place - 1) * this.#slots
  }

  /** A cell takes so many bytes now; answers how many more that are. */
  sized(slot: number, bytes: number): number {
    this.#sizes ??= new Uint32Array(SLOTS)
    const more = bytes - this.#sizes[slot]!
    this.#sizes[slot] = bytes
    this.bytes += more
    return more
  }
}

export class ChunkCache {
  readonly #source: Source
  /** By breakdown. */
  readonly #layouts: readonly RowLayout[]
  /** By breakdown * intervals + interval, by block, by group: small integers, which a map finds at once. */
  readonly #maps: Map<number, Chunk>[][]
  readonly #bySuffix = new Map<string, Chunk>()
  #bytes = 0

  constructor(source: Source, layouts: readonly RowLayout[]) {
    this.#source = source
    this.#layouts = layouts
    this.#maps = Array.from(
      { length: source.breakdowns.length * source.intervals.length },
      (): Map<number, Chunk>[] => [],
    )
  }

  /** The chunk of a cell; a new one was never `usedIn` a batch, and what the store holds of it is not known. */
  of(map: number, windowNumber: number, id: number): Chunk {
    const isTotal = map < this.#source.intervals.length
    const block = blockOf(id, isTotal)
    const group = groupOf(windowNumber, block, isTotal)
    return this.#maps[map]![block]?.get(group) ?? this.#add(map, block, group, isTotal)
  }

  /** `key`: of the chunk, whose fields and values these are. Throws StoreError where they are not ours. */
  fill(key: string, chunk: Chunk, flat: readonly Buffer[]): void {
    const pieces = new Map<string, Buffer>()
    const cells: { readonly slot: number; readonly bytes: Buffer }[] = []
    for (let i = 0; i < flat.length; i += 2) {
      const field = flat[i]!.toString()
      const at = slotAndPiece(field)
      if (at === undefined) throw damaged(key, field, 'is no cell')
      if (at.piece === null) cells.push({ slot: at.slot, bytes: flat[i + 1]! })
      else pieces.set(field, flat[i + 1]!)
    }
    for (const { slot, bytes } of cells) {
      try {
        const beside = fillRow(this.#layoutOf(chunk.map), bytes, chunk, slot, pieces)
        this.sized(chunk, slot, bytes.length + beside)
      } catch (error) {
        throw error instanceof RangeError ? damaged(key, String(slot), `is no cell: ${error.message}`) : error
      }
    }
    chunk.stored = flat.length > 0
  }

  /** A cell of a chunk takes so many bytes: told, as those of measures with an object of their own can be many. */
  sized(chunk: Chunk, slot: number, bytes: number): void {
    if (chunk.states !== null) this.#bytes += chunk.sized(slot, bytes)
  }

  /** Lets go of what was used longest ago. */
  trim(): void {
    if (this.#bySuffix.size <= MOST_CHUNKS && this.#bytes <= MOST_BYTES) return
    const used = [...this.#bySuffix.values()].sort((a, b) => a.usedIn - b.usedIn)
    for (const chunk of used) {
      if (this.#bySuffix.size <= KEPT_CHUNKS && this.#bytes <= KEPT_BYTES) return
      this.#drop(chunk)
    }
  }

  forget(suffixes: readonly string[]): void {
    for (const suffix of suffixes) {
      const chunk = this.#bySuffix.get(suffix)
      if (chunk) this.#drop(chunk)
    }
  }

  #layoutOf(map: number): RowLayout {
    return this.#layouts[Math.floor(map / this.#source.intervals.length)]!
  }

  #drop(chunk: Chunk): void {
    this.#maps[chunk.map]![chunk.block]!.delete(chunk.group)
    this.#bySuffix.delete(chunk.suffix)
    this.#bytes -= chunk.bytes
  }

  #add(map: number, block: number, group: number, isTotal: boolean): Chunk {
    const { breakdowns, intervals } = this.#source
    const interval = intervals[map % intervals.length]!
    const breakdown = breakdowns[Math.floor(map / intervals.length)]!
    const chunk = new Chunk(
      chunkSuffix(breakdown.name, interval.name, block, group),
      map,
      block,
      group,
      group * windowsIn(block, isTotal) * interval.ms,
      this.#layoutOf(map),
    )
    const blocks = this.#maps[map]!
    while (blocks.length <= block) blocks.push(new Map())
    blocks[block]!.set(group, chunk)
    this.#bySuffix.set(chunk.suffix, chunk)
    return chunk
  }
}

/** As `unpackRow`, into a chunk; answers how many bytes of memory it takes beside those. */
function fillRow(
  layout: RowLayout,
  bytes: Buffer,
  chunk: Chunk,
  slot: number,
  pieces: ReadonlyMap<string, Buffer>,
): number {
  const { measures, places, starts } = layout
  const row = chunk.rowOf(slot)
  const reader = new ByteReader(bytes)
  let beside = 0
  for (let m = 0; m < measures.length; m++) {
    const measure = measures[m]!
    if (hasRow(measure)) measure.unpack(reader, chunk.rows, row + starts[m]!)
    else
      beside += chunk.states!.fill(measure, objectsAt(layout, row) + starts[m]!, bytes, reader, (piece) => {
        const its = pieces.get(pieceField(slot, `${places[m]!}.${piece}`))
        return its === undefined ? null : new ByteReader(its)
      })
  }
  if (!reader.done) throw new RangeError('packed bytes go on after the last metric')
  return beside
}
