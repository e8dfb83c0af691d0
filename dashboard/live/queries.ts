/** What the overview asks for. All of it travels over the page's one stream. */
import type { SeriesAnswer, TailAnswer } from '../../query-api/wire.ts'
import type { Range } from '../scope/range.ts'

interface SeriesQuery {
  readonly kind: 'series'
  readonly metric: string
  readonly by?: string
}
interface TailQuery {
  readonly kind: 'events'
  readonly source: string
}
export type Query = SeriesQuery | TailQuery

export const queries = {
  clicks: { kind: 'series', metric: 'clicks.events' },
  views: { kind: 'series', metric: 'clicks.views' },
  revenue: { kind: 'series', metric: 'clicks.revenue' },
  readings: { kind: 'series', metric: 'readings.readings' },
  byCountry: { kind: 'series', metric: 'clicks.events', by: 'country' },
  bySite: { kind: 'series', metric: 'readings.readings', by: 'site' },
  byDevice: { kind: 'series', metric: 'clicks.events', by: 'device' },
  byType: { kind: 'series', metric: 'clicks.events', by: 'type' },
  bySignal: { kind: 'series', metric: 'readings.readings', by: 'signal' },
  clickTail: { kind: 'events', source: 'clicks' },
  readingTail: { kind: 'events', source: 'readings' },
} as const satisfies Record<string, Query>

export type QueryName = keyof typeof queries
export const queryNames = Object.keys(queries) as QueryName[]

/** What each query is answered with. */
export type AnswerOf<N extends QueryName> = (typeof queries)[N] extends TailQuery ? TailAnswer : SeriesAnswer
export type SeriesName = { [N in QueryName]: (typeof queries)[N] extends SeriesQuery ? N : never }[QueryName]

/** `series?metric=clicks.events&by=country&from=now-15m` */
export function queryText(query: Query, range: Range): string {
  if (query.kind === 'events') return `events?source=${query.source}`
  return `series?metric=${query.metric}${query.by === undefined ? '' : `&by=${encodeURIComponent(query.by)}`}&from=${range.from}`
}

export const liveAddress = (range: Range): string => `/v1/live?${queryNames.map((name) => `q=${encodeURIComponent(queryText(queries[name], range))}`).join('&')}`
