/** What `/v1/series` and `/v1/top` take: schemas, and one canonical key per meaning. */
import { z } from 'zod'
import { conditionKey, parseCondition, splitWhere, type Condition } from './conditions.ts'
import { integer, isRaw, NAME, raw, tableFormat, type TableFormat } from './fields.ts'
import { filterKey, type Filter } from './filter.ts'
import { checkParams, readParams } from './params.ts'
import { badParam } from '../problem.ts'
import type { Calendar } from './calendar.ts'
import { inCalendar, rangeKey, rangeShape, revisions, type RangeQuery } from './range.ts'
import { parseTime, TIME_FORMS, timeKey, type TimeExpression } from './time.ts'

const MAX_FILTERS = 16

/** What is counted, by which names, of which events. */
export interface MetricQuery {
  source: string
  metric: string
  /** Null: the metric's own. */
  stat: string | null
  /** Fields that name the series, as asked for; empty is the total. */
  by: readonly string[]
  /** All of them must hold, and all conditions. */
  where: readonly Filter[]
  /** What only events themselves can be held against: numbers compared, groups of which one must hold. */
  conditions: readonly Condition[]
  /** Both, as they were asked for; absent where nobody wrote them. */
  written?: readonly Condition[]
}

/** What it is divided by. */
export interface MetricName {
  source: string
  metric: string
  stat: string | null
}

export interface SeriesQuery extends MetricQuery, RangeQuery {
  per?: MetricName
  interval: string
  format: 'columns' | 'rows' | 'csv' | 'ndjson'
  /** Of CSV: labels as they came, those too that a spreadsheet would run. */
  raw: boolean
  /** Corrections of answers as of then and later are told too; absent: they are not asked for. */
  revisions?: TimeExpression
}

export interface TopQuery extends MetricQuery, RangeQuery {
  per?: MetricName
  order: 'asc' | 'desc'
  format: TableFormat
  /** As of series. */
  raw?: boolean
}

const metric = z
  .string({ error: 'missing; SOURCE.METRIC or SOURCE.METRIC.STATISTIC' })
  .transform((text, context) => {
    const [source, name, stat, ...rest] = text.split('.')
    const whole =
      [source, name, stat ?? 'x'].every(
        (part) => part !== undefined && part.length <= 100 && NAME.test(part),
      ) && rest.length === 0
    if (!whole)
      context.addIssue({
        code: 'custom',
        message: 'not of the form SOURCE.METRIC or SOURCE.METRIC.STATISTIC',
      })
    return { source: source ?? '', name: name ?? '', stat: stat ?? null }
  })
  .meta({ description: '`SOURCE.METRIC` or `SOURCE.METRIC.STATISTIC`', example: 'readings.value.max' })

const per = metric
  .optional()
  .meta({
    description:
      'A metric, of another source too, by which `metric` is divided: `by` and `where` are asked of both, and only what each comes to is divided, never averaged. `meta.per` says where that source stands',
    example: 'visits.visitors',
  })

const by = z.string().transform((text, context) => {
  const fields = text === '' || text === 'all' ? [] : text.split(/[,+ ]/)
  if (fields.length > 4 || !fields.every((field) => NAME.test(field) && field.length <= 100))
    context.addIssue({ code: 'custom', message: 'field names joined by commas, at most 4' })
  else if (new Set(fields).size < fields.length)
    context.addIssue({ code: 'custom', message: 'the same field twice' })
  return fields
})

const condition = z.string().transform((text, context) => {
  const parsed = parseCondition(text)
  if (typeof parsed !== 'string') return parsed
  context.addIssue({ code: 'custom', message: parsed })
  return z.NEVER
})

const where = z
  .array(condition)
  .max(MAX_FILTERS, `at most ${MAX_FILTERS} filters`)
  .default([])
  .meta({
    description:
      '`FIELD:OPERATOR:VALUES`, repeatable, all must hold; operators `is not prefix contains exists`, of numbers `is not gt ge lt le between exists`; values joined by commas, `\\,` for a comma. `(A|B)`: one of several must hold; `\\|` for a stroke in a value',
    example: ['country:is:DE,FR'],
  })
