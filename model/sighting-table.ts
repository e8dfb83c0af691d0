/**
 * What a batch saw of entities, or of their latest values: by the codes of what names them, the sightings that matter and how many there were
 * (sightings.ts). Nearly always one sighting is left of a batch; it lies in a row of numbers.
 */
import { CellTable } from './cells/cell-table.ts'
import { replaces, type Sighting } from './sightings.ts'

const TIME = 0
const LIMIT = 1
const COUNT = 2
const MORE = 3

export interface SightingRow extends Sighting {
  /** What was noted along with it. */
  readonly noted: readonly number[]
}

export class SightingTable {
  readonly #table: CellTable
  readonly #noted: number
  /** By index: the sightings before the last one, where there are several. */
  readonly #earlier = new Map<number, SightingRow[]>()

  /** `noted`: how many numbers are kept with a sighting. */
  constructor(noted: number) {
    this.#noted = noted
    this.#table = new CellTable(MORE + noted)
  }

  get count(): number {
    return this.#table.count
  }

  /** The codes that it was added under. */
  first(index: number): number {
    return this.#table.windows[index]!
  }

  second(index: number): number {
    return this.#table.ids[index]!
  }

  has(first: number, second: number): boolean {
    return this.#table.has(first, second)
  }

  /** How often it was seen. */
  countOf(index: number): number {
    return this.#table.rows[index * this.#table.slots + COUNT]!
  }

  /** Adds a sighting behind others; true where it is the latest now, and {@link note} may say more of it. */
  add(first: number, second: number, timeMs: number, limitMs: number): boolean {
    const row = this.#table.rowOf(first, second)
    const { rows } = this.#table
    if (rows[row + COUNT]!++ > 0) {
      const [heldMs, heldLimitMs] = [rows[row + TIME]!, rows[row + LIMIT]!]
      if (heldMs > heldLimitMs || limitMs < heldLimitMs) this.#setAside(row)
      else if (timeMs < heldMs) return false
      else limitMs = heldLimitMs
    }
    rows[row + TIME] = timeMs
    rows[row + LIMIT] = limitMs
    this.#row = row
    return true
  }
  #row = 0

  /** Of what was added last. */
  note(at: number, value: number): void {
    this.#table.rows[this.#row + MORE + at] = value
  }

  /** What holds after all of them where `heldMs` held before (null: nothing did); null = what held still does. */
  outcome(index: number, heldMs: number | null): SightingRow | null {
    const last = this.#read(index * this.#table.slots)
    const earlier = this.#earlier.get(index)
    let now: SightingRow | null = null
    let held = heldMs === null ? null : { timeMs: heldMs }
    for (const next of earlier === undefined ? [last] : [...earlier, last])
      if (replaces(next, held)) held = now = next
    return now
  }

  clear(): void {
    this.#table.clear()
    if (this.#earlier.size > 0) this.#earlier.clear()
  }

  #setAside(row: number): void {
    const index = row / this.#table.slots
    const list = this.#earlier.get(index)
    if (list) list.push(this.#read(row))
    else this.#earlier.set(index, [this.#read(row)])
  }

  #read(row: number): SightingRow {
    const { rows } = this.#table
    const noted: number[] = []
    for (let at = 0; at < this.#noted; at++) noted.push(rows[row + MORE + at]!)
    return { timeMs: rows[row + TIME]!, limitMs: rows[row + LIMIT]!, noted }
  }
}
