/**
 * The measures of one cell as a value of its own: the numbers of its row, then the objects of the measures that need one. Adding, merging and
 * packing are each measure's; order never matters (law L8).
 */
import type { Metric } from './definition.ts'
import {
  hasRow,
  mergeRow,
  rowLayout,
  type EventPlace,
  type Objects,
  type RowLayout,
} from './measures/index.ts'
import type { Row } from './wide.ts'

export type Cell = (number | object | undefined)[]

/** The same array twice: its numbers begin at 0, its objects behind them. */
export const numbersOf = (cell: Cell): Row => cell as unknown as Row
export const objectsOf = (cell: Cell): Objects => cell as Objects

export const layout: (metrics: readonly Metric[]) => RowLayout = rowLayout

export function emptyCell({ slots, objects }: RowLayout): Cell {
  const cell: Cell = new Array<number>(slots).fill(0)
  for (let n = 0; n < objects; n++) cell.push(undefined)
  return cell
}

/** Adds `from` to `into`; both of this layout. */
export function mergeCell(into: Cell, from: Cell, of: RowLayout): void {
  mergeRow(of, numbersOf(into), 0, numbersOf(from), 0, objectsOf(into), of.slots, objectsOf(from), of.slots)
}

/** What one event adds to a cell for one metric; made once an event, added to each of its cells. */
export interface Contribution {
  readonly metric: number
  readonly units: number
}

export function contribute(
  cell: Cell,
  contributions: readonly Contribution[],
  place: EventPlace,
  { measures, starts, slots }: RowLayout,
): void {
  for (const { metric, units } of contributions) {
    const measure = measures[metric]!
    const at = starts[metric]!
    if (hasRow(measure)) measure.add(numbersOf(cell), at, units, place)
    else measure.add((cell[slots + at] ??= measure.create()) as object, units, place)
  }
}
