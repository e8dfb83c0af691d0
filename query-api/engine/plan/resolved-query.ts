/** A series query made sense of against a source's definition: which metric, which statistic, which breakdown holds the fields. */
import type { Breakdown, Metric, Source } from '../../../model/definition.ts'
import { isKeptIn } from '../../../model/kept-in.ts'
import { cellLayout, HISTOGRAM, hasHistogram, measureOf } from '../../../model/measures/index.ts'
import { partsOf, type Parts } from '../../../model/measures/part.ts'
import { insteadOf } from '../../../model/nearest.ts'
import { badParam, noSuch, type ProblemError } from '../../problem.ts'
import {
  anyBySeries,
  countedOf,
  derivedOf,
  derivedParts,
  isDerivedKind,
  metricOfDerived,
} from './derived-parts.ts'
import { Projection } from './projection.ts'
import { badWhere, conditionFault, noField } from '../../language/conditions.ts'
import type { MetricQuery, SeriesQuery } from '../../language/query.ts'

/** Depends on the definition alone, so that a live query asks it once. */
export interface ResolvedQuery<Q extends MetricQuery = SeriesQuery> {
  readonly query: Q
  readonly source: Source
  readonly metric: Metric
  readonly stat: string
  /** It goes by series, or is worked out of one that does. */
  readonly bySeries: boolean
  /** Beside the value, which is the number of them, it is told how many values are where. */
  readonly hasBuckets: boolean
  /** What the metric has in a cell. */
  readonly parts: Parts
  readonly breakdown: Breakdown
  readonly isTotal: boolean
  /** An event is in several series, one a value of its list: series do not add up to a total. */
  readonly overlaps: boolean
  readonly projection: Projection
}

/** Rows that are told their histogram in one answer. */
const MOST_HISTOGRAMS = 100

