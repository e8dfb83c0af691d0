/** What a selector, and the function around it, ask of a source. */
import { derivedOf, derivedStatistic } from '../engine/plan/derived-parts.ts'
import { statisticOf } from '../../model/measures/part.ts'
import type { Metric, Source } from '../../model/definition.ts'
import type { Statistic } from '../../model/measures/measure.ts'
import { statsOf } from '../engine/plan/resolved-query.ts'
import type { Filter } from '../../model/condition-text.ts'
import { badParam, type ProblemError } from '../problem.ts'
import type { Matcher, Selector } from './expression.ts'
import { filterFor } from './matchers.ts'
import { metricNamed, metricsOf } from './names.ts'

export interface Selection {
  readonly source: string
  readonly metric: string
  readonly stat: string
  readonly by: readonly string[]
  readonly where: readonly Filter[]
  readonly lengthMs: number
  readonly offsetMs: number
  /** What comes out is of a second. */
  readonly isRate: boolean
}

/** The statistic that a function over a range asks for; null = the one that the name says, or means. */
const STATISTICS: Readonly<Record<string, string | null>> = {
  rate: null,
  increase: null,
  last_over_time: null,
  count_over_time: 'count',
  sum_over_time: 'sum',
  avg_over_time: 'avg',
  min_over_time: 'min',
  max_over_time: 'max',
  stddev_over_time: 'stddev',
  quantile_over_time: null,
}
export const RANGE_FUNCTIONS = Object.keys(STATISTICS)

/** What an aggregation over many series is the same as over all their events. */
const MERGES: Readonly<Record<string, string>> = { min: 'min', max: 'max', avg: 'avg' }

export interface Around {
  /** Null: the selector stands by itself. */
  readonly fn: string | null
  /** Of quantile_over_time. */
  readonly quantile: number | null
  /** What groups it; null where nothing does, and the labels that its matchers name part it. */
  readonly by: readonly string[] | null
  readonly aggregation: string | null
  /** What a selector without a range is over. */
  readonly stepMs: number
}

/** The metric's name is not looked at further than that it can be one. Throws bad_request. */
export function sourceOf({ name, text }: Selector): string {
  if (name === '') throw refused(`${text.slice(0, 80)} names no metric, such as clicks:events`)
  const found = metricNamed(name)
  if (found === null)
    throw refused(
      `${name} is no metric; metrics are SOURCE:METRIC, such as clicks:events, or SOURCE:METRIC:STATISTIC`,
    )
  return found.source
}

/** Throws bad_request, not_found. */
export function selectionOf(selector: Selector, source: Source, around: Around): Selection {
  const named = metricNamed(selector.name)!
  const { fn, by, stepMs } = around
  if (fn === null && selector.rangeMs !== null)
    throw refused(
      `${selector.name}[...] is a range: put a function over it, such as ${RANGE_FUNCTIONS.join(', ')}`,
    )
  if (fn !== null && selector.rangeMs === null)
    throw refused(`${fn} takes a range: ${fn}(${selector.name}[5m])`)
  if (selector.rangeMs === 0) throw refused('a range is longer than nothing')
  const stat = statisticFor(selector, source, around)
  const labels = selector.matchers.map(({ label }) => label)
  return {
    source: named.source,
    metric: named.metric,
    stat,
    by: by ?? [...new Set(labels)],
    where: selector.matchers.flatMap(whereOf),
    lengthMs: selector.rangeMs ?? stepMs,
    offsetMs: selector.offsetMs,
    isRate: fn === 'rate',
  }
}

function whereOf(matcher: Matcher): Filter[] {
  const found = filterFor(matcher)
  return found === null ? [] : [found]
}

function statisticFor({ name }: Selector, source: Source, around: Around): string {
  const { metric: metricName, stat: named } = metricNamed(name)!
  const metric = metricsOf(source).find((one) => one.name === metricName)
  if (metric === undefined) return named ?? ''
  const { fn, aggregation } = around
  const own = named ?? statsOf(metric)[0]!
  const asked =
    fn === null ? own : fn === 'quantile_over_time' ? quantileName(around.quantile) : STATISTICS[fn]
  if (asked !== null && asked !== own && named !== null)
    throw refused(
      `${fn} gives ${asked}, and ${name} is ${named}: write ${fn}(${source.name}:${metricName}[...])`,
    )
  const isGrowth = fn === 'rate' || fn === 'increase'
  // A name without a statistic means the one that rate and increase are about, where it has one.
  const growing = statsOf(metric).find((stat) => knownOf(source, metric, stat)?.addsUp === true)
  const stat = isGrowth && named === null ? (growing ?? own) : (asked ?? own)
  const found = knownOf(source, metric, stat)
  if (found === null)
    throw refused(`${source.name}:${metricName} has no ${stat}; it has ${statsOf(metric).join(', ')}`)
  if (isGrowth && (found.addsUp !== true || found.isPerSecond === true))
    throw refused(`${fn} is of what adds up; ${stat} of ${source.name}:${metricName} does not`)
  if (
    aggregation !== null &&
    MERGES[aggregation] !== stat &&
    !(aggregation === 'sum' && found.addsUp === true)
  )
    throw refused(notMerged(aggregation, name, stat))
  return stat
}

/** What a statistic is; null where the metric has none of that name. */
function knownOf(source: Source, metric: Metric, stat: string): Statistic | null {
  if (!statsOf(metric).includes(stat)) return null
  const derived = derivedOf(source, metric.name)
  return derived === null ? statisticOf(metric, stat) : derivedStatistic(derived, source.metrics)
}

/** Values of many series put together by an aggregation would be another number than the one over all their events. */
function notMerged(aggregation: string, name: string, stat: string): string {
  const merged = Object.entries(MERGES).find(([, one]) => one === stat)?.[0]
  const help =
    merged === undefined
      ? `name the labels in the selector instead: ${name}{LABEL=~".+"}`
      : `${merged} would be exact; or name the finer labels inside: ${aggregation} by (A) (${merged} by (A, B) (...))`
  return `${aggregation} over ${stat} of ${name} has no one meaning, because a series is what an expression asks for; ${help}`
}

function quantileName(quantile: number | null): string {
  if (quantile === null || !(quantile > 0 && quantile < 1))
    throw refused('quantile_over_time takes a number between 0 and 1')
  return `p${String(Math.round(quantile * 1000) / 10).replace('.', '')}`
}

const refused = (detail: string): ProblemError => badParam('query', detail)
