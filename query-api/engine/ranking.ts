/** Cells by name to the rows of a ranking: exact order, then what each is of the whole and how it changed. Pure. */
import type { Approximation } from '../../model/measures/index.ts'
import type { Part } from '../../model/measures/part.ts'
import { greatestError } from './approximate.ts'
import { boundsOf } from './bounds.ts'
import { notesOf, type SeriesName } from './projection.ts'
import type { TopQuery } from '../language/query.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { valueOfNothing } from './statistic.ts'
import type { RangeSum } from './range-cells.ts'
import type { Bounds, TopAnswer, TopRow } from '../wire.ts'

type Cells = ReadonlyMap<number, Part>
type Figures = Omit<TopRow, 'labels' | 'share'>

export class Ranking {
  readonly #resolved: ResolvedQuery<TopQuery>
  readonly #names: readonly SeriesName[]
  readonly #isKnown: boolean
  /** What was left out and may belong to any row; null where nothing was. */
  readonly #rest: Part | null
  readonly #before: Cells | null

  /** `before`: the range compared with, null where nothing is. */
  constructor(
    resolved: ResolvedQuery<TopQuery>,
    names: readonly SeriesName[],
    { isKnown, leftOut }: Pick<RangeSum, 'isKnown' | 'leftOut'>,
    before: Cells | null,
  ) {
    this.#resolved = resolved
    this.#names = names
    this.#isKnown = isKnown
    this.#rest = leftOut?.part ?? null
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
    const rows = ranked
      .slice(0, limit)
      .map(
        ({ column, cell }): TopRow => ({
          labels: this.#names[column]!.labels,
          ...notesOf(this.#names[column]!),
          share: this.#share(cell, total.value),
          ...this.#figures(cell, this.#before?.get(column)),
        }),
      )
    return { rows, others: this.#others(ranked.slice(limit), total.value), total }
  }

  /** The greatest error of a row, of the total, or of what is compared with; null where all are exact. */
  error(cells: Cells): Approximation | null {
    const { stat, parts } = this.#resolved
    if (parts.isExact) return null
    const sides = [[...cells.values()], [...(this.#before?.values() ?? [])]]
    const all = sides.flatMap((side) => [...side, this.#merged(side)]).filter((part) => part !== null)
    return greatestError(all.map((part) => parts.error(part, stat)))
  }

  #others(rest: readonly { column: number; cell: Part }[], total: number | null): TopAnswer['others'] {
    if (rest.length === 0) return null
    const cell = this.#merged(rest.map((one) => one.cell))!
    const before =
      this.#before === null
        ? null
        : this.#merged(rest.map(({ column }) => this.#before!.get(column)).filter((one) => one !== undefined))
    return { count: rest.length, share: this.#share(cell, total), ...this.#figures(cell, before) }
  }

  #figures(cell: Part | null, before: Part | null | undefined): Figures {
    const value = this.#value(cell)
    const previous = this.#before === null ? null : this.#value(before ?? null)
    return {
      value,
      ...this.#bounds(cell),
      previous,
      change: value === null || previous === null || previous <= 0 ? null : (value - previous) / previous,
    }
  }

  #bounds(cell: Part | null): Bounds {
    const { stat, parts } = this.#resolved
    return (this.#isKnown && this.#rest !== null && boundsOf(stat, parts, cell, this.#rest)) || {}
  }

  #value(cell: Part | null): number | null {
    if (!this.#isKnown) return null
    const { stat, parts } = this.#resolved
    return cell === null ? valueOfNothing(stat, parts) : parts.read(cell, stat)
  }

  #share(cell: Part, total: number | null): number | null {
    const { stat, parts } = this.#resolved
    if (!parts.measure.statistics[stat]!.addsUp || total === null || total <= 0) return null
    return this.#value(cell)! / total
  }

  #merged(cells: readonly Part[]): Part | null {
    const [first, ...rest] = cells
    if (first === undefined) return null
    const { parts } = this.#resolved
    const whole = parts.copy(first)
    for (const cell of rest) parts.merge(whole, cell)
    return whole
  }

  /** Names that have something (a cell may hold other metrics and nothing of this one), by value, then by name, so that equal ones keep their places. */
  #ranked(cells: Cells): { column: number; cell: Part }[] {
    const { parts, query, stat } = this.#resolved
    const found = [...cells].flatMap(([column, cell]) =>
      parts.isEmpty(cell) ? [] : [{ column, cell, rank: parts.rank(cell, stat) }],
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
}
