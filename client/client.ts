/**
 * A typed client of the query API, for browsers and Node from 20.19 on. Nothing but `fetch` is needed. Answers and parameters have the
 * types of the schemas that the API itself checks them with.
 */
import type {
  BatchAnswer,
  CatalogAnswer,
  CollectAnswer,
  EntitiesAnswer,
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  KnownValuesAnswer,
  RejectsAnswer,
  RowsAnswer,
  SeriesAnswer,
  SessionsAnswer,
  StatusAnswer,
  StoreAnswer,
  TailAnswer,
  TopAnswer,
} from '../query-api/wire.ts'
import type { ParametersOf } from '../query-api/wire-queries.ts'
import { ApiError, bodyOf } from './api-error.ts'
import { Connection, type CallOptions, type Plain } from './connection.ts'
import { queryText, type QueryName } from './query-text.ts'
import { posted, sendEvents } from './send-events.ts'

export class Client extends Connection {
  /** Numbers over time, as columns. */
  series(query: Plain<ParametersOf['series']>, options?: CallOptions): Promise<SeriesAnswer> {
    return this.ask('series', query, options)
  }

  /** The same, one row a point. */
  async rows(query: Plain<ParametersOf['series']>, options?: CallOptions): Promise<RowsAnswer> {
    return JSON.parse(await this.text('series', { ...query, format: 'rows' }, options)) as RowsAnswer
  }

  /** Any of them as text: CSV, or lines of JSON. */
  async text<N extends QueryName>(name: N, query: ParametersOf[N], options?: CallOptions): Promise<string> {
    const response = await this.request(`/v1/${queryText(name, query)}`, options)
    if (!response.ok) throw new ApiError(response.status, await bodyOf(response))
    return response.text()
  }

  /** Names by value over a range. */
  top(query: Plain<ParametersOf['top']>, options?: CallOptions): Promise<TopAnswer> {
    return this.ask('top', query, options)
  }

  /** Visits of each value of the key. */
  sessions(query: Plain<ParametersOf['sessions']>, options?: CallOptions): Promise<SessionsAnswer> {
    return this.ask('sessions', query, options)
  }

  /** Ways through the steps of a funnel. */
  funnel(query: Plain<ParametersOf['funnel']>, options?: CallOptions): Promise<FunnelAnswer> {
    return this.ask('funnel', query, options)
  }

  /** From page to page. */
  journeys(query: Plain<ParametersOf['journeys']>, options?: CallOptions): Promise<JourneysAnswer> {
    return this.ask('journeys', query, options)
  }

  /** Cohorts by day or week, and when their members came back. */
  retention(query: Plain<ParametersOf['retention']>, options?: CallOptions): Promise<RetentionAnswer> {
    return this.ask('retention', query, options)
  }

  entities(query: Plain<ParametersOf['entities']>, options?: CallOptions): Promise<EntitiesAnswer> {
    return this.ask('entities', query, options)
  }

  events(query: Plain<ParametersOf['events']>, options?: CallOptions): Promise<TailAnswer> {
    return this.ask('events', query, options)
  }

  rejects(query: Plain<ParametersOf['rejects']>, options?: CallOptions): Promise<RejectsAnswer> {
    return this.ask('rejects', query, options)
  }

  knownValues(
    query: Plain<ParametersOf['meta/known-values']>,
    options?: CallOptions,
  ): Promise<KnownValuesAnswer> {
    return this.ask('meta/known-values', query, options)
  }

  catalog(options?: CallOptions): Promise<CatalogAnswer> {
    return this.state('catalog', options)
  }

  status(options?: CallOptions): Promise<StatusAnswer> {
    return this.state('status', options)
  }

  store(options?: CallOptions): Promise<StoreAnswer> {
    return this.state('store', options)
  }

  /** One event or several. Throws ApiError only where the request itself is wrong: else each item has its verdict. */
  send(source: string, events: unknown, options?: CallOptions): Promise<CollectAnswer> {
    return sendEvents(this, source, events, options)
  }

  /** Several at one vector, each written by `queryText`; one that fails says why and leaves the others. */
  async several(queries: readonly string[], options?: CallOptions): Promise<BatchAnswer['answers']> {
    return (await this.json<BatchAnswer>('/v1/query', options, posted({ queries }))).answers
  }
}
