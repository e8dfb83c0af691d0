/** `/v1/entities`, `/v1/events` and `/v1/rejects`: rows as the store holds them. */
import { entitiesAnswer, rejectsAnswer, tailAnswer } from '../answers/rows.ts'
import { readRejects, readTail } from '../engine/rows/rows.ts'
import {
  entitiesKey,
  entitiesShape,
  readEntitiesQuery,
  readRejectsQuery,
  readTailQuery,
  rowsKey,
  rowsShape,
  tailShape,
} from '../language/rows-query.ts'
import { JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

const LINES = 'with `format=ndjson` one a line, and all else as the last'

export const entities = queryEndpoint({
  name: 'entities',
  method: 'get',
  path: '/v1/entities',
  tag: 'Rows',
  summary: 'Who is online, last seen when, with which latest values',
  description: 'Paged by key: rows that move between two pages may be missed or met twice.',
  example: 'source=readings&status=quiet',
  parameters: entitiesShape,
  read: readEntitiesQuery,
  key: entitiesKey,
  formats: ['json', 'ndjson'],
  answers: {
    200: { description: `One page; ${LINES}`, types: { [JSON_TYPE]: entitiesAnswer, [NDJSON_TYPE]: null } },
    304: NOT_MODIFIED,
  },
  problems: ['not_found', 'url_too_long', 'too_many_cells'],
  live: { everyMs: 1000, rowsMax: 100 },
  isBatchable: false,
  execution: {
    cost: 'read',
    execute: async (service, query) => service.entities.read(await service.sources.get(query.source), query),
  },
})

export const events = queryEndpoint({
  name: 'events',
  method: 'get',
  path: '/v1/events',
  tag: 'Rows',
  summary: 'Newest raw events',
  example: 'source=clicks&limit=10',
  parameters: tailShape,
  read: readTailQuery,
  key: (query) => rowsKey('events', query),
  formats: ['json', 'ndjson'],
  answers: {
    200: { description: `Newest first; ${LINES}`, types: { [JSON_TYPE]: tailAnswer, [NDJSON_TYPE]: null } },
    304: NOT_MODIFIED,
  },
  problems: ['not_found', 'url_too_long'],
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: false,
  execution: {
    cost: 'read',
    execute: async ({ store, sources, now }, query) =>
      readTail(store, await sources.get(query.source), query, now()),
  },
})

export const rejects = queryEndpoint({
  name: 'rejects',
  method: 'get',
  path: '/v1/rejects',
  tag: 'Rows',
  summary: 'Newest dead letters',
  description: 'Each with topic partition, offset, reason and the head of its bytes.',
  example: 'source=clicks',
  parameters: rowsShape,
  read: readRejectsQuery,
  key: (query) => rowsKey('rejects', query),
  formats: ['json', 'ndjson'],
  answers: {
    200: {
      description: `Newest first; ${LINES}`,
      types: { [JSON_TYPE]: rejectsAnswer, [NDJSON_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: ['not_found', 'url_too_long'],
  live: null,
  isBatchable: false,
  execution: {
    cost: 'read',
    execute: async ({ store, sources, now }, query) =>
      readRejects(store, await sources.get(query.source), query, now()),
  },
})
