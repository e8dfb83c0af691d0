/** From an answer to what a chart shows: the greatest series by name, the rest as "others", their total, and each one's last, min, max and mean. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { amount, DAY_MS, dayOf, momentOf, type RateUnit } from '../format/format.ts'
import { valueName } from '../format/names.ts'
import { addColumns, sumOf, toRates } from './buckets.ts'
import { coloursFor } from './colours.ts'

export interface Line {
  readonly key: string
  readonly name: string
  /** 1 to 8, 0 for "others", -1 for the total. */
  readonly colour: number
  /** Per second (or the mean), one per point. */
  readonly values: readonly (number | null)[]
  readonly last: number | null
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  /** More may belong to it: its name was given out late, or a filter could not judge all. */
  readonly atLeast?: true
}

export interface ChartModel {
  readonly stepMs: number
  readonly endsMs: readonly number[]
  readonly startsMs: readonly number[]
  /** Greatest first; others last. */
  readonly lines: readonly Line[]
  readonly total: Line
  /** Its lines are no parts of anything: nothing adds them up, and a mean of their points says nothing. */
  readonly isWhole?: true
  readonly fromMs: number
  readonly toMs: number
  readonly asOfMs: number | null
  /** Nothing is known from before this. */
  readonly sinceMs: number | null
  /** The last step is what there is so far: it is over then. */
  readonly openUntilMs?: number
}

export interface ChartPlan {
  /** Field of the breakdown. */
  readonly field: string
  /** Series shown by name. */
  readonly top: number
  readonly totalName: string
  readonly rangeMs: number
}

const OTHER_KEY = '__other__'
const keyOf = (field: string, labels: Record<string, string | null>): string =>
  JSON.stringify(labels[field] ?? null)

/** Keys by their sum over the range, greatest first; the API's own "others" never has a name of its own. */
export function rank(answer: SeriesAnswer, field: string): string[] {
  return answer.series
    .filter((series) => !isUnnamed(series.labels, field, series.other))
    .map((series) => ({ key: keyOf(field, series.labels), sum: sumOf(series.values) ?? 0 }))
    .filter((entry) => entry.sum !== 0)
    .sort((a, b) => b.sum - a.sum || (a.key < b.key ? -1 : 1))
    .map((entry) => entry.key)
}

/** A point in words: a day, a week or a month by its first day, all else by when it begins, or by another of its times. */
export const pointName = (
  { stepMs, startsMs }: Pick<ChartModel, 'stepMs' | 'startsMs'>,
  at: number,
  timesMs: readonly number[] = startsMs,
): string => (stepMs < DAY_MS ? momentOf(timesMs[at]!) : dayOf(startsMs[at]!, Date.now()))

/** What a table shows of it: its lines, and their total where they have one. */
export const rowsOf = ({ lines, total, isWhole }: ChartModel, upsideDown = false): readonly Line[] => [
  ...(upsideDown ? lines.toReversed() : lines),
  ...(isWhole === true && lines.length > 0 ? [] : [total]),
]

export function line(key: string, name: string, colour: number, values: readonly (number | null)[]): Line {
  let last: number | null = null
  let min: number | null = null
  let max: number | null = null
  let sum = 0
  let points = 0
  for (const value of values) {
    if (value === null) continue
    last = value
    min = min === null || value < min ? value : min
    max = max === null || value > max ? value : max
    sum += value
    points++
  }
  return {
    key,
    name,
    colour,
    values,
    last: values.at(-1) === null ? null : last,
    min,
    max,
    mean: points === 0 ? null : sum / points,
  }
}

/** Somewhere the truth may be more than what is drawn, or nobody knows by how much. */
const isDoubted = ({ values, most }: SeriesAnswer['series'][number]): boolean =>
  most?.some((value, i) => value === null || value > (values[i] ?? 0)) === true

/** The answer's columns beside each other, those past its limit as one, and all added up in a last one. */
const withTotal = (answer: SeriesAnswer): (readonly (number | null)[])[] => {
  const columns = [...answer.series.map((one) => one.values), answer.others?.values ?? []]
  return [...columns, addColumns(columns, answer.timesMs.length)]
}

/** Some series are in neither the answer nor its others: what it adds up to is not all. */
export const isCut = ({ series, others, meta }: SeriesAnswer): boolean =>
  others === undefined && meta.seriesTotal > series.length

/** What the budget of names did not name. A value that is merely written so says that it is none. */
export const isUnnamed = (labels: Record<string, string | null>, field: string, other?: true): boolean =>
  other === true || labels[field] === OTHER_KEY

/** Brings the columns of `weight` into the order and the times of `answer`; what it does not hold is null. */
function aligned(answer: SeriesAnswer, weight: SeriesAnswer, field: string): SeriesAnswer {
  const shift = Math.round((answer.timesMs[0]! - weight.timesMs[0]!) / answer.meta.intervalMs)
  const columns = new Map(weight.series.map((one) => [keyOf(field, one.labels), one.values]))
  const shifted = (column: readonly (number | null)[] | undefined): (number | null)[] =>
    answer.timesMs.map((_, i) => column?.[i + shift] ?? null)
  const named = answer.series.map((one) => ({
    labels: one.labels,
    values: shifted(columns.get(keyOf(field, one.labels))),
  }))
  // Each question cuts off others by its own order: what one names and the other does not is in the rest of both.
  const all = addColumns(
    [...weight.series.map((one) => one.values), weight.others?.values ?? []],
    weight.timesMs.length,
  )
  const rest = shifted(all).map((value, i) =>
    value === null ? null : value - (sumOf(named.map((one) => one.values[i] ?? null)) ?? 0),
  )
  return { ...answer, series: named, others: { count: weight.others?.count ?? 0, values: rest } }
}

