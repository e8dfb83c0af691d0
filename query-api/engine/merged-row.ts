/** One window of a query over all partitions: exact cells added up, and what is shown of each. */
import type { Int } from '../../model/integer.ts'
import { mergeCell, type Cell } from '../../model/measures.ts'
import type { Row } from './partition-rows.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { valueOf, valueOfNothing, weightOf } from './statistic.ts'

/** One window over all partitions: numbers of the series that have something, what is shown of each, and what it adds to its rank. */
export interface MergedRow {
  columns: number[]
  values: (number | null)[]
  weights: Int[]
  cells: readonly Cell[]
}

/** `parts`: the window in each partition that has something. */
export function mergedRow(parts: readonly Row[], { metric, stat }: ResolvedQuery): MergedRow {
  const all: Row = parts.length === 1 ? parts[0]! : new Map()
  if (parts.length > 1)
    for (const part of parts)
      for (const [column, measures] of part) {
        const had: Cell | undefined = all.get(column)
        if (had === undefined) all.set(column, [...measures])
        else mergeCell(had, measures, [metric])
      }
  const cells = [...all.values()]
  return {
    cells,
    columns: [...all.keys()],
    values: cells.map((cell) => valueOf(stat, cell, metric)),
    weights: cells.map((cell) => weightOf(stat, cell, metric)),
  }
}

/** Of each window all that is not shown, as one. */
export function* othersOf(
  { stat, metric }: ResolvedQuery,
  rows: readonly (MergedRow | null)[],
  isKnown: readonly boolean[],
  shown: readonly number[],
): Generator<void, (number | null)[]> {
  const isShown: boolean[] = []
  for (const column of shown) isShown[column] = true
  const values: (number | null)[] = []
  for (const [at, row] of rows.entries()) {
    let whole: Cell | null = null
    for (const [n, column] of (row?.columns ?? []).entries()) {
      if (isShown[column]) continue
      if (whole === null) whole = [...row!.cells[n]!]
      else mergeCell(whole, row!.cells[n]!, [metric])
    }
    values.push(whole !== null ? valueOf(stat, whole, metric) : isKnown[at] ? valueOfNothing(stat) : null)
    yield
  }
  return values
}
