/**
 * The cells of one breakdown and interval that a batch touches: (window, id) to a row of numbers. Open addressing over typed arrays; emptied and used
 * again from batch to batch, so that a batch makes no garbage.
 */
import { Gathered } from './gathered.ts'

const FIRST_CAPACITY = 64

export class CellTable {
  readonly slots: number
  count = 0
  /** By index of the cell. */
  windows = new Float64Array(FIRST_CAPACITY)
  ids = new Int32Array(FIRST_CAPACITY)
  /** `slots` numbers a cell. */
  rows: Float64Array
  /** Of each measure that needs an object: what coarser intervals are to hear too. */
  readonly gathered: readonly Gathered[]
  /** And what they are not, as they no longer keep it; seldom there. */
  readonly late: readonly Gathered[]
  /** Index + 1, or 0. Twice as many places as cells, at least. */
  #table = new Int32Array(FIRST_CAPACITY * 2)
  #places = new Int32Array(FIRST_CAPACITY)
  /** Events come by time: most of them fall where the last one fell. */
  #lastWindow = NaN
  #lastId = -1
  #last = 0

  constructor(slots: number, objects = 0) {
    this.slots = slots
    this.gathered = Array.from({ length: objects }, () => new Gathered())
    this.late = Array.from({ length: objects }, () => new Gathered())
    this.rows = new Float64Array(FIRST_CAPACITY * slots)
  }

  /** Where the row of a cell begins in {@link rows}; a new one is all zero. */
  rowOf(window: number, id: number): number {
    if (window === this.#lastWindow && id === this.#lastId) return this.#last
    const mask = this.#table.length - 1
    let place = ((Math.imul(window | 0, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b)) >>> 7) & mask
    for (;;) {
      const index = this.#table[place]! - 1
      if (index < 0) return this.#add(window, id, place)
      if (this.ids[index] === id && this.windows[index] === window)
        return this.#remember(window, id, index * this.slots)
      place = (place + 1) & mask
    }
  }

  has(window: number, id: number): boolean {
    const mask = this.#table.length - 1
    let place = ((Math.imul(window | 0, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b)) >>> 7) & mask
    for (;;) {
      const index = this.#table[place]! - 1
      if (index < 0) return false
      if (this.ids[index] === id && this.windows[index] === window) return true
      place = (place + 1) & mask
    }
  }

  clear(): void {
    for (let index = 0; index < this.count; index++) this.#table[this.#places[index]!] = 0
    this.rows.fill(0, 0, this.count * this.slots)
    for (const gathered of this.gathered) gathered.clear(this.count)
    for (const late of this.late) late.clear(this.count)
    this.count = 0
    this.#lastWindow = NaN
  }

  #add(window: number, id: number, place: number): number {
    if (this.count === this.ids.length) {
      this.#grow()
      return this.rowOf(window, id)
    }
    const index = this.count++
    this.windows[index] = window
    this.ids[index] = id
    this.#table[place] = index + 1
    this.#places[index] = place
    return this.#remember(window, id, index * this.slots)
  }

  #remember(window: number, id: number, row: number): number {
    this.#lastWindow = window
    this.#lastId = id
    this.#last = row
    return row
  }

  #grow(): void {
    const capacity = this.ids.length * 2
    const [windows, ids, rows, places] = [
      new Float64Array(capacity),
      new Int32Array(capacity),
      new Float64Array(capacity * this.slots),
      new Int32Array(capacity),
    ]
    windows.set(this.windows)
    ids.set(this.ids)
    rows.set(this.rows)
    this.windows = windows
    this.ids = ids
    this.rows = rows
    this.#places = places
    this.#table = new Int32Array(capacity * 2)
    const mask = this.#table.length - 1
    for (let index = 0; index < this.count; index++) {
      let place =
        ((Math.imul(windows[index]! | 0, 0x9e3779b1) ^ Math.imul(ids[index]!, 0x85ebca6b)) >>> 7) & mask
      while (this.#table[place] !== 0) place = (place + 1) & mask
      this.#table[place] = index + 1
      places[index] = place
    }
  }
}
