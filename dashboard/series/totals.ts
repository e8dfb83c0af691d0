/** Numbers of tiles and bars from answers: sums over the range, the rate now, a sparkline. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { addColumns, endOf, sumOf, toRates } from './buckets.ts'

export interface Total {
  /** Over the whole range; null is no data. */
  readonly sum: number | null
  /** The truth lies between these; null where `sum` is the truth. */
  readonly bounds: readonly [number, number] | null
  /** Per second, over the newest whole stretch. */
  readonly now: number | null
  /** Per second, over all that is known of the range. */
  readonly mean: number | null
  /** Rates, at most 48. */
  readonly spark: readonly (number | null)[]
  readonly against: Against | null
}

/** Two numbers over stretches of one length: windows that are over, and their likes of the range before. */
export interface Against {
  readonly now: number
  readonly before: number
  /** How much it grew or shrank; null where there was nothing before. */
  readonly change: number | null
}

const SPARK_POINTS = 48

/** How much it grew or shrank; null where there is nothing to compare with. */
export const changeOf = (now: number | null, before: number | null): number | null =>
  now === null || before === null || before <= 0 ? null : (now - before) / before

/** Windows that are over: a running one has no like in the range before. */
const overIn = (answer: SeriesAnswer): number =>
  answer.timesMs.filter((_, i) => endOf(answer, i) <= (answer.meta.asOfMs ?? 0)).length

/** Not all of the range before is in the log. */
const isYoung = ({ timesMs, previous, meta }: SeriesAnswer): boolean =>
  previous !== undefined && meta.sinceMs !== null && meta.sinceMs > (timesMs[0] ?? 0) - previous.shiftMs

/** Both stretches, each added up; null where not all of both is known. */
function sums(answer: SeriesAnswer): { now: number; before: number } | null {
  const { previous, others, series } = answer
  const over = overIn(answer)
  if (over === 0 || previous === undefined || isYoung(answer)) return null
  const add = (columns: readonly (readonly (number | null)[])[]): number | null => {
    const cut = columns.map((values) => values.slice(0, over))
    return cut.some((values) => values.some((value) => value === null))
      ? null
      : sumOf(cut.map((values) => sumOf(values)))
  }
  const [now, before] = [
    add([...series.map(({ values }) => values), ...(others === undefined ? [] : [others.values])]),
    add([...previous.values, ...(others?.previous === undefined ? [] : [others.previous])]),
  ]
  return now === null || before === null ? null : { now, before }
}

const compared = (found: { now: number; before: number } | null): Against | null =>
  found === null ? null : { ...found, change: changeOf(found.now, found.before) }

function boundsOf({ series }: SeriesAnswer): readonly [number, number] | null {
  if (!series.some(({ least, most }) => least !== undefined || most !== undefined)) return null
  // Where no bound is known, there is none to draw.
  const add = (of: (one: SeriesAnswer['series'][number]) => readonly (number | null)[]): number | null =>
    sumOf(series.map((one) => sumOf(of(one))))
  const unbound = series.some((one) =>
    one.values.some(
      (value, i) =>
        value !== null &&
        ((one.least !== undefined && one.least[i] === null) ||
          (one.most !== undefined && one.most[i] === null)),
    ),
  )
  const [low, high] = [add((one) => one.least ?? one.values), add((one) => one.most ?? one.values)]
  return unbound || low === null || high === null || low === high ? null : [low, high]
}

export function totalOf(answer: SeriesAnswer, rangeMs: number): Total {
  const columns = [
    ...answer.series.map((series) => series.values),
    ...(answer.others === undefined ? [] : [answer.others.values]),
  ]
  const rates = toRates(answer.timesMs, columns, answer.meta.intervalMs, rangeMs, answer.meta.asOfMs, {
    sinceMs: answer.meta.sinceMs,
  })
  const all = addColumns(rates.columns, rates.endsMs.length)
  const known = all.filter((value) => value !== null)
  const each = Math.max(1, Math.ceil(all.length / SPARK_POINTS))
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
    bounds: boundsOf(answer),
    against: compared(sums(answer)),
  }
}

export interface MeanTotal {
  readonly value: number | null
  readonly against: Against | null
  /** Least and greatest of the sparkline's points. */
  readonly between: readonly [number, number] | null
  readonly spark: readonly (number | null)[]
}

/** The mean over a range, and over the one before, from sums and counts. */
export function meanOf(totals: SeriesAnswer, counts: SeriesAnswer): MeanTotal {
  const by = (sum: number | null, count: number | null): number | null =>
    sum === null || count === null || count === 0 ? null : sum / count
  const [sum, count] = [totals, counts].map((answer) => answer.series[0]?.values ?? []) as [
    (number | null)[],
    (number | null)[],
  ]
  const each = Math.max(1, Math.ceil(sum.length / SPARK_POINTS))
  const spark: (number | null)[] = []
  for (let end = sum.length; end > 0; end -= each)
    spark.unshift(
      by(sumOf(sum.slice(Math.max(0, end - each), end)), sumOf(count.slice(Math.max(0, end - each), end))),
    )
  const known = spark.filter((value) => value !== null)
  const [all, weights] = [sums(totals), sums(counts)]
  const [now, before] = [
    by(all?.now ?? null, weights?.now ?? null),
    by(all?.before ?? null, weights?.before ?? null),
  ]
  return {
    value: by(sumOf(sum), sumOf(count)),
    against: compared(now === null || before === null ? null : { now, before }),
    between: known.length === 0 ? null : [Math.min(...known), Math.max(...known)],
    spark,
  }
}

/** Events a second lately, over windows that are over or, where a range is hardly one window, over what is known of it; null is no data. */
export function recentRate({ timesMs, series, meta }: SeriesAnswer): { perS: number; overMs: number } | null {
  const asOfMs = meta.asOfMs ?? 0
  const over = timesMs
    .map((startMs, i) => ({ startMs, i }))
    .filter(({ startMs }) => startMs < asOfMs && (startMs + meta.intervalMs <= asOfMs || timesMs.length <= 2))
  const fromMs = Math.max(over[0]?.startMs ?? 0, meta.sinceMs ?? 0)
  const toMs = Math.min(asOfMs, (over.at(-1)?.startMs ?? 0) + meta.intervalMs)
  const sum = sumOf(over.map(({ i }) => sumOf(series.map(({ values }) => values[i] ?? null))))
  const overMs = Math.max(1000, toMs - fromMs)
  return sum === null || toMs <= fromMs ? null : { perS: (sum * 1000) / overMs, overMs }
}
