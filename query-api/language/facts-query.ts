/** What `/v1/sessions` and `/v1/funnel` take. */
import { z } from 'zod'
import { filterKey, type Filter } from './filter.ts'
import { badWhere, splitWhere, type Condition } from './conditions.ts'
import { integer, isRaw, NAME, raw, source, tableFormat, type TableFormat } from './fields.ts'
import { checkParams, readParams } from './params.ts'
import { seriesShape, writtenKey } from './query.ts'
import { inCalendar, rangeKey, rangeShape, type RangeQuery } from './range.ts'

export interface FactsQuery extends RangeQuery {
  source: string
  by: readonly string[]
  where: readonly Filter[]
  /** Null: the range as a whole alone. */
  interval: string | null
  format: TableFormat
  /** As of series. */
  raw?: boolean
}

export type SessionsQuery = FactsQuery

export interface FunnelQuery extends FactsQuery {
  funnel: string
}

export const sessionsShape = {
  source,
  by: seriesShape.by,
  where: seriesShape.where,
  interval: seriesShape.interval
    .unwrap()
    .optional()
    .meta({ description: 'With it the answer has `windows` too: as `/v1/series` takes it' }),
  ...rangeShape,
  limit: integer(1, 500).prefault('10').meta({ description: 'Most names' }),
  format: tableFormat,
  raw,
}
const sessionsSchema = z.strictObject(sessionsShape).transform(inCalendar)

export const funnelShape = {
  source,
  funnel: z
    .string({ error: 'missing; the name of a funnel' })
    .regex(NAME, 'not the name of a funnel')
    .max(100, 'at most 100 characters')
    .meta({ description: 'Name of a funnel of the source' }),
  by: sessionsShape.by,
  where: sessionsShape.where,
  interval: sessionsShape.interval,
  ...rangeShape,
  limit: sessionsShape.limit,
  format: sessionsShape.format,
  raw,
}
const funnelSchema = z.strictObject(funnelShape).transform(inCalendar)

/** Throws a ProblemError with every fault of the parameters. */
export function readSessionsQuery(raw: string): SessionsQuery {
  return factsQuery(checkParams(sessionsSchema, readParams(raw, ['where']), Object.keys(sessionsShape)))
}

export function readFunnelQuery(raw: string): FunnelQuery {
  return factsQuery(checkParams(funnelSchema, readParams(raw, ['where']), Object.keys(funnelShape)))
}

interface Given {
  compare?: FactsQuery['compare'] | undefined
  interval?: string | undefined
  where: readonly Condition[]
  raw: 'true' | 'false'
  format: TableFormat
}

function factsQuery<G extends Given>(
  given: G,
): Omit<G, keyof Given> & Pick<FactsQuery, 'compare' | 'interval' | 'where' | 'raw' | 'format'> {
  const { compare, interval, where, raw, format, ...rest } = given
  return {
    ...rest,
    compare: compare ?? null,
    interval: interval ?? null,
    where: factsFilters(where),
    format,
    raw: isRaw({ raw, format }),
  }
}

/** Throws bad_request. */
export function factsFilters(where: readonly Condition[]): readonly Filter[] {
  const { where: filters, conditions } = splitWhere(where)
  if (conditions.length > 0)
    throw badWhere(
      where,
      conditions[0]!,
      'facts are filtered by text fields, all of which hold: is, not, prefix, contains, exists',
    )
  return filters
}

export const sessionsKey = (query: SessionsQuery): string => JSON.stringify(['sessions', ...keyOf(query)])

export const funnelKey = (query: FunnelQuery): string =>
  JSON.stringify(['funnel', query.funnel, ...keyOf(query)])

function keyOf(query: FactsQuery): unknown[] {
  const { source, by, where, interval } = query
  return [
    source,
    by.join(','),
    where.map(filterKey).sort(),
    ...rangeKey(query),
    interval,
    ...writtenKey(query),
  ]
}
