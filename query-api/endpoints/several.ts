/** Endpoints that take several queries: `POST /v1/query` and `/v1/live`; and the collector's, which is served beside this API. */
import { z } from 'zod'
import { collectAnswer } from '../answers/collect.ts'
import { batchAnswer, liveChanged } from '../answers/live.ts'
import { JSON_TYPE, NDJSON_TYPE, type Endpoint } from './endpoint.ts'

export const MAX_QUERIES = 32
const PLACE = 'not a place: whole numbers from 0'

const queryTexts = (error: string) =>
  z
    .array(z.string({ error: 'not a text such as "series?metric=SOURCE.METRIC"' }), { error })
    .max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`)

export const batchSchema = z.strictObject({
  queries: queryTexts('missing; a list of texts such as "series?metric=SOURCE.METRIC"')
    .min(1, 'empty')
    .meta({
      description:
        '`series?...` (as columns), `top?...`, `sessions?...`, `funnel?...`, `retention?...` and `journeys?...`, as their query strings',
    }),
})

export const query: Endpoint = {
  method: 'post',
  path: '/v1/query',
  tag: 'Numbers',
  summary: 'Several questions at one vector',
  description:
    'Those to one source are answered at one moment of it, but for those that the log is read for. A question that fails leaves the others.',
  parameters: {},
  bodies: { [JSON_TYPE]: batchSchema },
  answers: {
    200: { description: 'Answers or problems, in the order asked', types: { [JSON_TYPE]: batchAnswer } },
  },
  problems: ['request_too_large', 'unsupported_media_type'],
}

export const live: Endpoint = {
  method: 'get',
  path: '/v1/live',
  tag: 'Live',
  summary: 'Answers as they change',
  description:
    'Server-sent events. Each `q` is `series?...`, `top?...`, `sessions?...`, `funnel?...`, `retention?...`, `journeys?...`, `events?...` or `entities?...`, percent-encoded as a whole; at most 32. Events: `reset` (LiveReset: the whole answer), `patch` (LivePatch, of series only: what changed), `error` (LiveError: a problem; heals by a reset), `progress` (LiveProgress: how far the log is read for a first answer that no cells hold), `part` (LivePart: what comes out of the part that is read, never final), `behind` (LiveBehind: this process has counted less than the reader saw, and holds its numbers back), `beat` (LiveHeartbeat, every second; the first one names the stream). The `id` of a frame is how far the reader is: given as `Last-Event-ID`, or as `cursor`, with the same queries, the stream goes on from there, and begins anew with `reset` where it cannot.',
  example: 'q=series%3Fmetric%3Dclicks.events',
  parameters: {
    q: z.array(z.string()).min(1).max(MAX_QUERIES).meta({ description: 'A query; repeatable' }),
    cursor: z
      .string()
      .optional()
      .meta({
        description:
          'The `id` of the last frame of a stream before this one, where no `Last-Event-ID` can be sent',
      }),
  },
  answers: { 200: { description: 'A stream without end', types: { 'text/event-stream': null } } },
  problems: ['url_too_long'],
}

export const liveChangeSchema = z.strictObject({
  stream: z
    .string({ error: 'missing; the `stream` of the first beat' })
    .max(100, 'at most 100 characters')
    .meta({ description: 'As the first `beat` of the stream names it' }),
  add: queryTexts('not a list of texts such as "series?metric=SOURCE.METRIC"')
    .optional()
    .meta({ description: 'Queries, as `q` of the stream' }),
  remove: z
    .array(z.int({ error: PLACE }).nonnegative(PLACE), { error: 'not a list of places such as [0]' })
    .max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`)
    .optional()
    .meta({ description: 'Places of queries that are no longer looked at' }),
})

export const changeLive: Endpoint = {
  method: 'post',
  path: '/v1/live',
  tag: 'Live',
  summary: 'Other queries for a stream that is open',
  description:
    'The answers come in the stream. One process has the stream: where another one hears this, it answers `not_found`, and a stream with all queries is opened instead.',
  parameters: {},
  bodies: { [JSON_TYPE]: liveChangeSchema },
  answers: {
    200: { description: 'Places of the queries that were added', types: { [JSON_TYPE]: liveChanged } },
  },
  problems: ['not_found', 'request_too_large', 'unsupported_media_type'],
}

const event = z.record(z.string(), z.unknown()).meta({ description: 'An event of the source' })

export const collect: Endpoint = {
  method: 'post',
  path: '/v1/events',
  tag: 'Sending',
  summary: 'Send events',
  description:
    'An object, an array of objects, or one object a line (`application/x-ndjson`). May be compressed (`Content-Encoding: gzip`, `deflate`, `br`). Answered when the log has acknowledged.',
  parameters: {
    source: z.string().meta({ description: 'Name of a source' }),
    sentAt: z
      .string()
      .optional()
      .meta({
        description:
          'What the clock of the sender shows as it sends, milliseconds since 1970 or ISO-8601: where it is over 5 s from the arrival, times of the events are moved by the difference',
      }),
  },
  bodies: { [JSON_TYPE]: z.union([event, z.array(event)]), [NDJSON_TYPE]: z.string() },
  answers: {
    202: { description: 'All taken', types: { [JSON_TYPE]: collectAnswer } },
    207: { description: 'Some taken', types: { [JSON_TYPE]: collectAnswer } },
    400: {
      description: 'None taken; or a problem, where the request itself is wrong',
      types: { [JSON_TYPE]: collectAnswer },
    },
  },
  problems: ['not_found', 'request_too_large', 'unsupported_media_type'],
}
