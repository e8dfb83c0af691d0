/** What there is, and how it does: `/v1/catalog`, `/v1/status`, `/v1/store`, `/livez`, `/readyz`, `/v1/openapi.json`. */
import { catalogAnswer } from '../answers/catalog.ts'
import { health } from '../answers/names.ts'
import { statusAnswer } from '../answers/status.ts'
import { storeAnswer } from '../answers/store.ts'
import { readNoQuery } from '../language/query.ts'
import { catalogOf } from '../service/catalog.ts'
import { readStatus } from '../service/status.ts'
import { JSON_TYPE, stateEndpoint, type Endpoint } from './endpoint.ts'

const common = { method: 'get', tag: 'State', parameters: {}, problems: [] } as const

export const catalog = stateEndpoint({
  ...common,
  path: '/v1/catalog',
  summary: 'What can be asked',
  answers: {
    200: {
      description: 'Sources, fields, metrics, breakdowns, intervals',
      types: { [JSON_TYPE]: catalogAnswer },
    },
  },
  read: readNoQuery,
  caching: 'no-cache',
  execute: async ({ service }) => catalogOf(await service.sources.all()),
})

export const status = stateEndpoint({
  ...common,
  path: '/v1/status',
  summary: 'Where every partition stands',
  answers: {
    200: {
      description: 'Offsets, ledgers, generations, recent rejects',
      types: { [JSON_TYPE]: statusAnswer },
    },
  },
  read: readNoQuery,
  caching: 'no-store',
  execute: ({ service, version, told }) => readStatus(service, version, told),
})

export const store = stateEndpoint({
  ...common,
  path: '/v1/store',
  summary: 'The store: nodes, memory, backups, what befell it',
  description:
    'Addresses, places and people are told only by an API that nobody else can reach. Where the store does not answer now, it is what it said last, and `isAway` is true.',
  answers: { 200: { description: 'What may not be asked for is null', types: { [JSON_TYPE]: storeAnswer } } },
  read: readNoQuery,
  caching: 'no-store',
  execute: ({ storeView }) => storeView.read(),
})

/** Whoever checks on a process may add what it likes to the address. */
const anything = (): void => {}
const itDoes = { 200: { description: 'It does', types: { [JSON_TYPE]: health } } }

export const livez = stateEndpoint({
  ...common,
  path: '/livez',
  summary: 'The process answers',
  answers: itDoes,
  read: anything,
  caching: null,
  execute: async () => ({ status: 'ok' as const }),
})

export const readyz = stateEndpoint({
  ...common,
  path: '/readyz',
  summary: 'The store answers too',
  answers: itDoes,
  read: anything,
  caching: null,
  execute: async ({ service }) => {
    await service.store.pipeline([['EXISTS', 'tm:{readyz}']]) // any key will do: an answer is what counts
    return { status: 'ok' as const }
  },
})

/** Served with its reference page. */
export const openapi: Endpoint = {
  ...common,
  path: '/v1/openapi.json',
  summary: 'This document',
  answers: { 200: { description: 'OpenAPI 3.1', types: { [JSON_TYPE]: null } } },
}
