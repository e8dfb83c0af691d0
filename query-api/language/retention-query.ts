/** What `/v1/retention` takes. */
import { z } from 'zod'
import { factsFilters } from './facts-query.ts'
import { filterKey, type Filter } from './filter.ts'
import { integer, isRaw, NAME, raw, source } from './fields.ts'
import { checkParams, readParams } from './params.ts'
import { seriesShape, writtenKey } from './query.ts'
import { inCalendar, rangeKey, rangeShape, type RangeQuery } from './range.ts'

export interface RetentionQuery extends RangeQuery {
  source: string
  retention: string
  /** Null: the first that the definition has. */
  unit: 'day' | 'week' | null
  by: readonly string[]
  where: readonly Filter[]
  format: 'json' | 'ndjson' | 'csv'
  raw?: boolean
}

export const retentionShape = {
  source,
  retention: z
    .string({ error: 'missing; the name of a retention' })
    .regex(NAME, 'not the name of a retention')
    .max(100, 'at most 100 characters')
    .meta({ description: 'Name of a retention of the source' }),
  unit: z
    .enum(['day', 'week'], { error: 'day or week' })
    .optional()
    .meta({ description: 'Cohorts by day or by week. Default: days, where the definition has them' }),
  by: seriesShape.by,
  where: seriesShape.where,
  from: rangeShape.from
    .unwrap()
    .prefault('now-14d')
    .meta({ description: 'Begin of the range: every cohort is answered that has a part in it' }),
  to: rangeShape.to,
  tz: rangeShape.tz
    .unwrap()
    .optional()
    .meta({
      description:
        'In which zone `from` and `to` are meant; cohorts are days and weeks of the zone of the definition',
    }),
  limit: integer(1, 500).prefault('10').meta({ description: 'Most names' }),
  format: z
    .enum(['json', 'ndjson', 'csv'], { error: 'json, ndjson or csv' })
    .default('json')
    .meta({
      description:
        '`ndjson`: the rows, one a line, and all else of the answer as the last line; `csv`: the rows as a table, a column a period',
    }),
  raw,
}
const retentionSchema = z.strictObject(retentionShape).transform(inCalendar)

/** Throws a ProblemError with every fault of the parameters. */
export function readRetentionQuery(text: string): RetentionQuery {
  const { where, unit, raw, ...rest } = checkParams(
    retentionSchema,
    readParams(text, ['where']),
    Object.keys(retentionShape),
  )
  return {
    ...rest,
    unit: unit ?? null,
    where: factsFilters(where),
    compare: null,
    raw: isRaw({ raw, format: rest.format }),
  }
}

export function retentionKey(query: RetentionQuery): string {
  const { source, retention, unit, by, where } = query
  return JSON.stringify([
    'retention',
    source,
    retention,
    unit,
    by.join(','),
    where.map(filterKey).sort(),
    ...rangeKey(query),
    ...writtenKey(query),
  ])
}