/** The stretch before, laid over now: the named series of `answer`, or all of them. Null where nothing was compared. */
export function lineBefore(
  answer: SeriesAnswer,
  plan: Pick<ChartPlan, 'field' | 'rangeMs'>,
  key: string | null,
  name: string,
): { line: Line; endsMs: readonly number[] } | null {
  const { previous, series, timesMs, meta } = answer
  if (previous === undefined) return null
  const at = key === null ? -1 : series.findIndex((one) => keyOf(plan.field, one.labels) === key)
  const column =
    key === null
      ? addColumns([...previous.values, answer.others?.previous ?? []], timesMs.length)
      : previous.values[at]
  if (column === undefined) return null
  // Late events of before the log began are numbers, but no stretch to compare with.
  const sinceMs = meta.sinceMs
  const known =
    sinceMs === null
      ? column
      : column.map((value, i) => (timesMs[i]! - previous.shiftMs < sinceMs ? null : value))
  const rates = toRates(timesMs, [known], meta.intervalMs, plan.rangeMs, meta.asOfMs, {
    sinceMs: meta.sinceMs === null ? null : meta.sinceMs + previous.shiftMs,
  })
  const before = line('before', name, -1, rates.columns[0]!)
  return before.max === null ? null : { line: before, endsMs: rates.endsMs }
}

/**
 * `order` is a {@link rank}, possibly some seconds old: names change places seldom, numbers at once. With `weight` (counts) the
 * answer's sums become means.
 */
export function chartModel(
  answer: SeriesAnswer,
  plan: ChartPlan,
  order: readonly string[],
  weight?: SeriesAnswer,
): ChartModel {
  const { timesMs, series, meta } = answer
  const weights = weight === undefined ? undefined : withTotal(aligned(answer, weight, plan.field))
  const rates = toRates(timesMs, withTotal(answer), meta.intervalMs, plan.rangeMs, meta.asOfMs, {
    weights,
    sinceMs: meta.sinceMs,
  })
  const points = rates.endsMs.length
  const shown = order.slice(0, plan.top)
  const colours = coloursFor(plan.field, shown)
  const columnOf = new Map(series.map((one, i) => [keyOf(plan.field, one.labels), rates.columns[i]!]))
  const empty: (number | null)[] = Array.from({ length: points }, () => null)

  const doubted = new Set(series.filter(isDoubted).map((one) => keyOf(plan.field, one.labels)))
  const lines = shown.map((key, i) => ({
    ...line(
      key,
      valueName(plan.field, JSON.parse(key) as string | null),
      colours[i]!,
      columnOf.get(key) ?? empty,
    ),
    ...(doubted.has(key) && { atLeast: true as const }),
  }))
  const named = new Set(shown)
  const rest = [...columnOf].filter(([key]) => !named.has(key))
  const unnamed = series.some((one) => isUnnamed(one.labels, plan.field, one.other))
  const known =
    rest.filter(
      ([key, column]) =>
        key !== JSON.stringify(OTHER_KEY) && column.some((value) => value !== null && value !== 0),
    ).length + (answer.others?.count ?? 0)
  const others = addColumns([...rest.map(([, column]) => column), rates.columns[series.length]!], points)
  // Means do not add up: those past the named ones are left to the total.
  if (weights === undefined && others.some((value) => value !== null && value !== 0)) {
    lines.push(
      line(
        'others',
        unnamed || known === 0 ? 'others' : known === 1 ? '1 other' : `${amount(known)} others`,
        0,
        others,
      ),
    )
  }
  return {
    stepMs: rates.stepMs,
    endsMs: rates.endsMs,
    startsMs: rates.startsMs,
    lines,
    total: line('total', plan.totalName, -1, rates.columns.at(-1)!),
    fromMs: meta.fromMs,
    toMs: meta.toMs,
    asOfMs: meta.asOfMs,
    sinceMs: meta.sinceMs,
  }
}

/** Stacked columns from the bottom up: each is the sum of itself and all below; null wherever any part is. */
export function stacked(lines: readonly Line[], points: number): (number | null)[][] {
  const floor: (number | null)[] = Array.from({ length: points }, () => 0)
  return lines.map((one) => {
    for (let i = 0; i < points; i++) {
      const below = floor[i] ?? null
      const value = one.values[i] ?? null
      floor[i] = below === null || value === null ? null : below + value
    }
    return [...floor]
  })
}

/** Rates a second as rates of another time. */
export function inUnit<T extends Line | ChartModel>(of: T, { factor }: RateUnit): T {
  if (factor === 1) return of
  const times = (value: number | null): number | null => (value === null ? null : value * factor)
  const one = (from: Line): Line => ({
    ...from,
    values: from.values.map(times),
    last: times(from.last),
    min: times(from.min),
    max: times(from.max),
    mean: times(from.mean),
  })
  return 'lines' in of ? { ...of, lines: of.lines.map(one), total: one(of.total) } : (one(of) as T)
}
