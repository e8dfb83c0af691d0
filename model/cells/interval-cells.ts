/**
 * The cells of one breakdown. An event is added in the finest interval that keeps it; coarser intervals are made of its cells when the batch ends.
 * What a coarser interval no longer keeps, or cannot be made of a finer one, is added to each of its intervals by itself.
 */
import { CellTable } from './cell-table.ts'
import type { Interval } from '../definition.ts'
import { mergeRow, type RowLayout } from '../measures/index.ts'

/** An interval that is made of a finer one. */
interface Coarser {
  readonly interval: number
  readonly windows: number
  /** By cell of the finer interval: where the row of the coarser one begins. */
  links: Int32Array
}

/** Where an event goes by the intervals that keep it. */
export interface Route {
  /** Intervals it is added to; the coarser ones follow by themselves. */
  readonly heads: readonly number[]
  /** It is added to each of these alone, as some that would follow do not keep it. */
  readonly alone: readonly number[]
}

/** The coarsest of the finer intervals that divides it; -1 for none. */
export function finerOf(intervals: readonly Interval[]): number[] {
  return intervals.map(({ ms }, at) => intervals.findLastIndex((finer, i) => i < at && ms % finer.ms === 0))
}

export function routeOf(kept: number, finer: readonly number[]): Route {
  const all = finer.map((_, i) => i).filter((i) => (kept & (1 << i)) !== 0)
  const keeps = (i: number): boolean => i >= 0 && (kept & (1 << i)) !== 0
  const isClosed = finer.every((parent, i) => !keeps(parent) || keeps(i))
  return isClosed ? { heads: all.filter((i) => !keeps(finer[i]!)), alone: [] } : { heads: [], alone: all }
}

export class IntervalCells {
  readonly tables: readonly CellTable[]
  /** Pairs an apply of them writes. */
  pairs = 0
  readonly #layout: RowLayout
  /** By interval: pairs that one of its cells is. */
  readonly #weights: readonly number[]
  readonly #coarser: readonly Coarser[][]
  readonly #alone: (CellTable | null)[]
  /** By interval: cells that coarser ones are made of; those behind them came alone. */
  readonly #linked: number[]

  constructor(intervals: readonly Interval[], layout: RowLayout, weights: readonly number[]) {
    this.#layout = layout
    this.#weights = weights
    this.tables = intervals.map(() => new CellTable(layout.slots, layout.objects))
    this.#alone = intervals.map(() => null)
    this.#linked = intervals.map(() => 0)
    const finer = finerOf(intervals)
    this.#coarser = intervals.map(({ ms }, at) =>
      finer.flatMap((its, interval) =>
        its === at ? [{ interval, windows: intervals[interval]!.ms / ms, links: new Int32Array(64) }] : [],
      ),
    )
  }

  /** Where the row of a cell begins in its table; the cells that follow from it are there too. */
  rowOf(interval: number, window: number, id: number): number {
    const table = this.tables[interval]!
    const before = table.count
    const row = table.rowOf(window, id)
    if (table.count !== before) this.#link(interval, before, window, id)
    return row
  }

  /** The table of what is added to an interval and to no coarser one. */
  aloneIn(interval: number): CellTable {
    return (this.#alone[interval] ??= new CellTable(this.#layout.slots, this.#layout.objects))
  }

  aloneRowOf(interval: number, window: number, id: number): number {
    const table = this.aloneIn(interval)
    const before = table.count
    const row = table.rowOf(window, id)
    if (table.count !== before) this.pairs += this.#weights[interval]!
    return row
  }

  /** Makes the rows of the coarser cells; nothing is added after it. What was gathered follows by {@link passOn}. */
  settle(): void {
    for (let i = 0; i < this.tables.length; i++) {
      const table = this.tables[i]!
      this.#linked[i] = table.count
      for (const { interval, links } of this.#coarser[i]!) {
        const into = this.tables[interval]!
        for (let cell = 0; cell < table.count; cell++)
          mergeRow(this.#layout, into.rows, links[cell]!, table.rows, cell * table.slots)
      }
    }
    for (const [i, alone] of this.#alone.entries()) {
      if (alone === null || alone.count === 0) continue
      const table = this.tables[i]!
      for (let cell = 0; cell < alone.count; cell++) {
        const row = table.rowOf(alone.windows[cell]!, alone.ids[cell]!)
        mergeRow(this.#layout, table.rows, row, alone.rows, cell * alone.slots)
        for (let at = 0; at < table.late.length; at++)
          table.late[at]!.addFrom(row / table.slots, alone.gathered[at]!, cell)
      }
      alone.clear()
    }
  }

  /** Hands what was gathered of a cell and said something new to the coarser ones: the first `count` of `values` with their weights, of so many events. From the finest interval on. */
  passOn(
    interval: number,
    cell: number,
    object: number,
    values: Float64Array,
    weights: Float64Array,
    count: number,
    events: number,
  ): void {
    if (cell >= this.#linked[interval]!) return
    const coarser = this.#coarser[interval]!
    for (let c = 0; c < coarser.length; c++) {
      const { interval: to, links } = coarser[c]!
      const into = this.tables[to]!
      into.gathered[object]!.hand(links[cell]! / into.slots, values, weights, count, events)
    }
  }

  clear(): void {
    this.pairs = 0
    for (const table of this.tables) table.clear()
    for (const alone of this.#alone) alone?.clear()
  }

  #link(interval: number, cell: number, window: number, id: number): void {
    this.pairs += this.#weights[interval]!
    const coarser = this.#coarser[interval]!
    for (let c = 0; c < coarser.length; c++) {
      const one = coarser[c]!
      if (cell >= one.links.length) {
        const links = new Int32Array(cell * 2)
        links.set(one.links)
        one.links = links
      }
      one.links[cell] = this.rowOf(one.interval, Math.floor(window / one.windows), id)
    }
  }
}
