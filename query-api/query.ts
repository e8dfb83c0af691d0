/** What `/v1/series`, `/v1/events` and `/v1/rejects` take: schemas, and one canonical key per meaning. */
import { z } from 'zod'
import { parseFilter, filterKey, type Filter } from './filter.ts'
import { checkParams, readParams } from './params.ts'
import { parseTime, timeKey, TIME_FORMS, type TimeExpression } from './time.ts'

const MAX_FILTERS = 16
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** What is counted, by which names, of which events. */
export interface MetricQuery {
  source: string
  metric: string
  /** Null: the metric's own. */
  stat: string | null
  /** Fields that name the series, as asked for; empty is the total. */
  by: readonly string[]
  where: readonly Filter[]
}

/** Over which time, and compared with what. */
export interface RangeQuery {
  from: TimeExpression
  to: TimeExpression
  compare: 'previous' | null
  limit: number
}

export interface SeriesQuery extends MetricQuery, RangeQuery {
  interval: string
  format: 'columns' | 'rows' | 'csv'
}

export interface TopQuery extends MetricQuery, RangeQuery {
  order: 'asc' | 'desc'
}

/** One page of the entities of a source. */
export interface EntitiesQuery {
  source: string
  status: 'online' | 'quiet' | null
  sort: 'seen' | 'name'
  order: 'asc' | 'desc'
  limit: number
  cursor: string | null
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

const where = z.array(filter).max(MAX_FILTERS, `at most ${MAX_FILTERS} filters`).default([])
const from = time.default({ anchor: 'now', steps: [{ addMs: -900_000 }] })
const to = time.default({ anchor: 'now', steps: [] })
const compare = z.literal('previous', { error: 'previous is all that can be compared with' }).nullable().default(null)

const seriesShape = {
  metric,
  by: by.default([]),
  where,
  interval: z.string().regex(/^(auto|[1-9]\d{0,8}(ms|s|m|h|d))$/, 'auto, or one of the intervals that /v1/catalog names').default('auto'),
  from,
  to,
  compare,
  limit: integer(1, 500).default(50),
  format: z.enum(['columns', 'rows', 'csv'], { error: 'columns, rows or csv' }).default('columns'),
}
const seriesSchema = z.strictObject(seriesShape)

const topShape = {
  metric,
  by: by.refine((fields) => fields.length > 0, 'a ranking needs the fields that name its rows'),
  where,
  from,
  to,
  compare,
  order: z.enum(['desc', 'asc'], { error: 'desc or asc' }).default('desc'),
  limit: integer(1, 1000).default(10),
}
const topSchema = z.strictObject(topShape)

const source = z.string({ error: 'missing; the name of a source' }).max(100, 'at most 100 characters').regex(NAME, 'not the name of a source')

const entitiesShape = {
  source,
  status: z.enum(['online', 'quiet'], { error: 'online or quiet' }).nullable().default(null),
  sort: z.enum(['seen', 'name'], { error: 'seen or name' }).default('seen'),
  order: z.enum(['desc', 'asc'], { error: 'desc or asc' }).nullable().default(null),
  limit: integer(1, 500).default(50),
  cursor: z.string().min(1, 'empty').max(2000, 'at most 2000 characters').nullable().default(null),
}
const entitiesSchema = z.strictObject(entitiesShape)

const rowsShape = {
  source,
  limit: integer(1, 500).default(50),
}
const rowsSchema = z.strictObject(rowsShape)
const tailSchema = z.strictObject({ ...rowsShape, via: z.string().max(100, 'at most 100 characters').min(1, 'empty').optional() })

/** Throws a ProblemError with every fault of the parameters. */
export function readSeriesQuery(raw: string): SeriesQuery {
  const { metric, ...rest } = checkParams(seriesSchema, readParams(raw, ['where']), Object.keys(seriesShape))
  return { source: metric.source, metric: metric.name, stat: metric.stat, ...rest }
}

export function readTopQuery(raw: string): TopQuery {
  const { metric, ...rest } = checkParams(topSchema, readParams(raw, ['where']), Object.keys(topShape))
  return { source: metric.source, metric: metric.name, stat: metric.stat, ...rest }
}

/** Last seen first, names from A on, unless said otherwise. */
export function readEntitiesQuery(raw: string): EntitiesQuery {
  const { order, ...rest } = checkParams(entitiesSchema, readParams(raw), Object.keys(entitiesShape))
  return { ...rest, order: order ?? (rest.sort === 'seen' ? 'desc' : 'asc') }
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
  return JSON.stringify(['series', ...metricKey(query), ...rangeKey(query), query.interval, query.format])
}

export function topKey(query: TopQuery): string {
  return JSON.stringify(['top', ...metricKey(query), ...rangeKey(query), query.order])
}

export function entitiesKey({ source, status, sort, order, limit, cursor }: EntitiesQuery): string {
  return JSON.stringify(['entities', source, status, sort, order, limit, cursor])
}

export function rowsKey(kind: 'events' | 'rejects', query: RowsQuery): string {
  return JSON.stringify([kind, query.source, query.limit, query.via])
}

function metricKey({ source, metric, stat, by, where }: MetricQuery): unknown[] {
  return [source, metric, stat, by.join(','), where.map(filterKey).sort()]
}

function rangeKey({ from, to, compare, limit }: RangeQuery): unknown[] {
  return [timeKey(from), timeKey(to), compare, limit]
}
