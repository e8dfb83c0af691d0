/** The cells that a scan has made of one partition, in the chunks that the store would hold them in, and which of them are new since they were last asked for. */
import type { CellTable } from '../../model/cells/cell-table.ts'
import { blockOf, chunkSuffix, groupOf, pieceField, slotOf, windowsIn } from '../../model/chunk.ts'
import type { Interval } from '../../model/definition.ts'
import { taken } from '../../model/cells/gathered.ts'
import {
  hasRow,
  mergeRow,
  objectsAt,
  packRow,
  type Objects,
  type PiecesOut,
  type RowLayout,
} from '../../model/measures/index.ts'
import { ByteWriter } from '../../model/numbers/varint.ts'

const GROUPS = 2 ** 33
const FIRST_ROWS = 4
const writer = new ByteWriter()

interface Chunk {
  readonly suffix: string
  /** Behind its last window, ms. */
  readonly endMs: number
  rows: Float64Array
  readonly objects: Objects
  /** By slot: where the row begins. */
  readonly places: Map<number, number>
  readonly changed: Set<number>
}

/** New values of the fields of a hash: `bytes` one behind the other, each so long as `lengths` says. */
export interface HashChange {
  readonly suffix: string
  readonly fields: string[]
  readonly lengths: number[]
  readonly bytes: Uint8Array
  /** Fields that it has no more. */
  readonly gone: string[]
}

export class KeptCells {
  readonly #layout: RowLayout
  readonly #breakdown: string
  readonly #interval: Interval
  readonly #isTotal: boolean
  readonly #chunks = new Map<number, Chunk>()
  readonly #changed = new Set<Chunk>()
  /** Cells it holds. */
  count = 0

  constructor(layout: RowLayout, breakdown: string, interval: Interval, isTotal: boolean) {
    this.#layout = layout
    this.#breakdown = breakdown
    this.#interval = interval
    this.#isTotal = isTotal
  }

  /** Those of windows that begin in `[fromMs, toMs)`. */
  addAll(table: CellTable, fromMs: number, toMs: number): void {
    const layout = this.#layout
    const { ms } = this.#interval
    for (let cell = 0; cell < table.count; cell++) {
      const [window, id] = [table.windows[cell]!, table.ids[cell]!]
      if (window * ms < fromMs || window * ms >= toMs) continue
      const chunk = this.#chunkOf(window, id)
      const slot = slotOf(window, id, this.#isTotal)
      const row = this.#rowOf(chunk, slot)
      mergeRow(layout, chunk.rows, row, table.rows, cell * table.slots)
      if (layout.objects > 0) addGathered(layout, chunk.objects, row, table, cell)
      chunk.changed.add(slot)
      this.#changed.add(chunk)
    }
  }

  /** What changed since the last call, as absolute values. */
  takeChanges(): HashChange[] {
    const changes = [...this.#changed].map((chunk): HashChange => {
      const fields = new Fields()
      for (const slot of chunk.changed) {
        writer.clear()
        const beside = (metric: number): PiecesOut => fields.beside(slot, metric)
        packRow(this.#layout, chunk.rows, chunk.places.get(slot)!, writer, chunk.objects, beside)
        fields.put(String(slot), writer)
      }
      chunk.changed.clear()
      return fields.of(chunk.suffix)
    })
    this.#changed.clear()
    return changes
  }

  /** Lets go of chunks that end by then. */
  trim(beforeMs: number): void {
    for (const [key, chunk] of this.#chunks)
      if (chunk.endMs <= beforeMs) {
        this.#chunks.delete(key)
        this.#changed.delete(chunk)
        this.count -= chunk.places.size
      }
  }

  #chunkOf(window: number, id: number): Chunk {
    const block = blockOf(id, this.#isTotal)
    const group = groupOf(window, block, this.#isTotal)
    const key = block * GROUPS + group
    let chunk = this.#chunks.get(key)
    if (chunk === undefined) {
      chunk = {
        suffix: chunkSuffix(this.#breakdown, this.#interval.name, block, group),
        endMs: (group + 1) * windowsIn(block, this.#isTotal) * this.#interval.ms,
        rows: new Float64Array(FIRST_ROWS * this.#layout.slots),
        objects: [],
        places: new Map(),
        changed: new Set(),
      }
      this.#chunks.set(key, chunk)
    }
    return chunk
  }

  #rowOf(chunk: Chunk, slot: number): number {
    const known = chunk.places.get(slot)
    if (known !== undefined) return known
    const { slots } = this.#layout
    const row = chunk.places.size * slots
    if (row + slots > chunk.rows.length) {
      const rows = new Float64Array(chunk.rows.length * 2)
      rows.set(chunk.rows)
      chunk.rows = rows
    }
    chunk.places.set(slot, row)
    this.count++
    return row
  }
}

/** Fields of a hash as they are written: cells, and what lies beside them. */
class Fields {
  readonly #parts = new Map<string, Buffer>()
  readonly #gone = new Set<string>()

  put(field: string, { bytes, length }: ByteWriter): void {
    this.#gone.delete(field)
    this.#parts.set(field, Buffer.from(bytes.subarray(0, length)))
  }

  beside(slot: number, metric: number): PiecesOut {
    const field = (piece: number): string => pieceField(slot, `${metric}.${piece}`)
    return {
      isAll: false,
      put: (piece, its) => this.put(field(piece), its),
      remove: (piece) => {
        this.#parts.delete(field(piece))
        this.#gone.add(field(piece))
      },
    }
  }

  of(suffix: string): HashChange {
    const parts = [...this.#parts.values()]
    const lengths = parts.map(({ length }) => length)
    return { suffix, fields: [...this.#parts.keys()], lengths, bytes: joined(parts), gone: [...this.#gone] }
  }
}

/** What was gathered of a cell, into the objects of the row that begins at `at`. A scan has one interval, so nothing of it goes on to a coarser one. */
function addGathered(layout: RowLayout, into: Objects, at: number, table: CellTable, cell: number): void {
  const { measures, starts } = layout
  for (const [m, measure] of measures.entries()) {
    if (hasRow(measure)) continue
    const number = objectsAt(layout, at) + starts[m]!
    for (const gathered of [table.gathered[starts[m]!]!, table.late[starts[m]!]!]) {
      const events = gathered.eventsOf(cell)
      if (events === 0) continue
      const count = gathered.take(cell)
      measure.addAll((into[number] ??= measure.create()), taken(), count, events)
    }
  }
}

/** Into memory of its own, so that it can be handed over. */
function joined(parts: readonly Buffer[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
