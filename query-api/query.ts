/** What `/v1/series`, `/v1/events` and `/v1/rejects` take: schemas, and one canonical key per meaning. */
import { z } from 'zod'
import { parseFilter, filterKey, type Filter } from './filter.ts'
import { checkParams, readParams } from './params.ts'
import { parseTime, timeKey, TIME_FORMS, type TimeExpression } from './time.ts'

const MAX_FILTERS = 16
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

export interface SeriesQuery {
  source: string
  metric: string
  /** Null: the metric's own. */
  stat: string | null
  /** Fields that name the series, as asked for; empty is the total. */
  by: readonly string[]
  where: readonly Filter[]
  interval: string
  from: TimeExpression
  to: TimeExpression
  limit: number
  format: 'columns' | 'rows' | 'csv'
}

/** Newest rows of a stream of one source. */
export interface RowsQuery {
  source: string
  limit: number
  via: string | null
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`)

const time = z.string().transform((text, context) => {
  const parsed = parseTime(text.replaceAll(' ', '+')) // a form-encoded + of a zone
  if (parsed === null) context.addIssue({ code: 'custom', message: `not a time; try ${TIME_FORMS}` })
  return parsed ?? { absoluteMs: 0 }
})

const metric = z.string({ error: 'missing; SOURCE.METRIC or SOURCE.METRIC.STATISTIC' }).transform((text, context) => {
  const [source, name, stat, ...rest] = text.split('.')
  const whole = [source, name, stat ?? 'x'].every((part) => part !== undefined && part.length <= 100 && NAME.test(part)) && rest.length === 0
  if (!whole) context.addIssue({ code: 'custom', message: 'not of the form SOURCE.METRIC or SOURCE.METRIC.STATISTIC' })
  return { source: source ?? '', name: name ?? '', stat: stat ?? null }
})

const by = z.string().transform((text, context) => {
  const fields = text === '' || text === 'all' ? [] : text.split(/[,+ ]/)
  if (fields.length > 4 || !fields.every((field) => NAME.test(field) && field.length <= 100)) context.addIssue({ code: 'custom', message: 'field names joined by commas, at most 4' })
  else if (new Set(fields).size < fields.length) context.addIssue({ code: 'custom', message: 'the same field twice' })
  return fields
})

const filter = z.string().transform((text, context) => {
  const parsed = parseFilter(text)
  if (typeof parsed !== 'string') return parsed
  context.addIssue({ code: 'custom', message: parsed })
  return z.NEVER
})

const seriesShape = {
  metric,
  by: by.default([]),
  where: z.array(filter).max(MAX_FILTERS, `at most ${MAX_FILTERS} filters`).default([]),
  interval: z.string().regex(/^(auto|[1-9]\d{0,8}(ms|s|m|h|d))$/, 'auto, or one of the intervals that /v1/catalog names').default('auto'),
  from: time.default({ anchor: 'now', steps: [{ addMs: -900_000 }] }),
  to: time.default({ anchor: 'now', steps: [] }),
  limit: integer(1, 500).default(50),
  format: z.enum(['columns', 'rows', 'csv'], { error: 'columns, rows or csv' }).default('columns'),
}
const seriesSchema = z.strictObject(seriesShape)

const rowsShape = {
  source: z.string({ error: 'missing; the name of a source' }).max(100, 'at most 100 characters').regex(NAME, 'not the name of a source'),
  limit: integer(1, 500).default(50),
}
const rowsSchema = z.strictObject(rowsShape)
const tailSchema = z.strictObject({ ...rowsShape, via: z.string().max(100, 'at most 100 characters').min(1, 'empty').optional() })

/** Throws a ProblemError with every fault of the parameters. */
export function readSeriesQuery(raw: string): SeriesQuery {
  const { metric, ...rest } = checkParams(seriesSchema, readParams(raw, ['where']), Object.keys(seriesShape))
  return { source: metric.source, metric: metric.name, stat: metric.stat, ...rest }
}

export function readTailQuery(raw: string): RowsQuery {
  const { via, ...rest } = checkParams(tailSchema, readParams(raw), [...Object.keys(rowsShape), 'via'])
  return { ...rest, via: via ?? null }
}

export function readRejectsQuery(raw: string): RowsQuery {
  return { ...checkParams(rowsSchema, readParams(raw), Object.keys(rowsShape)), via: null }
}

/** Refuses any parameter at all. */
export function readNoQuery(raw: string): void {
  checkParams(z.strictObject({}), readParams(raw), ['none'])
}

/** Equal for queries that mean the same. */
export function seriesKey(query: SeriesQuery): string {
  const { source, metric, stat, by, where, interval, from, to, limit, format } = query
  return JSON.stringify(['series', source, metric, stat, by.join(','), where.map(filterKey).sort(), interval, timeKey(from), timeKey(to), limit, format])
}

export function rowsKey(kind: 'events' | 'rejects', query: RowsQuery): string {
  return JSON.stringify([kind, query.source, query.limit, query.via])
}
