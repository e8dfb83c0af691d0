/** Cells by name to the rows of a ranking: exact order, then what each is of the whole and how it changed. Pure. */
import type { Int } from '../../model/integer.ts'
import { mergeCell, type Cell } from '../../model/measures.ts'
import { boundsOf } from './bounds.ts'
import { notesOf, type SeriesName } from './projection.ts'
import type { SeriesIndex } from './series-index.ts'
import type { TopQuery } from '../language/query.ts'
import type { ResolvedQuery, Stat } from './resolved-query.ts'
import { valueOf, valueOfNothing } from './statistic.ts'
import type { RangeSum } from './range-cells.ts'
import type { Bounds, TopAnswer, TopRow } from '../wire.ts'

type Cells = ReadonlyMap<number, Cell>
type Figures = Omit<TopRow, 'labels' | 'share'>

/** The slot that orders a statistic exactly; of a mean or a deviation only the double that is shown does. */
const SLOT: Record<Stat, number | null> = { count: 0, sum: 1, min: 3, max: 4, avg: null, stddev: null }

export class Ranking {
  readonly #resolved: ResolvedQuery<TopQuery>
  readonly #names: readonly SeriesName[]
  readonly #late: ReadonlySet<number>
  readonly #isKnown: boolean
  /** What was left out and may belong to any row; null where nothing was. */
  readonly #rest: Cell | null
  readonly #before: Cells | null

  /** `before`: the range compared with, null where nothing is. */
  constructor(
    resolved: ResolvedQuery<TopQuery>,
    { names, late }: Pick<SeriesIndex, 'names' | 'late'>,
    { isKnown, leftOut }: Pick<RangeSum, 'isKnown' | 'leftOut'>,
    before: Cells | null,
  ) {
    this.#resolved = resolved
    this.#names = names
    this.#late = late
    this.#isKnown = isKnown
    this.#rest = leftOut?.cell ?? null
    this.#before = before
  }

  of(cells: Cells): Omit<TopAnswer, 'meta'> {
    const { limit } = this.#resolved.query
    const ranked = this.#ranked(cells)
    const whole = this.#merged(ranked.map(({ cell }) => cell))
    const total = this.#figures(
      whole,
      this.#before === null ? null : this.#merged([...this.#before.values()]),
    )
    // May belong to a name that came late.
    const unnamed = ranked.find(({ column }) => this.#names[column]!.other)?.cell ?? null
    const rows = ranked
      .slice(0, limit)
      .map(
        ({ column, cell }): TopRow => ({
          labels: this.#names[column]!.labels,
          ...notesOf(this.#names[column]!),
          ...(this.#late.has(column) && { late: true as const }),
          share: this.#share(cell, total.value),
          ...this.#figures(cell, this.#before?.get(column), this.#late.has(column) ? unnamed : null),
        }),
      )
    return { rows, others: this.#others(ranked.slice(limit), total.value), total }
  }

  #others(rest: readonly { column: number; cell: Cell }[], total: number | null): TopAnswer['others'] {
    if (rest.length === 0) return null
    const cell = this.#merged(rest.map((one) => one.cell))!
    const before =
      this.#before === null
        ? null
        : this.#merged(rest.map(({ column }) => this.#before!.get(column)).filter((one) => one !== undefined))
    return { count: rest.length, share: this.#share(cell, total), ...this.#figures(cell, before) }
  }

  #figures(cell: Cell | null, before: Cell | null | undefined, unnamed: Cell | null = null): Figures {
    const value = this.#value(cell)
    const previous = this.#before === null ? null : this.#value(before ?? null)
    return {
      value,
      ...this.#bounds(cell, unnamed),
      previous,
      change: value === null || previous === null || previous <= 0 ? null : (value - previous) / previous,
    }
  }

  #bounds(cell: Cell | null, unnamed: Cell | null): Bounds {
    const { stat, metric } = this.#resolved
    const rest = this.#merged([this.#rest, unnamed].filter((one) => one !== null))
    return (this.#isKnown && rest !== null && boundsOf(stat, metric, cell, rest)) || {}
  }

  #value(cell: Cell | null): number | null {
    if (!this.#isKnown) return null
    const { stat, metric } = this.#resolved
    return cell === null ? valueOfNothing(stat) : valueOf(stat, cell, metric)
  }

  #share(cell: Cell, total: number | null): number | null {
    const { stat } = this.#resolved
    if ((stat !== 'count' && stat !== 'sum') || total === null || total <= 0) return null
    return this.#value(cell)! / total
  }

  #merged(cells: readonly Cell[]): Cell | null {
    const [first, ...rest] = cells
    if (first === undefined) return null
    const whole = [...first]
    for (const cell of rest) mergeCell(whole, cell, [this.#resolved.metric])
    return whole
  }

  /** Names that have something (a cell may hold other metrics and nothing of this one), by value, then by name, so that equal ones keep their places. */
  #ranked(cells: Cells): { column: number; cell: Cell }[] {
    const { metric, query } = this.#resolved
    const found = [...cells].flatMap(([column, cell]) =>
      metric.kind !== 'sum' && cell[0] === 0 ? [] : [{ column, cell, rank: this.#rank(cell) }],
    )
    const sign = query.order === 'desc' ? -1 : 1
    return found.sort((a, b) =>
      a.rank === b.rank
        ? this.#names[a.column]!.key < this.#names[b.column]!.key
          ? -1
          : 1
        : a.rank < b.rank
          ? -sign
          : sign,
    )
  }

  #rank(cell: Cell): Int | number {
    const { stat, metric } = this.#resolved
    const slot = metric.kind === 'sum' ? 0 : SLOT[stat]
    return slot === null ? valueOf(stat, cell, metric)! : cell[slot]!
  }
}
