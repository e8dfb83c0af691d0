/** The texts of what the page asks. All of it travels over the page's one stream. Pure. */
import { queryText } from '../../client/query-text.ts'
import type { ParametersOf } from '../../query-api/wire-queries.ts'
import type { CatalogSource } from '../../query-api/wire.ts'
import { zoneId } from '../format/zone.ts'
import type { Comparison } from '../view/compare.ts'
import { filterText, membersOf, type Filter } from '../view/filters.ts'
import { isOfWeeks, isOfZone, type Range, type WeekStart } from '../view/range.ts'

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
  readonly compare: Comparison | null
  readonly tz: string | null
  readonly weekStart: WeekStart
}

const has = (source: CatalogSource, filter: Filter): boolean =>
  membersOf(filter).every(({ field }) => source.fields.some(({ name }) => name === field))

/** Filters of an address without a source are of the first source that has such a field. */
export const withSources = (filters: readonly Filter[], all: readonly CatalogSource[]): Filter[] =>
  filters.map((filter) =>
    filter.source === null
      ? { ...filter, source: all.find((source) => has(source, filter))?.source ?? null }
      : filter,
  )

/** Its source has the fields that it is on. */
export const isHeld = (filter: Filter, all: readonly CatalogSource[]): boolean =>
  all.some((source) => source.source === filter.source && has(source, filter))

/** Filters that a source can be asked for: those on fields of its own. */
export const filtersFor = (source: CatalogSource, filters: readonly Filter[]): Filter[] =>
  filters.filter((filter) => filter.source === source.source && has(source, filter))

/** Zone and week start, where a question depends on them. */
export const calendarOf = (
  { range, tz, weekStart }: Pick<Asking, 'range' | 'tz' | 'weekStart'>,
  interval = '',
  compare: Comparison | null = null,
): { tz: string | undefined; week_start: WeekStart | undefined } => {
  const zoned =
    (isOfZone(range) || /^1(d|w|mo)$/.test(interval) || /_/.test(compare ?? '')) && (tz ?? zoneId())
  return {
    tz: zoned === false || zoned === 'UTC' ? undefined : zoned,
    week_start: weekStart === 'sunday' && (isOfWeeks(range) || interval === '1w') ? 'sunday' : undefined,
  }
}

function numbers(
  path: 'series' | 'top',
  ask: { metric: string; by?: string | undefined; limit?: number; compare: Comparison | null },
  source: CatalogSource,
  asking: Asking,
): string {
  const { range, filters } = asking
  const { metric, by, limit, compare } = ask
  return queryText(path, {
    metric,
    by,
    from: range.from,
    to: range.to === 'now' ? undefined : range.to,
    where: filtersFor(source, filters).map(filterText),
    compare: compare ?? undefined,
    ...calendarOf(asking, '', compare),
    limit,
  } as ParametersOf[typeof path])
}

/** `series?metric=clicks.events&by=country&from=now-15m&compare=previous` */
export const seriesText = (
  ask: { metric: string; by?: string | undefined; limit?: number; compare?: boolean },
  source: CatalogSource,
  asking: Asking,
): string =>
  numbers('series', { ...ask, compare: ask.compare === false ? null : asking.compare }, source, asking)
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

/** A stream carries at most this many. */
export const MOST_QUERIES = 32
