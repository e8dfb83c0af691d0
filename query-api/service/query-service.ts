/** Every query the API takes, from its query string to its answer, without HTTP: the routes and the live stream share it. */
import type { Store } from '../../store/connection.ts'
import { StoreError } from '../../store/errors.ts'
import type { PointBudget } from '../engine/budget.ts'
import { Entities } from '../entities/entities.ts'
import type { FreshnessRuler } from './freshness.ts'
import { noLogEnds, type LogEnds } from '../sources/log-ends.ts'
import { ProblemError } from '../problem.ts'
import {
  entitiesKey,
  readEntitiesQuery,
  readRejectsQuery,
  readSeriesQuery,
  readTailQuery,
  readTopQuery,
  rowsKey,
  seriesKey,
  topKey,
  type EntitiesQuery,
  type RowsQuery,
  type SeriesQuery,
  type TopQuery,
} from '../language/query.ts'
import { readRejects, readTail } from '../engine/rows.ts'
import { PreparedSeries } from '../engine/series.ts'
import { Sources } from '../sources/sources.ts'
import { answerOne, type PreparedQuery } from '../engine/one-snapshot.ts'
import { PreparedTop } from '../engine/top.ts'
import type {
  EntitiesAnswer,
  LiveAnswer,
  Problem,
  RejectsAnswer,
  SeriesAnswer,
  TailAnswer,
  TopAnswer,
} from '../wire.ts'

/** Rows a live query may ask for: they are sent whole whenever they move. */
const MAX_LIVE_ROWS = 100

/** A query, to be answered as often as asked; `execute` throws ProblemError or StoreError. */
export interface QueryHandle<Q, A> {
  readonly query: Q
  /** Equal for queries that mean the same. */
  readonly key: string
  readonly execute: () => Promise<A>
}

export interface LiveQueryHandle {
  readonly key: string
  readonly source: string
  readonly kind: LiveKind
  readonly execute: () => Promise<LiveAnswer>
  /** Nobody asks any more: what it kept is let go of. */
  readonly release?: () => void
}

/** Of a live stream, with the shortest time between two frames, ms: thirty a second look like motion; rows are read by people. */
export const LIVE_EVERY_MS = { series: 33, top: 500, events: 500, entities: 1000 } as const
export type LiveKind = keyof typeof LIVE_EVERY_MS

export class QueryService {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number
  readonly #entities: Entities

  readonly logEnds: LogEnds
  /** By source: how fresh the frames of its live queries are. */
  readonly freshness = new Map<string, FreshnessRuler>()

  constructor(store: Store, now: () => number, logEnds: LogEnds = noLogEnds) {
    this.store = store
    this.now = now
    this.logEnds = logEnds
    this.sources = new Sources({ store, now, logEnds })
    this.#entities = new Entities(store, now)
  }

  series(
    raw: string,
    budget?: PointBudget,
  ): QueryHandle<SeriesQuery, SeriesAnswer> & { release: () => void } {
    const query = readSeriesQuery(raw)
    const prepared = new PreparedSeries(query, budget)
    return {
      query,
      key: seriesKey(query),
      execute: this.#executing(query.source, prepared),
      release: () => prepared.forget(),
    }
  }

  top(raw: string): QueryHandle<TopQuery, TopAnswer> {
    const query = readTopQuery(raw)
    return { query, key: topKey(query), execute: this.#executing(query.source, new PreparedTop(query)) }
  }

  entities(raw: string): QueryHandle<EntitiesQuery, EntitiesAnswer> {
    const query = readEntitiesQuery(raw)
    return {
      query,
      key: entitiesKey(query),
      execute: async () => this.#entities.read(await this.sources.get(query.source), query),
    }
  }

  tail(raw: string): QueryHandle<RowsQuery, TailAnswer> {
    const query = readTailQuery(raw)
    return {
      query,
      key: rowsKey('events', query),
      execute: async () => readTail(this.store, await this.sources.get(query.source), query, this.now()),
    }
  }

  rejects(raw: string): QueryHandle<RowsQuery, RejectsAnswer> {
    const query = readRejectsQuery(raw)
    return {
      query,
      key: rowsKey('rejects', query),
      execute: async () => readRejects(this.store, await this.sources.get(query.source), query, this.now()),
    }
  }

  /** `series?...`, `top?...`, `events?...` or `entities?...`; series share the points of `budget`. Throws ProblemError. */
  live(text: string, budget?: PointBudget): LiveQueryHandle {
    const { kind, raw } = splitQuery(text)
    if (kind === 'series') {
      const { query, ...rest } = this.series(raw, budget)
      if (query.format !== 'columns')
        throw new ProblemError('bad_request', 'format: a live stream sends columns only', [
          { pointer: '/format', detail: 'columns only' },
        ])
      return { ...rest, kind, source: query.source }
    }
    if (kind !== 'top' && kind !== 'events' && kind !== 'entities')
      throw new ProblemError(
        'bad_request',
        'a live query begins with "series?", "top?", "events?" or "entities?"',
      )
    const { query, ...rest } =
      kind === 'top' ? this.top(raw) : kind === 'events' ? this.tail(raw) : this.entities(raw)
    if (query.limit > MAX_LIVE_ROWS)
      throw new ProblemError('bad_request', `limit: a live stream sends at most ${MAX_LIVE_ROWS} rows`, [
        { pointer: '/limit', detail: `at most ${MAX_LIVE_ROWS}` },
      ])
    return { ...rest, kind, source: query.source }
  }

  #executing<A>(source: string, prepared: PreparedQuery<A>): () => Promise<A> {
    return async () => answerOne(await this.sources.get(source), prepared, this.now)
  }
}

/** `series?metric=...` to its two halves. */
export function splitQuery(text: string): { kind: string; raw: string } {
  const mark = text.indexOf('?')
  return mark < 0 ? { kind: text, raw: '' } : { kind: text.slice(0, mark), raw: text.slice(mark + 1) }
}

/** Any failure as the problem that is told. What is ours alone says nothing of itself. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof StoreError)
    return new ProblemError(
      error.retry ? 'store_unreachable' : error.damage !== null ? 'store_damaged' : 'internal',
      error.damage === null ? error.says : error.message,
      [],
      error,
    )
  return new ProblemError(
    'internal',
    'something failed that should not; the log of the API says more',
    [],
    error,
  )
}

export function problemOf(error: unknown): Problem {
  return asProblem(error).toProblem()
}
