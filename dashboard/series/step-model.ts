/** From the answers behind one chart of the Explore page to what it draws: values of each step, ratios divided after both were summed. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { amount } from '../format/format.ts'
import { valueName } from '../format/names.ts'
import { addColumns, sumOf } from './buckets.ts'
import { isUnnamed, line, type ChartModel, type Line } from './chart-model.ts'
import { coloursFor } from './colours.ts'
import { divided, stepsOf, summed, type Column, type Steps } from './steps.ts'

type Labels = Record<string, string | null>

/** As the charts of the overview name a value: the same value has the same colour there. */
export const keyOf = (by: readonly string[], labels: Labels): string =>
  JSON.stringify(by.length === 1 ? (labels[by[0]!] ?? null) : by.map((field) => labels[field] ?? null))
export const labelName = (by: readonly string[], labels: Labels): string =>
  by.map((field) => valueName(field, labels[field] ?? null)).join(' · ')

const isBudgets = (by: readonly string[], { labels, other }: { labels: Labels; other?: true }): boolean =>
  by.some((field) => isUnnamed(labels, field, other))

export interface Plan {
  readonly by: readonly string[]
  readonly top: number
  /** Windows are put together to at most so many; null leaves them. */
  readonly mostPoints: number | null
  /** What it shows adds up: others and a total are drawn. */
  readonly stackable: boolean
  readonly title: string
  readonly asBars?: boolean
}

/** Keys by their sum over the range, greatest first. */
export function rank({ series }: SeriesAnswer, by: readonly string[]): string[] {
  return series
    .filter((one) => !isBudgets(by, one))
    .map((one) => ({ key: keyOf(by, one.labels), sum: sumOf(one.values) }))
    .filter(({ sum }) => sum !== null)
    .sort((a, b) => b.sum! - a.sum! || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key)
}

const base = (answer: SeriesAnswer, steps: Steps): Omit<ChartModel, 'lines' | 'total'> => ({
  stepMs: steps.stepMs,
  startsMs: steps.startsMs,
  endsMs: steps.endsMs,
  fromMs: answer.meta.fromMs,
  toMs: answer.meta.toMs,
  asOfMs: answer.meta.asOfMs,
  sinceMs: answer.meta.sinceMs,
  ...(steps.openUntilMs !== null && { openUntilMs: steps.openUntilMs }),
})

/** Least and mean are those of steps that are over; the greatest may be the open one. */
function lineOf(steps: Steps, key: string, name: string, colour: number, values: Column): Line {
  const all = line(key, name, colour, values)
  if (steps.openUntilMs === null) return all
  const { min, mean } = line(key, name, colour, values.slice(0, -1))
  return { ...all, min, mean }
}

/** Points of which anything is known: of few a legend says the last alone. */
export const pointsKnown = ({ lines, total }: ChartModel): number =>
  Math.max(...[...lines, total].map(({ values }) => values.filter((value) => value !== null).length))

const isDoubted = ({ values, most }: SeriesAnswer['series'][number]): boolean =>
  most?.some((value, i) => value === null || value > (values[i] ?? 0)) === true

