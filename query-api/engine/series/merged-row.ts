/** One window of a query over all partitions: exact parts added up, and what is shown of each. */
import type { Int } from '../../../model/numbers/integer.ts'
import type { Approximation } from '../../../model/measures/index.ts'
import type { Part } from '../../../model/measures/part.ts'
import { greatestError } from '../approximate.ts'
import type { Row } from '../rows/partition-rows.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'
import { valueOfNothing } from '../statistic.ts'

/** One window over all partitions: numbers of the series that have something, what is shown of each, and what it adds to its rank. */
export interface MergedRow {
  columns: number[]
  values: (number | null)[]
  weights: Int[]
  cells: readonly Part[]
  /** The greatest error among them; null where all are exact. */
  error: Approximation | null
}

/** `rows`: the window in each partition that has something. */
export function mergedRow(rows: readonly Row[], { parts, stat }: ResolvedQuery): MergedRow {
  const all: Row = rows.length === 1 ? rows[0]! : new Map()
  if (rows.length > 1)
    for (const row of rows)
      for (const [column, part] of row) {
        const had = all.get(column)
        if (had === undefined) all.set(column, parts.copy(part))
        else parts.merge(had, part)
      }
  const found = [...all.values()]
  return {
    cells: found,
    columns: [...all.keys()],
    values: found.map((part) => parts.read(part, stat)),
    weights: found.map((part) => parts.weight(part, stat)),
    error: parts.isExact ? null : greatestError(found.map((part) => parts.error(part, stat))),
  }
}

/** Of each window all that is not shown, as one. */
export function* othersOf(
  { stat, parts, overlaps }: ResolvedQuery,
  rows: readonly (MergedRow | null)[],
  isKnown: readonly boolean[],
  shown: readonly number[],
): Generator<void, (number | null)[]> {
  if (overlaps) return rows.map(() => null)
  const isShown: boolean[] = []
  for (const column of shown) isShown[column] = true
  const values: (number | null)[] = []
  for (const [at, row] of rows.entries()) {
    let whole: Part | null = null
    for (const [n, column] of (row?.columns ?? []).entries()) {
      if (isShown[column]) continue
      if (whole === null) whole = parts.copy(row!.cells[n]!)
      else parts.merge(whole, row!.cells[n]!)
    }
    values.push(whole !== null ? parts.read(whole, stat) : isKnown[at] ? valueOfNothing(stat, parts) : null)
    yield
  }
  return values
}
