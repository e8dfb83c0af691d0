/** Every endpoint of the port: what it takes, what it answers, in words. The document of the API is this table spelled out. */
import type { z } from 'zod'
import type { answerSchemas } from './answer-schemas.ts'
import { batchSchema } from '../service/batch-query.ts'
import { entitiesShape, rowsShape, seriesShape, tailShape, topShape } from '../language/query.ts'

type AnswerName = keyof typeof answerSchemas

export interface Endpoint {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly tag: 'Numbers' | 'Rows' | 'Live' | 'State' | 'Sending'
  readonly summary: string
  readonly says?: string
  readonly parameters?: Readonly<Record<string, z.ZodType>>
  readonly body?: z.ZodType
  /** Status to what is answered: a schema by name, or a media type. */
  readonly answers: Readonly<
    Record<number, { readonly schema?: AnswerName; readonly also?: readonly string[]; readonly says: string }>
  >
  /** Problems beside 400, 421, 500 and 503, and 403 of what is sent. */
  readonly problems?: readonly number[]
  readonly example?: string
}

const NOT_MODIFIED = { says: 'What `If-None-Match` names is still the answer' }

export const endpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/v1/series',
    tag: 'Numbers',
    summary: 'Numbers over time',
    says: 'The range is widened to whole windows. `null` is not 0: it is what is not known, or no longer kept.',
    parameters: seriesShape,
    problems: [404, 414, 422],
    example: 'metric=clicks.events&by=country&from=now-1h',
    answers: {
      200: {
        schema: 'SeriesAnswer',
        also: ['text/csv'],
        says: 'Columns; with `format=rows` a RowsAnswer, with `format=csv` text',
      },
      304: NOT_MODIFIED,
    },
  },
  {
    method: 'get',
    path: '/v1/top',
    tag: 'Numbers',
    summary: 'Names by value over a range',
    says: 'Exact: added up from cells, coarse windows inside the range and fine ones at its edges. `meta.fromMs` and `meta.toMs` say what the range was rounded to.',
    parameters: topShape,
    problems: [404, 414, 422],
    example: 'metric=clicks.views&by=path&from=now-24h&compare=previous',
    answers: {
      200: { schema: 'TopAnswer', says: 'Rows, the others together, and the total' },
      304: NOT_MODIFIED,
    },
  },
  {
    method: 'post',
    path: '/v1/query',
    tag: 'Numbers',
    summary: 'Several questions at one vector',
    says: 'Those to one source are answered at one moment of it. A question that fails leaves the others.',
    body: batchSchema,
    problems: [413, 415],
    answers: { 200: { schema: 'BatchAnswer', says: 'Answers or problems, in the order asked' } },
  },
  {
    method: 'get',
    path: '/v1/entities',
    tag: 'Rows',
    summary: 'Who is online, last seen when, with which latest values',
    says: 'Paged by key: rows that move between two pages may be missed or met twice.',
    parameters: entitiesShape,
    problems: [404, 414, 422],
    example: 'source=readings&status=quiet',
    answers: { 200: { schema: 'EntitiesAnswer', says: 'One page' }, 304: NOT_MODIFIED },
  },
  {
    method: 'get',
    path: '/v1/events',
    tag: 'Rows',
    summary: 'Newest raw events',
    parameters: tailShape,
    problems: [404, 414],
    example: 'source=clicks&limit=10',
    answers: { 200: { schema: 'TailAnswer', says: 'Newest first' }, 304: NOT_MODIFIED },
  },
  {
    method: 'get',
    path: '/v1/rejects',
    tag: 'Rows',
    summary: 'Newest dead letters',
    says: 'Each with topic partition, offset, reason and the head of its bytes.',
    parameters: rowsShape,
    problems: [404, 414],
    example: 'source=clicks',
    answers: { 200: { schema: 'RejectsAnswer', says: 'Newest first' }, 304: NOT_MODIFIED },
  },
  {
    method: 'get',
    path: '/v1/live',
    tag: 'Live',
    summary: 'Answers as they change',
    says: 'Server-sent events. Each `q` is `series?...`, `top?...`, `events?...` or `entities?...`, percent-encoded as a whole; at most 32. Events: `reset` (the whole answer), `patch` (series only: what changed), `error` (a problem; heals by a reset), `beat` (every second).',
    problems: [414],
    example: 'q=series%3Fmetric%3Dclicks.events',
    answers: { 200: { also: ['text/event-stream'], says: 'A stream without end' } },
  },
  {
    method: 'get',
    path: '/v1/catalog',
    tag: 'State',
    summary: 'What can be asked',
    answers: { 200: { schema: 'CatalogAnswer', says: 'Sources, fields, metrics, breakdowns, intervals' } },
  },
  {
    method: 'get',
    path: '/v1/openapi.json',
    tag: 'State',
    summary: 'This document',
    answers: { 200: { also: ['application/json'], says: 'OpenAPI 3.1' } },
  },
  {
    method: 'get',
    path: '/v1/status',
    tag: 'State',
    summary: 'Where every partition stands',
    answers: { 200: { schema: 'StatusAnswer', says: 'Offsets, ledgers, generations, recent rejects' } },
  },
  {
    method: 'get',
    path: '/v1/store',
    tag: 'State',
    summary: 'The store: nodes, memory, backups, what befell it',
    says: 'Addresses, places and people are told only by an API that nobody else can reach. Where the store does not answer now, it is what it said last, and `isAway` is true.',
    answers: { 200: { schema: 'StoreAnswer', says: 'What may not be asked for is null' } },
  },
  {
    method: 'get',
    path: '/livez',
    tag: 'State',
    summary: 'The process answers',
    answers: { 200: { schema: 'Health', says: 'It does' } },
  },
  {
    method: 'get',
    path: '/readyz',
    tag: 'State',
    summary: 'The store answers too',
    answers: { 200: { schema: 'Health', says: 'It does' } },
  },
  {
    method: 'post',
    path: '/v1/events',
    tag: 'Sending',
    summary: 'Send events',
    says: 'An object, an array of objects, or one object a line (`application/x-ndjson`). May be compressed (`Content-Encoding: gzip`, `deflate`, `br`). Answered when the log has acknowledged.',
    problems: [404, 413, 415],
    answers: {
      202: { schema: 'CollectAnswer', says: 'All taken' },
      207: { schema: 'CollectAnswer', says: 'Some taken' },
      400: { schema: 'CollectAnswer', says: 'None taken; or a problem, where the request itself is wrong' },
    },
  },
]