/** The first is meant where none is named. */
export function statsOf({ kind }: Pick<Metric, 'kind'>): readonly string[] {
  return isDerivedKind(kind) ? [kind] : Object.keys(measureOf({ kind }).statistics)
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
export function shownMetric({ source, metric, stat, hasBuckets }: ResolvedQuery<MetricQuery>): string {
  const shown = hasBuckets ? HISTOGRAM : stat
  return `${source.name}.${metric.name}${statsOf(metric).length > 1 ? `.${shown}` : ''}`
}

/** What of a query the definition alone decides, before any breakdown is chosen. */
export interface ResolvedMetric<Q extends MetricQuery = SeriesQuery> {
  readonly query: Q
  readonly source: Source
  readonly metric: Metric
  readonly stat: string
  readonly bySeries: boolean
  readonly hasBuckets: boolean
  /** Every text field asked for, by and where, once each. */
  readonly fields: readonly string[]
  /** Why no cells can answer, whatever a breakdown holds, but only the events themselves; null where they can. */
  readonly eventsOnly: ProblemError | null
}

/** Throws not_found or bad_request. */
export function resolveMetric<Q extends MetricQuery>(query: Q, source: Source): ResolvedMetric<Q> {
  const derived = derivedOf(source, query.metric)
  const counted = countedOf(source, query.metric)
  const metric = derived === null ? counted[0] : metricOfDerived(derived, source)
  if (metric === undefined) {
    const known = [...source.metrics, ...(source.derived ?? [])].map(({ name }) => `${source.name}.${name}`)
    const detail = `${source.name} has no metric ${query.metric}; ${insteadOf(`${source.name}.${query.metric}`, known)}`
    throw noSuch('metric', detail)
  }
  const hasBuckets = derived === null && query.stat === HISTOGRAM && hasHistogram(metric)
  if (hasBuckets) checkHistogram(query)
  const asked = hasBuckets ? 'count' : (query.stat ?? statsOf(metric)[0])
  const stat = statsOf(metric).find((known) => known === asked)
  if (stat === undefined)
    throw badParam(
      'metric',
      `${source.name}.${metric.name} has no statistic ${query.stat}; ${insteadOf(query.stat ?? '', [...statsOf(metric), ...(derived === null && hasHistogram(metric) ? [HISTOGRAM] : [])])}`,
    )
  const fields = fieldsOf(query, source)
  const bySeries = anyBySeries(counted)
  return { query, source, metric, stat, bySeries, hasBuckets, fields, eventsOnly: eventsOnly(query, source) }
}

function checkHistogram(query: MetricQuery & { readonly limit?: number }): void {
  if (!('order' in query))
    throw badParam(
      'metric',
      'a histogram is of a range as a whole: /v1/top has it, of names and of the total',
    )
  if (query.limit! > MOST_HISTOGRAMS)
    throw badParam('limit', `at most ${MOST_HISTOGRAMS} rows have a histogram`)
}

/** The query answered from cells of this breakdown, which holds all its fields. */
export function resolvedOver<Q extends MetricQuery>(
  { query, source, metric, stat, bySeries, hasBuckets }: ResolvedMetric<Q>,
  breakdown: Breakdown,
): ResolvedQuery<Q> {
  const derived = derivedOf(source, metric.name)
  return {
    query,
    source,
    metric,
    stat,
    bySeries,
    hasBuckets,
    parts:
      derived === null
        ? partsOf(
            cellLayout(source, breakdown.name),
            source.metrics.findIndex(({ name }) => name === metric.name),
          )
        : derivedParts(derived, source, breakdown),
    breakdown,
    isTotal: breakdown.fields.length === 0,
    overlaps: query.by.some((field) => isList(source, field)),
    projection: new Projection(breakdown, query.by, query.where),
  }
}

/** The narrowest breakdown that keeps the metric and holds every field asked for; null where none does. */
export function breakdownFor({
  fields: wanted,
  metric,
  source,
}: Pick<ResolvedMetric, 'fields' | 'metric' | 'source'>): Breakdown | null {
  const holding = source.breakdowns.filter(
    ({ name, fields }) =>
      isKeptIn(metric, name) &&
      wanted.every((field) => fields.includes(field)) &&
      fields.every((field) => wanted.includes(field) || !isList(source, field)),
  )
  return holding.toSorted((a, b) => a.fields.length - b.fields.length)[0] ?? null
}

function fieldsOf({ by, where, conditions, written }: Asked, source: Source): string[] {
  for (const name of by) {
    const known = source.fields.find((field) => field.name === name)
    if (known === undefined) throw badParam('by', noField(source, name))
    if (known.type !== 'string') throw badParam('by', `${name} is a number; only text fields name series`)
  }
  for (const one of [...where, ...conditions]) {
    const fault = conditionFault(one, source)
    if (fault !== null) throw badWhere(written ?? where, one, fault)
  }
  const texts = where.map(({ field }) => field).filter((field) => !isNumber(source, field))
  return [...new Set([...by, ...texts])]
}

type Asked = Pick<MetricQuery, 'by' | 'where' | 'conditions' | 'written'>

const isNumber = ({ fields }: Source, field: string): boolean =>
  fields.find(({ name }) => name === field)?.type === 'number'

/** Breakdowns hold texts, and each of them all values of an event together. */
function eventsOnly(query: Asked, source: Source): ProblemError | null {
  const number = query.where.find(({ field }) => isNumber(source, field))
  if (number !== undefined)
    return badWhere(
      query.written ?? query.where,
      number,
      `${number.field} is a number; only the events themselves say what it was`,
    )
  const [condition] = query.conditions
  if (condition !== undefined)
    return badWhere(
      query.written ?? [],
      condition,
      'groups, and numbers that are compared, are asked of the events themselves',
    )
  return wideList(query, source)
}

const isList = ({ fields }: Source, field: string): boolean =>
  fields.some(({ name, list }) => name === field && list === true)

/** Names of a list's values count an event several times: only one of them by itself says how many events there are. */
function wideList({ by, where, written }: Asked, source: Source): ProblemError | null {
  const wide = where.find(
    ({ field, op, values }) =>
      isList(source, field) && !by.includes(field) && !(op === 'is' && values.length === 1),
  )
  if (wide === undefined) return null
  const { field } = wide
  return badWhere(
    written ?? where,
    wide,
    `${field} has several values an event: where takes one of them, such as ${field}:is:${wide.values[0] || 'VALUE'}, or ask by=${field}`,
  )
}
