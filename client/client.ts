/**
 * A typed client of the query API, for browsers and Node from 20 on. Nothing but `fetch` is needed. Answers and parameters have the types
 * of the schemas that the API itself checks them with.
 */
import type {
  BatchAnswer,
  CatalogAnswer,
  CollectAnswer,
  EntitiesAnswer,
  KnownValuesAnswer,
  RejectsAnswer,
  RowsAnswer,
  SeriesAnswer,
  StatusAnswer,
  StoreAnswer,
  TailAnswer,
  TopAnswer,
} from '../query-api/wire.ts'
import type { ParametersOf } from '../query-api/wire-queries.ts'
import { errorOf } from './api-error.ts'
import { queryString, type QueryName } from './query-text.ts'

export interface ClientOptions {
  /** Such as `http://127.0.0.1:4400`; default: the page's own origin. */
  readonly base?: string
  readonly fetch?: typeof fetch
  /** Longest wait for an answer, ms; default 30 s. */
  readonly patienceMs?: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Instead of the client's own. */
  readonly patienceMs?: number
}

const PATHS: Readonly<Record<QueryName, string>> = {
  series: '/v1/series',
  top: '/v1/top',
  entities: '/v1/entities',
  events: '/v1/events',
  rejects: '/v1/rejects',
  'known-values': '/v1/meta/known-values',
}
/** Answers of another form are texts: ask for them by {@link Client.text}. */
type Plain<P> = Omit<P, 'format' | 'raw'>

export class Client {
  readonly base: string
  readonly fetch: typeof fetch
  readonly #patienceMs: number

  constructor({ base = '', fetch: given, patienceMs = 30_000 }: ClientOptions = {}) {
    this.base = base.replace(/\/+$/, '')
    // Called as a function of nobody: browsers insist.
    this.fetch = given ?? ((input, init) => fetch(input, init))
    this.#patienceMs = patienceMs
  }

  /** Numbers over time, as columns. */
  series(query: Plain<ParametersOf['series']>, options?: CallOptions): Promise<SeriesAnswer> {
    return this.#ask('series', query, options)
  }

  /** The same, one row a point. */
  rows(query: Plain<ParametersOf['series']>, options?: CallOptions): Promise<RowsAnswer> {
    return this.#ask('series', { ...query, format: 'rows' }, options)
  }

  /** Names by value over a range. */
  top(query: Plain<ParametersOf['top']>, options?: CallOptions): Promise<TopAnswer> {
    return this.#ask('top', query, options)
  }

  entities(query: Plain<ParametersOf['entities']>, options?: CallOptions): Promise<EntitiesAnswer> {
    return this.#ask('entities', query, options)
  }

  events(query: Plain<ParametersOf['events']>, options?: CallOptions): Promise<TailAnswer> {
    return this.#ask('events', query, options)
  }

  rejects(query: Plain<ParametersOf['rejects']>, options?: CallOptions): Promise<RejectsAnswer> {
    return this.#ask('rejects', query, options)
  }

  knownValues(query: Plain<ParametersOf['known-values']>, options?: CallOptions): Promise<KnownValuesAnswer> {
    return this.#ask('known-values', query, options)
  }

  /** As text: CSV, or lines of JSON. */
  async text<N extends QueryName>(name: N, query: ParametersOf[N], options?: CallOptions): Promise<string> {
    return (await this.#get(`${PATHS[name]}?${queryString(query)}`, options)).text()
  }

  catalog(options?: CallOptions): Promise<CatalogAnswer> {
    return this.#json('/v1/catalog', options)
  }

  status(options?: CallOptions): Promise<StatusAnswer> {
    return this.#json('/v1/status', options)
  }

  store(options?: CallOptions): Promise<StoreAnswer> {
    return this.#json('/v1/store', options)
  }

  /** Several at one vector, each written by `queryText`; one that fails says why and leaves the others. */
  async several(queries: readonly string[], options?: CallOptions): Promise<BatchAnswer['answers']> {
    const response = await this.#post('/v1/query', { queries }, options)
    if (!response.ok) throw await errorOf(response)
    return ((await response.json()) as BatchAnswer).answers
  }

  /** One event or several. Throws ApiError only where the request itself is wrong: else each item has its verdict. */
  async send(source: string, events: unknown, options?: CallOptions): Promise<CollectAnswer> {
    const response = await this.#post(`/v1/events?${queryString({ source })}`, events, options)
    const answer: unknown = await response
      .clone()
      .json()
      .catch(() => null)
    if (typeof answer === 'object' && answer !== null && 'accepted' in answer) return answer as CollectAnswer
    throw await errorOf(response)
  }

  #ask<N extends QueryName, A>(name: N, query: object, options?: CallOptions): Promise<A> {
    return this.#json(`${PATHS[name]}?${queryString(query as Parameters<typeof queryString>[0])}`, options)
  }

  async #json<A>(path: string, options?: CallOptions): Promise<A> {
    return (await (await this.#get(path, options)).json()) as A
  }

  async #get(path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.fetch(`${this.base}${path}`, { signal: this.#signal(options) })
    if (!response.ok) throw await errorOf(response)
    return response
  }

  #post(path: string, body: unknown, options: CallOptions = {}): Promise<Response> {
    return this.fetch(`${this.base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: this.#signal(options),
    })
  }

  #signal({ signal, patienceMs = this.#patienceMs }: CallOptions): AbortSignal {
    const patience = AbortSignal.timeout(patienceMs)
    return signal === undefined ? patience : AbortSignal.any([signal, patience])
  }
}
