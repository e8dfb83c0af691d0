/** Every question the API takes, from its query string to its answer, without HTTP: the routes and the live stream share it. */
import type { Store } from '../store/connection.ts'
import { StoreError } from '../store/errors.ts'
import { ProblemError } from './problem.ts'
import { readRejectsQuery, readSeriesQuery, readTailQuery, rowsKey, seriesKey } from './query.ts'
import { readRejects, readTail } from './rows.ts'
import { SeriesAnswers } from './series.ts'
import { Sources } from './sources.ts'
import type { Problem, RejectsAnswer, SeriesAnswer, TailAnswer } from './wire.ts'

/** Rows a live tail may ask for: it is sent whole whenever it moves. */
const MAX_LIVE_ROWS = 100

export interface LiveQuestion {
  /** Equal for queries that mean the same. */
  readonly key: string
  readonly source: string
  readonly kind: 'series' | 'events'
  readonly answer: () => Promise<SeriesAnswer | TailAnswer>
}

export class Answers {
  readonly store: Store
  readonly sources: Sources
  readonly now: () => number

  constructor(store: Store, now: () => number) {
    this.store = store
    this.now = now
    this.sources = new Sources({ store, now })
  }

  series(raw: string): SeriesAnswers {
    return new SeriesAnswers(readSeriesQuery(raw), this.sources, this.now)
  }

  async tail(raw: string): Promise<TailAnswer> {
    const query = readTailQuery(raw)
    return readTail(this.store, await this.sources.get(query.source), query, this.now())
  }

  async rejects(raw: string): Promise<RejectsAnswer> {
    const query = readRejectsQuery(raw)
    return readRejects(this.store, await this.sources.get(query.source), query, this.now())
  }

  /** `series?...` or `events?...`. Throws ProblemError. */
  live(text: string): LiveQuestion {
    const mark = text.indexOf('?')
    const [kind, raw] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)]
    if (kind === 'series') {
      const series = this.series(raw)
      if (series.query.format !== 'columns') throw new ProblemError('bad_request', 'format: a live stream sends columns only', [{ pointer: '/format', detail: 'columns only' }])
      return { key: seriesKey(series.query), source: series.query.source, kind, answer: () => series.answer() }
    }
    if (kind !== 'events') throw new ProblemError('bad_request', 'a live query begins with "series?" or "events?"')
    const query = readTailQuery(raw)
    if (query.limit > MAX_LIVE_ROWS) throw new ProblemError('bad_request', `limit: a live stream sends at most ${MAX_LIVE_ROWS} rows`, [{ pointer: '/limit', detail: `at most ${MAX_LIVE_ROWS}` }])
    return { key: rowsKey('events', query), source: query.source, kind, answer: async () => readTail(this.store, await this.sources.get(query.source), query, this.now()) }
  }
}

/** Any failure as the problem that is told. What is ours alone says nothing of itself. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof StoreError) return new ProblemError(error.retry ? 'store_unreachable' : 'internal', error.message, [], error)
  return new ProblemError('internal', 'something failed that should not; the log of the API says more', [], error)
}

export function problemOf(error: unknown): Problem {
  return asProblem(error).toProblem()
}
