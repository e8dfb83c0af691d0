/** Numbers of tiles and bars from answers: sums over the range, the rate now, a sparkline. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { addColumns, sumOf, toRates } from './buckets.ts'

export interface Total {
  /** Over the whole range; null is no data. */
  readonly sum: number | null
  /** Per second, over the newest whole stretch. */
  readonly now: number | null
  /** Per second, over all that is known of the range. */
  readonly mean: number | null
  /** Rates, at most 48. */
  readonly spark: readonly (number | null)[]
  /** The sum of the range before; null where not all of it is known. */
  readonly before: number | null
  readonly change: number | null
}

const sparkPoints = 48

/** How much it grew or shrank; null where there is nothing to compare with. */
export const changeOf = (now: number | null, before: number | null): number | null => (now === null || before === null || before <= 0 ? null : (now - before) / before)

/** The range before, and the change: of windows that are over, because a running one has no like. Null where not all of it is known. */
function compared({ previous, series, timesMs, meta }: SeriesAnswer): { before: number | null; change: number | null } {
  const over = timesMs.filter((ms) => ms + meta.intervalMs <= (meta.asOfMs ?? 0)).length
  const columns = previous?.values.map((values) => values.slice(0, over)) ?? []
  if (over === 0 || columns.length === 0 || columns.some((values) => values.some((value) => value === null))) return { before: null, change: null }
  const before = sumOf(columns.map((values) => sumOf(values)))
  return { before, change: changeOf(sumOf(series.map((one) => sumOf(one.values.slice(0, over)))), before) }
}

export function totalOf(answer: SeriesAnswer, rangeMs: number): Total {
  const columns = answer.series.map((series) => series.values)
  const rates = toRates(answer.timesMs, columns, answer.meta.intervalMs, rangeMs, answer.meta.asOfMs)
  const all = addColumns(rates.columns, rates.endsMs.length)
  const known = all.filter((value) => value !== null)
  const each = Math.max(1, Math.ceil(all.length / sparkPoints))
  const spark: (number | null)[] = []
  // Counted from the newest end, so that a sparkline moves by whole points.
  for (let end = all.length; end > 0; end -= each) {
    const part = all.slice(Math.max(0, end - each), end).filter((value) => value !== null)
    spark.unshift(part.length === 0 ? null : part.reduce((sum, value) => sum + value, 0) / part.length)
  }
  return {
    sum: sumOf(columns.map((values) => sumOf(values))),
    now: all.at(-1) ?? null,
    mean: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length,
    spark,
    ...compared(answer),
  }
}

export interface MeanTotal {
  readonly value: number | null
  readonly before: number | null
  /** Least and greatest of the sparkline's points. */
  readonly between: readonly [number, number] | null
  readonly spark: readonly (number | null)[]
}

/** The mean over a range, and over the one before, from sums and counts. */
export function meanOf(sums: SeriesAnswer, counts: SeriesAnswer): MeanTotal {
  const by = (sum: number | null, count: number | null): number | null => (sum === null || count === null || count === 0 ? null : sum / count)
  const [sum, count] = [sums, counts].map((answer) => answer.series[0]?.values ?? []) as [(number | null)[], (number | null)[]]
  const [sumBefore, countBefore] = [sums, counts].map((answer) => answer.previous?.values[0] ?? []) as [(number | null)[], (number | null)[]]
  const each = Math.max(1, Math.ceil(sum.length / sparkPoints))
  const spark: (number | null)[] = []
  for (let end = sum.length; end > 0; end -= each) spark.unshift(by(sumOf(sum.slice(Math.max(0, end - each), end)), sumOf(count.slice(Math.max(0, end - each), end))))
  const known = spark.filter((value) => value !== null)
  const whole = sumBefore.every((value) => value !== null) && countBefore.every((value) => value !== null)
  return { value: by(sumOf(sum), sumOf(count)), before: whole ? by(sumOf(sumBefore), sumOf(countBefore)) : null, between: known.length === 0 ? null : [Math.min(...known), Math.max(...known)], spark }
}
