/** Rows of the table and numbers of the whole range, from rankings and, where windows add up, from series. Pure. */
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import { isUnnamed } from '../series/chart-model.ts'
import { changeOf, meanOf, totalOf, type Against } from '../series/totals.ts'
import { keyOf } from '../series/step-model.ts'

export interface Cell {
  readonly value: number | null
  readonly previous: number | null
  readonly share: number | null
  readonly least?: number | null
  readonly most?: number | null
}
export interface Row {
  readonly key: string
  /** Null is what the budget of names did not name. */
  readonly labels: Record<string, string | null> | null
  readonly cells: readonly (Cell | null)[]
}
/** One of the shown: its ranking, and of a ratio the one it is divided by. */
export interface Ranked {
  readonly of: TopAnswer | null
  readonly per: TopAnswer | null
  readonly isRatio: boolean
}

const known = ({ meta }: TopAnswer): boolean => meta.previous?.known === true

export const ratioOf = (a: number | null, b: number | null): number | null =>
  a === null || b === null || b === 0 ? null : a / b

export function rowsOf(all: readonly Ranked[], by: readonly string[]): Row[] {
  const found = new Map<string, { labels: Row['labels']; cells: (Cell | null)[] }>()
  const unnamed = (row: TopAnswer['rows'][number]): boolean =>
    by.some((field) => isUnnamed(row.labels, field, row.other))
  all.forEach(({ of, per, isRatio }, at) => {
    if (of === null || (isRatio && per === null)) return
    const divisors = new Map(per?.rows.map((row) => [keyOf(by, row.labels), row]))
    for (const row of of.rows) {
      const key = keyOf(by, row.labels)
      const entry = found.get(key) ?? { labels: unnamed(row) ? null : row.labels, cells: all.map(() => null) }
      const divisor = divisors.get(key)
      entry.cells[at] = isRatio
        ? {
            value: ratioOf(row.value, divisor?.value ?? null),
            previous: known(of) ? ratioOf(row.previous, divisor?.previous ?? null) : null,
            share: null,
          }
        : {
            value: row.value,
            previous: known(of) ? row.previous : null,
            share: row.share,
            ...(row.least === undefined ? {} : { least: row.least }),
            ...(row.most === undefined ? {} : { most: row.most }),
          }
      found.set(key, entry)
    }
  })
  return [...found].map(([key, entry]) => ({ key, ...entry }))
}

/** What has no value stands last, whichever way it is sorted. */
export function sorted(rows: readonly Row[], at: number, ascending: boolean): Row[] {
  const value = (row: Row): number | null => row.cells[at]?.value ?? null
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === null || y === null) return Number(x === null) - Number(y === null) || (a.key < b.key ? -1 : 1)
    return (ascending ? x - y : y - x) || (a.key < b.key ? -1 : 1)
  })
}

export interface Whole {
  readonly value: number | null
  readonly least?: number | null
  readonly most?: number | null
  /** Null where not all of both ranges is known. */
  readonly against: Against | null
}

const compared = (now: number | null, before: number | null): Against | null =>
  now === null || before === null ? null : { now, before, change: changeOf(now, before) }

/** The number of the whole range by its ranking; null where there is none yet. */
export function wholeOf({ of, per, isRatio }: Ranked): Whole | null {
  if (of === null || (isRatio && per === null)) return null
  const { value, previous, ...between } = of.total
  if (!isRatio) return { value, ...between, against: known(of) ? compared(value, previous) : null }
  const ratio = ratioOf(value, per!.total.value)
  return {
    value: ratio,
    against: known(of) && known(per!) ? compared(ratio, ratioOf(previous, per!.total.previous)) : null,
  }
}

/** The same by the windows of a series that adds up. */
export function summedOf(of: SeriesAnswer, per: SeriesAnswer | null): Whole {
  if (per !== null) return meanOf(of, per)
  const { sum, bounds, against } = totalOf(of, of.meta.toMs - of.meta.fromMs)
  return { value: sum, against, ...(bounds === null ? {} : { least: bounds[0], most: bounds[1] }) }
}
