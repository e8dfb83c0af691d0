/** One API, asked by `fetch`: typed by the names of what is asked. {@link Client} has a method for each of them. */
import type {
  CatalogAnswer,
  EntitiesAnswer,
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  KnownValuesAnswer,
  RejectsAnswer,
  SeriesAnswer,
  SessionsAnswer,
  StatusAnswer,
  StoreAnswer,
  TailAnswer,
  TopAnswer,
} from '../query-api/wire.ts'
import type { ParametersOf } from '../query-api/wire-queries.ts'
import { ApiError, bodyOf } from './api-error.ts'
import { queryText, type QueryName } from './query-text.ts'

export interface ConnectionOptions {
  /** Such as `http://127.0.0.1:4400`; default: the page's own origin. */
  readonly base?: string
  readonly fetch?: typeof fetch
  /** Longest wait for an answer, ms; default 30 s. */
  readonly patienceMs?: number
}

export interface CallOptions {
  /** Ends it, and then nothing else does. */
  readonly signal?: AbortSignal
  /** In place of the connection's own. */
  readonly patienceMs?: number
}

export interface AnswersOf {
  readonly series: SeriesAnswer
  readonly top: TopAnswer
  readonly sessions: SessionsAnswer
  readonly funnel: FunnelAnswer
  readonly journeys: JourneysAnswer
  readonly retention: RetentionAnswer
  readonly entities: EntitiesAnswer
  readonly events: TailAnswer
  readonly rejects: RejectsAnswer
  readonly 'meta/known-values': KnownValuesAnswer
}
export interface StatesOf {
  readonly catalog: CatalogAnswer
  readonly status: StatusAnswer
  readonly store: StoreAnswer
}

/** Answers of another form are texts. */
export type Plain<P> = Omit<P, 'format' | 'raw'>

export class Connection {
  readonly options: ConnectionOptions

  constructor(options: ConnectionOptions = {}) {
    const { base } = options
    this.options = base === undefined ? options : { ...options, base: base.replace(/\/+$/, '') }
  }

  /** What asks one source. Throws ApiError with the problem that is told. */
  ask<N extends QueryName>(
    name: N,
    query: Plain<ParametersOf[N]>,
    options?: CallOptions,
  ): Promise<AnswersOf[N]> {
    return this.json(`/v1/${queryText(name, query as ParametersOf[N])}`, options)
  }

  /** How things are. */
  state<N extends keyof StatesOf>(name: N, options?: CallOptions): Promise<StatesOf[N]> {
    return this.json(`/v1/${name}`, options)
  }

  protected async json<A>(path: string, options?: CallOptions, init?: RequestInit): Promise<A> {
    const response = await this.request(path, options, init)
    if (response.ok) return response.json() as Promise<A>
    throw new ApiError(response.status, await bodyOf(response))
  }

  request(path: string, options: CallOptions = {}, init?: RequestInit): Promise<Response> {
    const { base = '', fetch: given = fetch, patienceMs = 30_000 } = { ...this.options, ...options }
    return given(base + path, { signal: AbortSignal.timeout(patienceMs), ...init, ...options })
  }
}