export const seriesShape = {
  metric,
  per,
  by: by
    .prefault('')
    .meta({ description: 'Fields that name the series, joined by commas; none = the total' }),
  where,
  interval: z
    .string()
    .regex(
      /^(auto|1w|1mo|[1-9]\d{0,8}(ms|s|m|h|d))$/,
      'auto, 1d, 1w, 1mo, or one of the intervals that /v1/catalog names',
    )
    .default('auto')
    .meta({
      description: '`auto`, one that the source keeps, or days, weeks or months of `tz`: `1d`, `1w`, `1mo`',
    }),
  ...rangeShape,
  limit: integer(1, 500)
    .prefault('50')
    .meta({ description: 'Most series, by what they have over the range' }),
  format: z
    .enum(['columns', 'rows', 'csv', 'ndjson'], { error: 'columns, rows, csv or ndjson' })
    .default('columns')
    .meta({ description: '`ndjson`: the rows, one a line, and `meta` as the last line' }),
  raw,
  revisions: revisions.meta({
    description: `Late corrections of answers as of then and later are told in \`meta.revisions\`, as far as this process knows them: ${TIME_FORMS}`,
  }),
}
const seriesSchema = z.strictObject(seriesShape).transform(inCalendar)

export const topShape = {
  metric,
  per,
  by: by
    .prefault('')
    .meta({ description: 'Fields that name the rows, joined by commas; none = the whole, as one row' }),
  where,
  ...rangeShape,
  order: z.enum(['desc', 'asc'], { error: 'desc or asc' }).default('desc'),
  limit: integer(1, 1000).prefault('10').meta({ description: 'Most rows' }),
  format: tableFormat,
  raw,
}
const topSchema = z.strictObject(topShape).transform(inCalendar)

/** Throws a ProblemError with every fault of the parameters. */
export function readSeriesQuery(raw: string): SeriesQuery {
  const {
    metric,
    per,
    compare,
    revisions: since,
    ...rest
  } = checkParams(seriesSchema, readParams(raw, ['where']), Object.keys(seriesShape))
  if (since !== undefined && rest.format === 'csv')
    throw badParam('revisions', 'are told in meta, which format=csv does not have')
  return {
    source: metric.source,
    metric: metric.name,
    stat: metric.stat,
    compare: compare ?? null,
    ...(since !== undefined && { revisions: readRevisions(since, rest.calendar) }),
    ...rest,
    raw: isRaw(rest),
    ...splitWhere(rest.where),
    ...dividedBy(per),
  }
}

export function readTopQuery(raw: string): TopQuery {
  const { metric, per, compare, ...rest } = checkParams(
    topSchema,
    readParams(raw, ['where']),
    Object.keys(topShape),
  )
  return {
    source: metric.source,
    metric: metric.name,
    stat: metric.stat,
    compare: compare ?? null,
    ...rest,
    raw: isRaw(rest),
    ...splitWhere(rest.where),
    ...dividedBy(per),
  }
}

const dividedBy = (
  per: { source: string; name: string; stat: string | null } | undefined,
): { per?: MetricName } =>
  per === undefined ? {} : { per: { source: per.source, metric: per.name, stat: per.stat } }

/** Refuses any parameter at all. */
export function readNoQuery(raw: string): void {
  checkParams(z.strictObject({}), readParams(raw), [])
}

/** Equal for queries that mean the same. */
export function seriesKey(query: SeriesQuery): string {
  return JSON.stringify([
    'series',
    ...metricKey(query),
    ...rangeKey(query),
    query.interval,
    query.format,
    query.raw,
    ...perKey(query),
    ...(query.revisions === undefined ? [] : [timeKey(query.revisions)]),
  ])
}

function readRevisions(text: string, calendar: Calendar | null): TimeExpression {
  const time = parseTime(text, calendar)
  if (time !== null) return time
  throw badParam(
    'revisions',
    'names no zone: end it with Z or an offset such as +01:00, or say tz=Europe/Berlin',
  )
}

export function topKey(query: TopQuery): string {
  return JSON.stringify([
    'top',
    ...metricKey(query),
    ...rangeKey(query),
    query.order,
    ...writtenKey(query),
    ...perKey(query),
  ])
}

const perKey = ({ per }: { per?: MetricName }): unknown[] =>
  per === undefined ? [] : [[per.source, per.metric, per.stat]]

/** How it is written down. */
export const writtenKey = ({ format, raw }: { format: string; raw?: boolean }): string[] =>
  raw === true ? [format, 'raw'] : [format]

function metricKey({ source, metric, stat, by, where, conditions }: MetricQuery): unknown[] {
  const others = conditions.length === 0 ? [] : [conditions.map(conditionKey).sort()]
  return [source, metric, stat, by.join(','), where.map(filterKey).sort(), ...others]
}
