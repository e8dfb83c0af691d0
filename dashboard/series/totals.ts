/** Numbers of tiles and bars from answers: sums over the range, the rate now, a sparkline. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { valueName } from '../say/names.ts'
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
}

const sparkPoints = 48

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
  }
}

export interface Bar {
  readonly key: string
  readonly name: string
  readonly sum: number
  /** Of the sum over all values. */
  readonly share: number
}

/** The values of a breakdown by their sum over the range, greatest first. */
export function bars(answer: SeriesAnswer, field: string): Bar[] {
  const sums = answer.series.map((series) => ({ value: series.labels[field] ?? null, sum: sumOf(series.values) ?? 0 }))
  const whole = sums.reduce((all, { sum }) => all + sum, 0)
  return sums
    .filter(({ sum }) => sum > 0)
    .map(({ value, sum }) => ({ key: JSON.stringify(value), name: value === '__other__' ? 'others' : valueName(field, value), sum, share: sum / whole }))
    .sort((a, b) => b.sum - a.sum || (a.key < b.key ? -1 : 1))
}

/** How many series had something in the newest `withinMs` before asOf, and which had nothing. */
export function reporting(answer: SeriesAnswer, field: string, withinMs: number): { active: number; all: number; quiet: string[] } {
  const asOfMs = answer.meta.asOfMs ?? 0
  const from = answer.timesMs.findIndex((ms) => ms + answer.meta.intervalMs > asOfMs - Math.max(withinMs, answer.meta.intervalMs))
  const quiet = answer.series.filter((series) => !series.values.slice(Math.max(0, from)).some((value) => value !== null && value > 0))
  return { active: answer.series.length - quiet.length, all: answer.series.length, quiet: quiet.map((series) => valueName(field, series.labels[field] ?? null)) }
}
