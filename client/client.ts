/**
 * A typed client of the query API, for browsers and Node from 20.19 on. Nothing but `fetch` is needed. Answers and parameters have the
 * types of the schemas that the API itself checks them with.
 */
import type {
  BatchAnswer,
  CatalogAnswer,
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
import { Connection, pathOf, type CallOptions, type Plain } from './connection.ts'
import type { QueryName } from './query-text.ts'

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
    return (await this.get(pathOf(name, query), options)).text()
  }

  /** Names by value over a range. */
  top(query: Plain<ParametersOf['top']>, options?: CallOptions): Promise<TopAnswer> {
    return this.ask('top', query, options)
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

  knownValues(query: Plain<ParametersOf['known-values']>, options?: CallOptions): Promise<KnownValuesAnswer> {
    return this.ask('known-values', query, options)
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

  /** Several at one vector, each written by `queryText`; one that fails says why and leaves the others. */
  async several(queries: readonly string[], options?: CallOptions): Promise<BatchAnswer['answers']> {
    const response = await this.post('/v1/query', { queries }, options)
    if (!response.ok) throw await errorOf(response)
    return ((await response.json()) as BatchAnswer).answers
  }
}
