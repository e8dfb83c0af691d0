/** One API, asked by `fetch`: typed by the names of what is asked. {@link Client} has a method for each of them. */
import type {
  CatalogAnswer,
  CollectAnswer,
  EntitiesAnswer,
  KnownValuesAnswer,
  RejectsAnswer,
  SeriesAnswer,
  StatusAnswer,
  StoreAnswer,
  TailAnswer,
  TopAnswer,
} from '../query-api/wire.ts'
import type { ParametersOf } from '../query-api/wire-queries.ts'
import { errorOf } from './api-error.ts'
import { queryString, type QueryName } from './query-text.ts'

export interface ConnectionOptions {
  /** Such as `http://127.0.0.1:4400`; default: the page's own origin. */
  readonly base?: string
  readonly fetch?: typeof fetch
  /** Longest wait for an answer, ms; default 30 s. */
  readonly patienceMs?: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Instead of the connection's own. */
  readonly patienceMs?: number
}

export interface AnswersOf {
  readonly series: SeriesAnswer
  readonly top: TopAnswer
  readonly entities: EntitiesAnswer
  readonly events: TailAnswer
  readonly rejects: RejectsAnswer
  readonly 'known-values': KnownValuesAnswer
}
export interface StatesOf {
  readonly catalog: CatalogAnswer
  readonly status: StatusAnswer
  readonly store: StoreAnswer
}

/** Answers of another form are texts. */
export type Plain<P> = Omit<P, 'format' | 'raw'>

export const pathOf = (name: QueryName, query: object): string =>
  `/v1/${name === 'known-values' ? 'meta/' : ''}${name}?${queryString(query as Parameters<typeof queryString>[0])}`

export class Connection {
  readonly base: string
  readonly fetch: typeof fetch
  readonly #patienceMs: number

  constructor({ base = '', fetch: given, patienceMs = 30_000 }: ConnectionOptions = {}) {
    this.base = base.replace(/\/+$/, '')
    // Called as a function of nobody: browsers insist.
    this.fetch = given ?? ((input, init) => fetch(input, init))
    this.#patienceMs = patienceMs
  }

  /** What asks one source. Throws ApiError with the problem that is told. */
  async ask<N extends QueryName>(
    name: N,
    query: Plain<ParametersOf[N]>,
    options?: CallOptions,
  ): Promise<AnswersOf[N]> {
    return (await this.get(pathOf(name, query), options)).json() as Promise<AnswersOf[N]>
  }

  /** How things are. */
  async state<N extends keyof StatesOf>(name: N, options?: CallOptions): Promise<StatesOf[N]> {
    return (await this.get(`/v1/${name}`, options)).json() as Promise<StatesOf[N]>
  }

  /** One event or several. Throws ApiError only where the request itself is wrong: else each item has its verdict. */
  async send(source: string, events: unknown, options?: CallOptions): Promise<CollectAnswer> {
    const response = await this.post(`/v1/events?${queryString({ source })}`, events, options)
    const answer: unknown = await response
      .clone()
      .json()
      .catch(() => null)
    if (typeof answer === 'object' && answer !== null && 'accepted' in answer) return answer as CollectAnswer
    throw await errorOf(response)
  }

  protected async get(path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.fetch(this.base + path, { signal: this.#signal(options) })
    if (!response.ok) throw await errorOf(response)
    return response
  }

  protected post(path: string, body: unknown, options: CallOptions = {}): Promise<Response> {
    return this.fetch(this.base + path, {
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
