/** What the overview asks for. All of it travels over the page's one stream. */
import type { SeriesAnswer, TailAnswer } from '../../query-api/wire.ts'
import type { Range } from '../scope/range.ts'

interface SeriesQuery {
  readonly kind: 'series'
  readonly metric: string
  readonly by?: string
  /** Most series in the answer; the API's own default where left out. */
  readonly limit?: number
}
interface TailQuery {
  readonly kind: 'events'
  readonly source: string
  readonly via?: string
  readonly limit: number
}
export type Query = SeriesQuery | TailQuery

export const queries = {
  clicks: { kind: 'series', metric: 'clicks.events' },
  views: { kind: 'series', metric: 'clicks.views' },
  revenue: { kind: 'series', metric: 'clicks.revenue' },
  readings: { kind: 'series', metric: 'readings.readings' },
  byCountry: { kind: 'series', metric: 'clicks.events', by: 'country', limit: 300 },
  bySite: { kind: 'series', metric: 'readings.readings', by: 'site', limit: 300 },
  byDevice: { kind: 'series', metric: 'clicks.events', by: 'device' },
  byType: { kind: 'series', metric: 'clicks.events', by: 'type' },
  bySignal: { kind: 'series', metric: 'readings.readings', by: 'signal' },
  clickTail: { kind: 'events', source: 'clicks', limit: 30 },
  readingTail: { kind: 'events', source: 'readings', limit: 30 },
  // At a thousand events a second the tail alone would miss the one that somebody sent by hand.
  clicksSent: { kind: 'events', source: 'clicks', via: 'http', limit: 3 },
  readingsSent: { kind: 'events', source: 'readings', via: 'http', limit: 3 },
} as const satisfies Record<string, Query>

export type QueryName = keyof typeof queries
export const queryNames = Object.keys(queries) as QueryName[]

/** What each query is answered with. */
export type AnswerOf<N extends QueryName> = (typeof queries)[N] extends TailQuery ? TailAnswer : SeriesAnswer
export type SeriesName = { [N in QueryName]: (typeof queries)[N] extends SeriesQuery ? N : never }[QueryName]

/** `series?metric=clicks.events&by=country&from=now-15m` */
export function queryText(query: Query, range: Range): string {
  const limit = query.limit === undefined ? '' : `&limit=${query.limit}`
  if (query.kind === 'events') return `events?source=${query.source}${query.via === undefined ? '' : `&via=${query.via}`}${limit}`
  return `series?metric=${query.metric}${query.by === undefined ? '' : `&by=${encodeURIComponent(query.by)}`}&from=${range.from}${limit}`
}

export const liveAddress = (range: Range): string => `/v1/live?${queryNames.map((name) => `q=${encodeURIComponent(queryText(queries[name], range))}`).join('&')}`
