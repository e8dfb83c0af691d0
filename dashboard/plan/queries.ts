/** The texts of what the page asks. All of it travels over the page's one stream. Pure. */
import { queryString, queryText } from '../../client/query-text.ts'
import type { ParametersOf } from '../../query-api/wire-queries.ts'
import type { CatalogSource } from '../../query-api/wire.ts'
import { filterText, type Filter } from '../view/filters.ts'
import type { Range } from '../view/range.ts'

/**
 * The slot is the place of the answer on the page: it stays when the range or a filter changes the text. The kind says how often
 * what shows it may be drawn anew.
 */
export interface Query {
  readonly kind: 'total' | 'chart' | 'list' | 'tail'
  readonly slot: string
  readonly text: string
}

/** What every question about numbers takes from the view. */
export interface Asking {
  readonly range: Range
  readonly filters: readonly Filter[]
  readonly compare: boolean
}

const hasText = (source: CatalogSource, field: string): boolean =>
  source.fields.some((one) => one.name === field && one.type === 'string')

/** Filters of an address without a source are of the first source that has such a field. */
export const withSources = (filters: readonly Filter[], all: readonly CatalogSource[]): Filter[] =>
  filters.map((filter) =>
    filter.source === null
      ? { ...filter, source: all.find((source) => hasText(source, filter.field))?.source ?? null }
      : filter,
  )

/** Filters that a source can be asked for: those on text fields of its own. */
export const filtersFor = (source: CatalogSource, filters: readonly Filter[]): Filter[] =>
  filters.filter((filter) => filter.source === source.source && hasText(source, filter.field))

function numbers(
  path: 'series' | 'top',
  ask: { metric: string; by?: string | undefined; limit?: number; compare: boolean },
  source: CatalogSource,
  { range, filters }: Asking,
): string {
  const { metric, by, limit, compare } = ask
  return queryText(path, {
    metric,
    by,
    from: range.from,
    to: range.to === 'now' ? undefined : range.to,
    where: filtersFor(source, filters).map(filterText),
    compare: compare ? 'previous' : undefined,
    limit,
  } as ParametersOf[typeof path])
}

/** `series?metric=clicks.events&by=country&from=now-15m&compare=previous` */
export const seriesText = (
  ask: { metric: string; by?: string | undefined; limit?: number; compare?: boolean },
  source: CatalogSource,
  asking: Asking,
): string => numbers('series', { ...ask, compare: asking.compare && ask.compare !== false }, source, asking)
export const topText = (
  ask: { metric: string; by?: string | undefined; limit: number },
  source: CatalogSource,
  asking: Asking,
): string => numbers('top', { ...ask, compare: asking.compare }, source, asking)
/** How many arrive lately: of everything, whatever the page filters and whichever range it shows. */
export const arrivingText = (metric: string): string => `series?metric=${metric}&from=now-1m`
export const tailText = (source: string, limit: number, via?: string): string =>
  queryText('events', { source, via, limit })
/** Longest silent first. */
export const entitiesText = (source: string, limit: number): string =>
  `entities?source=${source}&sort=seen&order=asc&limit=${limit}`

/** The API reads an address of at most 15,000 letters. */
const LONGEST_ADDRESS = 14_500

/** As many of them as one address holds: with many long filters the last panels wait. */
export function fitting(queries: readonly Query[]): readonly Query[] {
  let length = '/v1/live?'.length
  const end = queries.findIndex(
    ({ text }) => (length += 3 + encodeURIComponent(text).length) > LONGEST_ADDRESS,
  )
  return end < 0 ? queries : queries.slice(0, end)
}

/** A stream carries at most this many. */
export const MOST_QUERIES = 32
export const liveAddress = (queries: readonly Query[]): string =>
  `/v1/live?${queryString({ q: queries.map(({ text }) => text) })}`