/** `order` is a {@link rank}, possibly some seconds old; `per` is what the answer is divided by. */
export function modelOf(
  answer: SeriesAnswer,
  per: SeriesAnswer | null,
  plan: Plan,
  order: readonly string[],
): ChartModel {
  const { by, top, stackable, title } = plan
  const steps = stepsOf(answer, plan.mostPoints, plan.asBars)
  const points = steps.endsMs.length
  const put = (values: Column, of = answer): Column => summed(values, steps, of)
  const columns = new Map(answer.series.map((one) => [keyOf(by, one.labels), one]))
  const divisors = per === null ? null : columnsAt(per, by, answer)
  const valuesOf = (key: string): Column => {
    const own = put(columns.get(key)?.values ?? [])
    return divisors === null ? own : divided(own, put(divisors.get(key) ?? []))
  }
  if (by.length === 0) {
    const only = answer.series[0]
    const total = {
      ...lineOf(
        steps,
        'total',
        title,
        1,
        only === undefined ? nothing(points) : valuesOf(keyOf(by, only.labels)),
      ),
      ...(only !== undefined && isDoubted(only) && { atLeast: true as const }),
    }
    return { ...base(answer, steps), lines: [], total, ...(stackable ? {} : { isWhole: true as const }) }
  }
  const known = order.filter((key) => columns.has(key) && (divisors === null || divisors.has(key)))
  const shown = known.slice(0, top)
  const colours = coloursFor(by.join(' '), shown)
  const lines: Line[] = shown.map((key, i) => ({
    ...lineOf(steps, key, labelName(by, columns.get(key)!.labels), colours[i]!, valuesOf(key)),
    ...(divisors === null && isDoubted(columns.get(key)!) && { atLeast: true as const }),
  }))
  if (!stackable)
    return {
      ...base(answer, steps),
      lines,
      total: lines[0] ?? line('total', title, -1, nothing(points)),
      isWhole: true,
    }
  const rest = [...columns].filter(([key]) => !shown.includes(key)).map(([, one]) => one.values)
  const others = put(addColumns([...rest, answer.others?.values ?? []], answer.timesMs.length))
  const count = rest.length + (answer.others?.count ?? 0)
  if (others.some((value) => value !== null && value !== 0))
    lines.push(
      lineOf(
        steps,
        'others',
        answer.series.some((one) => isBudgets(by, one)) || count === 0
          ? 'others'
          : count === 1
            ? '1 other'
            : `${amount(count)} others`,
        0,
        others,
      ),
    )
  const total = addColumns(
    lines.map((one) => one.values),
    points,
  )
  return { ...base(answer, steps), lines, total: lineOf(steps, 'total', 'All', -1, total) }
}

const nothing = (points: number): null[] => Array.from({ length: points }, () => null)

/** Columns of another answer at the times of this one: two answers of a stream may be a window apart. */
function columnsAt(per: SeriesAnswer, by: readonly string[], { timesMs }: SeriesAnswer): Map<string, Column> {
  const at = new Map(per.timesMs.map((ms, i) => [ms, i]))
  return new Map(
    per.series.map((one) => [
      keyOf(by, one.labels),
      timesMs.map((ms) => {
        const i = at.get(ms)
        return i === undefined ? null : (one.values[i] ?? null)
      }),
    ]),
  )
}

/** The time compared with, laid over this one: of one series, or of all where they add up. Null where nothing is known of it. */
export function beforeOf(
  answer: SeriesAnswer,
  per: SeriesAnswer | null,
  plan: Plan,
  key: string | null,
  name: string,
): { line: Line; endsMs: readonly number[] } | null {
  const steps = stepsOf(answer, plan.mostPoints, plan.asBars)
  const of = previousOf(answer, plan.by, key)
  if (of === null) return null
  const own = summed(of, steps, answer)
  const divisor = per === null ? null : previousOf(per, plan.by, key)
  if (per !== null && divisor === null) return null
  const at = per === null ? null : new Map(per.timesMs.map((ms, i) => [ms, i]))
  const values =
    divisor === null
      ? own
      : divided(
          own,
          summed(
            answer.timesMs.map((ms) => divisor[at!.get(ms) ?? -1] ?? null),
            steps,
            answer,
          ),
        )
  // Nobody knows what there was before of the same part: a whole step is no like of one that is not over.
  const found = line('before', name, -1, steps.openUntilMs === null ? values : [...values.slice(0, -1), null])
  return found.max === null ? null : { line: found, endsMs: steps.endsMs }
}

function previousOf(
  { previous, series, others, timesMs, meta }: SeriesAnswer,
  by: readonly string[],
  key: string | null,
): Column | null {
  if (previous === undefined) return null
  const at = key === null ? -1 : series.findIndex((one) => keyOf(by, one.labels) === key)
  const column =
    key === null
      ? addColumns([...previous.values, others?.previous ?? []], timesMs.length)
      : previous.values[at]
  const sinceMs = meta.sinceMs
  // Late events of before the log began are numbers, but no time to compare with.
  return (
    column?.map((value, i) =>
      sinceMs !== null && (previous.timesMs?.[i] ?? timesMs[i]! - previous.shiftMs) < sinceMs ? null : value,
    ) ?? null
  )
}
