/** One window of a query over all partitions: exact cells added up, and what is shown of each. */
import type { Int } from '../../model/integer.ts'
import { mergeCell, type Cell } from '../../model/measures.ts'
import type { Row } from './partition-rows.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { valueOf, weightOf } from './statistic.ts'

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
