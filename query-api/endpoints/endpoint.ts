/**
 * An endpoint is one object: where it is, what it takes, what it answers, with which problems, whether it may be live, and how it is
 * executed. The route, the live stream, `POST /v1/query`, the OpenAPI document, the reference page and the typed client come from it.
 */
import type { z } from 'zod'
import type { PointBudget } from '../engine/plan/budget.ts'
import type { PreparedQuery } from '../engine/rows/one-snapshot.ts'
import type { ProblemKind } from '../problem.ts'
import type { LogScans } from '../scan/log-scans.ts'
import type { ScanSession } from '../scan/session.ts'
import type { QueryService } from '../service/query-service.ts'
import type { StoreView } from '../service/store.ts'
import type { Told } from '../service/told.ts'
import type { Provenance } from '../wire.ts'

export interface Endpoint {
  readonly method: 'get' | 'post'
  readonly path: `/${string}`
  readonly tag: 'Numbers' | 'Rows' | 'Live' | 'State' | 'Sending'
  readonly summary: string
  readonly description?: string
  /** A query string that stands for many. */
  readonly example?: string
  readonly parameters: Readonly<Record<string, z.ZodType>>
  /** By media type. */
  readonly bodies?: Readonly<Record<string, z.ZodType>>
  /** By status. */
  readonly answers: Readonly<Record<number, Answered>>
  /** Beside those that every endpoint may end in. */
  readonly problems: readonly ProblemKind[]
}

export interface Answered {
  readonly description: string
  /** By media type; null = text, or whatever it says. */
  readonly types?: Readonly<Record<string, z.ZodType | null>>
}

/** May be watched: at most so often a frame, of at most so many rows (which are sent whole). */
export interface LiveRule {
  /** Shortest time between two frames: thirty a second look like motion; rows are read by people. */
  readonly everyMs: number
  readonly rowsMax: number | null
}

/** What every query says. */
export interface AnyQuery {
  readonly source: string
  readonly limit: number
  /** The first of {@link QueryEndpoint.formats} is the answer itself; the others are ways to write it down. */
  readonly format: string
}
export interface AnyAnswer {
  readonly meta: Provenance
}

/** Asks one source for something, and its answer says what it knows. */
export interface QueryEndpoint<Q extends AnyQuery, A extends AnyAnswer> extends Endpoint {
  /** As live streams and `POST /v1/query` spell it: `series?...`; its path behind `/v1/`. */
  readonly name: string
  readonly formats: readonly [string, ...string[]]
  /** Strict: throws a ProblemError with every fault of the query string. */
  readonly read: (raw: string) => Q
  /** Equal for queries that mean the same. */
  readonly key: (query: Q) => string
  readonly live: LiveRule | null
  /** `POST /v1/query` takes it too. */
  readonly isBatchable: boolean
  readonly execution: FromCells<Q, A> | FromStore<Q, A>
}

/** Computed from cells: waits its turn among a few, at one snapshot with others, and keeps what makes the next answer cheap. */
export interface FromCells<Q, A> {
  readonly cost: 'computed'
  readonly prepare: (query: Q, budget?: PointBudget) => PreparedQuery<A>
  /** Where no cells hold the answer: from the log; null where only cells answer. */
  readonly scan: ((scans: LogScans, query: Q, budget?: PointBudget) => ScanSession<A>) | null
  /** Queries with equal keys share what is kept, however their answers are written down. */
  readonly keptKey: (query: Q) => string
}

/** A bounded number of reads of the store each time. */
export interface FromStore<Q, A> {
  readonly cost: 'read'
  readonly execute: (service: QueryService, query: Q) => Promise<A>
}

/** What the state of the system is read from. */
export interface StateContext {
  readonly service: QueryService
  readonly version: string
  /** What callers are told of where things are. */
  readonly told: Told
  readonly storeView: StoreView
}

/** Of no source, or of all. */
export interface StateEndpoint<Q = unknown, A = unknown> extends Endpoint {
  readonly read: (raw: string) => Q
  readonly caching: 'no-store' | 'no-cache' | null
  readonly execute: (context: StateContext, query: Q) => Promise<A>
}

export const JSON_TYPE = 'application/json'
export const CSV_TYPE = 'text/csv'
export const NDJSON_TYPE = 'application/x-ndjson'
export const NOT_MODIFIED: Answered = { description: 'What `If-None-Match` names is still the answer' }

/** Checks the types where they are written; the list of endpoints forgets them. */
export const queryEndpoint = <Q extends AnyQuery, A extends AnyAnswer>(
  endpoint: QueryEndpoint<Q, A>,
): QueryEndpoint<Q, A> => endpoint
export const stateEndpoint = <Q, A>(endpoint: StateEndpoint<Q, A>): StateEndpoint<Q, A> => endpoint
