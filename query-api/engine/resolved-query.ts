/** A series query made sense of against a source's definition: which metric, which statistic, which breakdown holds the fields. */
import type { Breakdown, Metric, Source } from '../../model/definition.ts'
import { measureOf } from '../../model/measures/index.ts'
import { partsOf, type Parts } from '../../model/measures/part.ts'
import { badParam, ProblemError } from '../problem.ts'
import { Projection } from './projection.ts'
import type { MetricQuery, SeriesQuery } from '../language/query.ts'

/** Depends on the definition alone, so that a live query asks it once. */
export interface ResolvedQuery<Q extends MetricQuery = SeriesQuery> {
  readonly query: Q
  readonly source: Source
  readonly metric: Metric
  readonly stat: string
  /** What the metric has in a cell. */
  readonly parts: Parts
  readonly breakdown: Breakdown
  readonly isTotal: boolean
  readonly projection: Projection
}

/** The first is meant where none is named. */
export function statsOf(metric: Metric): readonly string[] {
  return Object.keys(measureOf(metric).statistics)
}

/** The query over windows, or a range, of this length: what is shown of a second is divided by it. */
export function overMs<Q extends MetricQuery>(resolved: ResolvedQuery<Q>, ms: number): ResolvedQuery<Q> {
  const { parts, stat } = resolved
  if (parts.measure.statistics[stat]!.isPerSecond !== true) return resolved
  const read: Parts['read'] = (part, statistic) => {
    const value = parts.read(part, statistic)
    return value === null ? null : value / (ms / 1000)
  }
  return { ...resolved, parts: { ...parts, read } }
}

/** As answers spell it: `readings.value.avg`. */
export function shownMetric({ source, metric, stat }: ResolvedQuery<MetricQuery>): string {
  return `${source.name}.${metric.name}${statsOf(metric).length > 1 ? `.${stat}` : ''}`
}

/** Throws not_found, bad_request or breakdown_needed. */
export function resolve<Q extends MetricQuery>(query: Q, source: Source): ResolvedQuery<Q> {
  const at = source.metrics.findIndex(({ name }) => name === query.metric)
  const metric = source.metrics[at]
  if (metric === undefined) {
    const known = source.metrics.map(({ name }) => `${source.name}.${name}`).join(', ')
    const detail = `${source.name} has no metric ${query.metric}; it has ${known}`
    throw new ProblemError('not_found', detail, [{ pointer: '/metric', detail }])
  }
  const stat = statsOf(metric).find((known) => known === (query.stat ?? statsOf(metric)[0]))
  if (stat === undefined)
    throw badParam(
      'metric',
      `${source.name}.${metric.name} has no statistic ${query.stat}; it has ${statsOf(metric).join(', ')}`,
    )
  const breakdown = breakdownFor(query, source)
  return {
    query,
    source,
    metric,
    stat,
    parts: partsOf(source.metrics, at),
    breakdown,
    isTotal: breakdown.fields.length === 0,
    projection: new Projection(breakdown, query.by, query.where),
  }
}

/** The narrowest breakdown that holds every field asked for. */
function breakdownFor({ by, where }: MetricQuery, source: Source): Breakdown {
  const wanted = [...new Set([...by, ...where.map(({ field }) => field)])]
  for (const field of wanted) {
    const known = source.fields.find(({ name }) => name === field)
    const param = by.includes(field) ? 'by' : 'where'
    if (known === undefined)
      throw badParam(
        param,
        `${source.name} has no field ${field}; it has ${source.fields.map(({ name }) => name).join(', ')}`,
      )
    if (known.type !== 'string') throw badParam(param, `${field} is a number; only text fields name series`)
  }
  const holding = source.breakdowns.filter(({ fields }) => wanted.every((field) => fields.includes(field)))
  const narrowest = holding.toSorted((a, b) => a.fields.length - b.fields.length)[0]
  if (narrowest !== undefined) return narrowest
  const line = wanted.length === 1 ? wanted[0]! : `[${wanted.join(', ')}]`
  throw new ProblemError(
    'breakdown_needed',
    `no breakdown of ${source.name} holds ${wanted.join(' and ')} together; add ${line} to "breakdowns:" of ${source.name}`,
    [
      {
        pointer: by.length > 0 ? '/by' : '/where',
        detail: `breakdowns: [${[...source.breakdowns.slice(1).map(({ fields }) => (fields.length === 1 ? fields[0]! : `[${fields.join(', ')}]`)), line].join(', ')}]`,
      },
    ],
  )
}
