/**
 * Which series of an answer may hold more than what is counted in them: events that no filter could judge, and, without a filter, what the
 * budget of a partition left without a name on a day on which the series had none there.
 */
import type { Part } from '../../../model/measures/part.ts'
import type { Series } from '../../wire.ts'
import { boundsOf, type Between } from '../bounds.ts'
import type { MergedRow } from './merged-row.ts'
import type { LeftOut, PartitionRows } from '../rows/partition-rows.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'
import { valueOfNothing } from '../statistic.ts'

/** What one partition did not name in a window. */
interface Unnamed {
  readonly rows: PartitionRows
  readonly cell: Part
}

export class Uncertain {
  readonly #resolved: ResolvedQuery
  readonly #first: number
  readonly #leftOut: readonly (LeftOut | null)[]
  readonly #unnamed: readonly (readonly Unnamed[])[]

  /** `leftOut`: of each window from `first` on. */
  constructor(
    resolved: ResolvedQuery,
    partitions: readonly PartitionRows[],
    first: number,
    leftOut: readonly (LeftOut | null)[],
  ) {
    this.#resolved = resolved
    this.#first = first
    this.#leftOut = leftOut
    const some = resolved.isTotal ? [] : partitions.filter(({ mayBeUnnamed }) => mayBeUnnamed)
    this.#unnamed = some.length === 0 ? [] : leftOut.map((_, at) => unnamedIn(some, first + at))
  }

  /** One of these series may be more than what is counted. */
  concerns(shown: readonly number[]): boolean {
    if (this.#leftOut.some((one) => one !== null)) return true
    const days = new Map<PartitionRows, Set<number>>()
    for (const [at, unnamed] of this.#unnamed.entries())
      for (const { rows } of unnamed)
        days.set(rows, (days.get(rows) ?? new Set()).add(rows.dayOf(this.#first + at)))
    return [...days].some(([rows, all]) =>
      [...all].some((day) => shown.some((column) => !rows.isNamed(day, column))),
    )
  }

  /** Of each series shown: the truth lies between; nothing where all is certain. Yields wherever it may be interrupted. */
  *boundsOf(
    shown: readonly number[],
    rows: readonly (MergedRow | null)[],
    isKnown: readonly boolean[],
  ): Generator<void, Pick<Series, 'least' | 'most'>[]> {
    const { stat, parts } = this.#resolved
    const nothing = valueOfNothing(stat, parts)
    const isBounded = shown.map(() => false)
    const between: Between[][] = shown.map(() => [])
    for (const [at, row] of rows.entries()) {
      const places = new Map((row?.columns ?? []).map((column, n) => [column, n]))
      for (const [n, column] of shown.entries()) {
        const place = places.get(column)
        const value = place !== undefined ? row!.values[place]! : isKnown[at] ? nothing : null
        const rest = row === null ? null : this.#restOf(column, at)
        const cell = place === undefined ? null : row!.cells[place]!
        const bounds = rest === null ? null : boundsOf(stat, parts, cell, rest)
        if (bounds !== null) isBounded[n] = true
        between[n]!.push(bounds ?? { least: value, most: value })
      }
      yield
    }
    return between.map((all, n) =>
      isBounded[n] ? { least: all.map(({ least }) => least), most: all.map(({ most }) => most) } : {},
    )
  }

  /** What of a window may belong to a series beside what is counted there; null where nothing may. */
  #restOf(column: number, at: number): Part | null {
    let rest = this.#leftOut[at]?.cell ?? null
    for (const { rows, cell } of this.#unnamed[at] ?? []) {
      if (rows.isNamed(rows.dayOf(this.#first + at), column)) continue
      if (rest === null) rest = cell
      else this.#resolved.parts.merge((rest = this.#resolved.parts.copy(rest)), cell)
    }
    return rest
  }
}

/** Nearly always nothing: one list for all such windows. */
const NONE: readonly Unnamed[] = []

function unnamedIn(partitions: readonly PartitionRows[], window: number): readonly Unnamed[] {
  let found: Unnamed[] | null = null
  for (const rows of partitions) {
    const cell = rows.unnamed(window)
    if (cell !== undefined) (found ??= []).push({ rows, cell })
  }
  return found ?? NONE
}
