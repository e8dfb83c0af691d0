/** What `/v1/entities`, `/v1/events`, `/v1/rejects` and `/v1/meta/known-values` take: schemas, and one canonical key per meaning. */
import { z } from 'zod'
import type { Filter } from './filter.ts'
import { integer, NAME, rowsFormat, source, type RowsFormat } from './fields.ts'
import { checkParams, readParams } from './params.ts'
import { inCalendar, rangeShape, type RangeQuery } from './range.ts'
import { timeKey } from './time.ts'

/** Values of a field that begin with a text. */
export interface KnownValuesQuery extends Pick<RangeQuery, 'from' | 'to' | 'limit'> {
  source: string
  field: string
  prefix: string
  /** Of events that meet these; absent: of all. */
  where?: readonly Filter[]
  format: RowsFormat
}

/** One page of the entities of a source. */
export interface EntitiesQuery {
  source: string
  status: 'online' | 'quiet' | 'ahead' | null
  sort: 'seen' | 'name'
  order: 'asc' | 'desc'
  limit: number
  cursor: string | null
  format: RowsFormat
}

/** Newest rows of a stream of one source. */
export interface RowsQuery {
  source: string
  limit: number
  via: string | null
  format: RowsFormat
}

export const knownValuesShape = {
  source,
  field: z
    .string({ error: 'missing; the name of a field' })
    .regex(NAME, 'not the name of a field')
    .max(100, 'at most 100 characters')
    .meta({ description: 'Name of a field' }),
  prefix: z
    .string()
    .max(256, 'at most 256 characters')
    .default('')
    .meta({ description: 'What the values begin with' }),
  from: rangeShape.from
    .unwrap()
    .prefault('now-24h')
    .meta({ description: 'Begin of the range that is looked at, in the forms of `/v1/series`' }),
  to: rangeShape.to,
  limit: integer(1, 100).prefault('20').meta({ description: 'Most values' }),
  format: rowsFormat,
}
const knownValuesSchema = z.strictObject(knownValuesShape).transform(inCalendar)

export const entitiesShape = {
  source,
  status: z.enum(['online', 'quiet', 'ahead'], { error: 'online, quiet or ahead' }).optional(),
  sort: z.enum(['seen', 'name'], { error: 'seen or name' }).default('seen'),
  order: z
    .enum(['desc', 'asc'], { error: 'desc or asc' })
    .optional()
    .meta({ description: 'Default: last seen first, names from A on' }),
  limit: integer(1, 500).prefault('50').meta({ description: 'Rows a page' }),
  cursor: z
    .string()
    .min(1, 'empty')
    .max(2000, 'at most 2000 characters')
    .optional()
    .meta({ description: '`next` of the page before' }),
  format: rowsFormat,
}
const entitiesSchema = z.strictObject(entitiesShape)

export const rowsShape = {
  source,
  limit: integer(1, 500).prefault('50').meta({ description: 'Most rows' }),
  format: rowsFormat,
}
const rowsSchema = z.strictObject(rowsShape)
export const tailShape = {
  ...rowsShape,
  via: z
    .string()
    .max(100, 'at most 100 characters')
    .min(1, 'empty')
    .optional()
    .meta({ description: 'Only events that came this way, such as `http`' }),
}
const tailSchema = z.strictObject(tailShape)

export function readKnownValuesQuery(raw: string): KnownValuesQuery {
  const { calendar: _, ...query } = checkParams(
    knownValuesSchema,
    readParams(raw),
    Object.keys(knownValuesShape),
  )
  return query
}

/** Last seen first, names from A on, unless said otherwise. */
export function readEntitiesQuery(raw: string): EntitiesQuery {
  const { order, status, cursor, ...rest } = checkParams(
    entitiesSchema,
    readParams(raw),
    Object.keys(entitiesShape),
  )
  return {
    ...rest,
    status: status ?? null,
    cursor: cursor ?? null,
    order: order ?? (rest.sort === 'seen' ? 'desc' : 'asc'),
  }
}

export function readTailQuery(raw: string): RowsQuery {
  const { via, ...rest } = checkParams(tailSchema, readParams(raw), Object.keys(tailShape))
  return { ...rest, via: via ?? null }
}

export function readRejectsQuery(raw: string): RowsQuery {
  return { ...checkParams(rowsSchema, readParams(raw), Object.keys(rowsShape)), via: null }
}

export function knownValuesKey({ source, field, prefix, from, to, limit, format }: KnownValuesQuery): string {
  return JSON.stringify(['known-values', source, field, prefix, timeKey(from), timeKey(to), limit, format])
}

export function entitiesKey(query: EntitiesQuery): string {
  const { source, status, sort, order, limit, cursor, format } = query
  return JSON.stringify(['entities', source, status, sort, order, limit, cursor, format])
}

export function rowsKey(kind: 'events' | 'rejects', query: RowsQuery): string {
  return JSON.stringify([kind, query.source, query.limit, query.via, query.format])
}
