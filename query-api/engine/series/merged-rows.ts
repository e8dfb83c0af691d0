/**
 * The windows of an answer over all partitions, and what is added up over them: kept from answer to answer, so that the next costs the
 * windows that changed and a look at the others.
 */
import { add, type Int } from '../../../model/numbers/integer.ts'
import { isIn, type Span } from '../plan/kept.ts'
import { mergedRow, type MergedRow } from './merged-row.ts'
import { together, type LeftOut, type PartitionRows } from '../rows/partition-rows.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'

export interface Windows {
  readonly first: number
  /** By window from `first` on: null where it is not read. Neither list is changed later. */
  readonly rows: readonly (MergedRow | null)[]
  /** What no filter could judge; null where all was judged. */
  readonly leftOut: readonly (LeftOut | null)[]
}

export class MergedRows {
  readonly #resolved: ResolvedQuery
  readonly #partitions: readonly PartitionRows[]
  readonly #changed = new Set<number>()
  #last: Windows | null = null
  /** By number of the series: what ranks it, and in how many windows it has something. */
  #totals: Int[] = []
  #counts: number[] = []

  constructor(resolved: ResolvedQuery, partitions: readonly PartitionRows[]) {
    this.#resolved = resolved
    this.#partitions = partitions
  }

  changed(windows: Iterable<number>): void {
    for (const window of windows) this.#changed.add(window)
  }

  forget(): void {
    this.#last = null
    this.#changed.clear()
  }

  /** What ranks a series; undefined where no window of the last answer has anything of it. */
  totalOf(column: number): Int | undefined {
    return (this.#counts[column] ?? 0) > 0 ? this.#totals[column]! : undefined
  }

  /** Windows `[first, end)`, of which those of `there` are read. */
  *of(first: number, end: number, there: Span): Generator<void, Windows> {
    const last = this.#last
    const rows = new Array<MergedRow | null>(end - first)
    const leftOut = new Array<LeftOut | null>(end - first)
    const shift = last === null ? 0 : first - last.first
    this.#last = null // one that is given up in the middle is not gone on with
    if (last === null) [this.#totals, this.#counts] = [[], []]
    else
      for (let at = 0; at < last.rows.length; at++)
        if (at < shift || at - shift >= rows.length) this.#count(last.rows[at]!, -1)
    for (let at = 0; at < rows.length; at++) {
      const isRead = isIn(there, first + at)
      const known = last?.rows[at + shift]
      if (known !== undefined && isRead === (known !== null) && !this.#changed.has(first + at)) {
        rows[at] = known
        leftOut[at] = last!.leftOut[at + shift]!
        continue
      }
      rows[at] = isRead ? this.#merge(first + at) : null
      leftOut[at] = isRead ? this.#leftOutOf(first + at) : null
      this.#count(known ?? null, -1)
      this.#count(rows[at]!, 1)
      yield
    }
    this.#changed.clear()
    this.#last = { first, rows, leftOut }
    return this.#last
  }

  #merge(window: number): MergedRow {
    return mergedRow(
      this.#partitions.flatMap((one) => one.row(window) ?? []),
      this.#resolved,
    )
  }

  #leftOutOf(window: number): LeftOut | null {
    let all: LeftOut | null = null
    for (const one of this.#partitions) all = together(all, one.leftOut(window), this.#resolved.parts)
    return all
  }

  #count(row: MergedRow | null, sign: 1 | -1): void {
    if (row === null) return
    for (let n = 0; n < row.columns.length; n++) {
      const column = row.columns[n]!
      const weight = row.weights[n]!
      this.#totals[column] = add(this.#totals[column] ?? 0, sign > 0 ? weight : -weight)
      this.#counts[column] = (this.#counts[column] ?? 0) + sign
    }
  }
}
