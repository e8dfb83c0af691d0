/** Every endpoint of the port, in the order of its document. */
import type { AnyAnswer, AnyQuery, Endpoint, QueryEndpoint, StateEndpoint } from './endpoint.ts'
import { funnel } from './funnel.ts'
import { journeys } from './journeys.ts'
import { knownValues } from './known-values.ts'
import { retention } from './retention.ts'
import { entities, events, rejects } from './rows.ts'
import { series } from './series.ts'
import { sessions } from './sessions.ts'
import { changeLive, collect, live, query } from './several.ts'
import { catalog, livez, openapi, readyz, status, store } from './state.ts'
import { top } from './top.ts'

/** What asks one source, by the name that live streams and batches give it. */
export const queries = {
  series,
  top,
  sessions,
  funnel,
  journeys,
  retention,
  entities,
  events,
  rejects,
  knownValues,
} as const
/** What tells how things are, by itself. */
export const states = { catalog, status, store, livez, readyz } as const

/** Any of them, where its own types do not matter: what reads its query is what answers it. */
export type SomeQueryEndpoint = QueryEndpoint<AnyQuery, AnyAnswer>
export const queryEndpoints = Object.values(queries) as unknown as readonly SomeQueryEndpoint[]
export const stateEndpoints: readonly StateEndpoint<unknown, unknown>[] = Object.values(
  states,
) as unknown as readonly StateEndpoint[]

export const endpoints: readonly Endpoint[] = [
  series,
  top,
  sessions,
  funnel,
  journeys,
  retention,
  query,
  entities,
  events,
  rejects,
  live,
  changeLive,
  catalog,
  knownValues,
  openapi,
  status,
  store,
  livez,
  readyz,
  collect,
]
