/** What `/v1/sessions` and `/v1/funnel` take. */
import { z } from 'zod'
import { filterKey, type Filter } from './filter.ts'
import { splitWhere } from './conditions.ts'
import { integer, rowsFormat, source, type RowsFormat } from './fields.ts'
import { checkParams, readParams } from './params.ts'
import { badParam } from '../problem.ts'
import { seriesShape } from './query.ts'
import { inCalendar, rangeKey, rangeShape, type RangeQuery } from './range.ts'

export interface FactsQuery extends RangeQuery {
  source: string
  by: readonly string[]
  where: readonly Filter[]
  /** Null: the range as a whole alone. */
  interval: string | null
  format: RowsFormat
}

export type SessionsQuery = FactsQuery

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
  format: rowsFormat,
}
const sessionsSchema = z.strictObject(sessionsShape).transform(inCalendar)

/** Throws a ProblemError with every fault of the parameters. */
export function readSessionsQuery(raw: string): SessionsQuery {
  const { compare, interval, where, ...rest } = checkParams(
    sessionsSchema,
    readParams(raw, ['where']),
    Object.keys(sessionsShape),
  )
  const { where: filters, conditions } = splitWhere(where)
  if (conditions.length > 0)
    throw badParam(
      'where',
      'sessions are filtered by text fields, all of which hold: is, not, prefix, contains',
    )
  return { ...rest, compare: compare ?? null, interval: interval ?? null, where: filters }
}

export function sessionsKey(query: SessionsQuery): string {
  const { source, by, where, interval, format } = query
  return JSON.stringify([
    'sessions',
    source,
    by.join(','),
    where.map(filterKey).sort(),
    ...rangeKey(query),
    interval,
    format,
  ])
}
