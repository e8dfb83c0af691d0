/**
 * The measures of one cell as a flat row of integers, metric after metric: a count is one slot, a sum one, stats five
 * (count, sum, sum of squares, min, max). Adding, merging and packing are per slot; order never matters (law L8).
 */
import type { Metric } from './definition.ts'
import { add, greatest, least, square, type Int } from './integer.ts'

export type Cell = Int[]

/** Slots a metric takes in a cell. */
export function width(metric: Metric): number {
  return metric.kind === 'stats' ? 5 : 1
}

/** Where each metric begins, and the whole width of a cell. */
export function layout(metrics: readonly Metric[]): { starts: number[]; slots: number } {
  const starts: number[] = []
  let slots = 0
  for (const metric of metrics) {
    starts.push(slots)
    slots += width(metric)
  }
  return { starts, slots }
}

export function emptyCell(slots: number): Cell {
  return new Array<Int>(slots).fill(0)
}

/** What one event adds to a cell; computed once an event, applied to each of its cells. `units` null: it adds nothing. */
export interface Contribution {
  readonly at: number
  readonly kind: Metric['kind']
  readonly units: number
  readonly squared: Int
}

export function contribution(kind: Metric['kind'], at: number, units: number): Contribution {
  return { at, kind, units, squared: kind === 'stats' ? square(units) : 0 }
}

export function contribute(cell: Cell, contributions: readonly Contribution[]): void {
  for (const { at, kind, units, squared } of contributions) {
    if (kind === 'count') cell[at] = add(cell[at]!, 1)
    else if (kind === 'sum') cell[at] = add(cell[at]!, units)
    else addStats(cell, at, 1, units, squared, units, units)
  }
}

function addStats(cell: Cell, at: number, count: Int, sum: Int, squares: Int, min: Int, max: Int): void {
  const had = cell[at] !== 0
  cell[at] = add(cell[at]!, count)
  cell[at + 1] = add(cell[at + 1]!, sum)
  cell[at + 2] = add(cell[at + 2]!, squares)
  cell[at + 3] = had ? least(cell[at + 3]!, min) : min
  cell[at + 4] = had ? greatest(cell[at + 4]!, max) : max
}

/** Adds `from` to `into`; both of one layout. */
export function mergeCell(into: Cell, from: Cell, metrics: readonly Metric[]): void {
  let at = 0
  for (const metric of metrics) {
    if (metric.kind !== 'stats') into[at] = add(into[at]!, from[at]!)
    else if (from[at] !== 0)
      addStats(into, at, from[at]!, from[at + 1]!, from[at + 2]!, from[at + 3]!, from[at + 4]!)
    at += width(metric)
  }
}
