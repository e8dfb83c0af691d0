/** What the page asks of sessions, funnels and the like. Pure. */
import { queryText } from '../../client/query-text.ts'
import type { ParametersOf } from '../../query-api/wire-queries.ts'
import type { CatalogSource } from '../../query-api/wire.ts'
import { filterText, type Filter } from '../view/filters.ts'
import { resolveRange } from '../view/range.ts'
import { calendarOf, type Asking } from './queries.ts'
import { intervalFor } from './whole.ts'

type Facts = 'sessions' | 'funnel' | 'retention' | 'journeys'
type Rest<N extends Facts> = Omit<
  ParametersOf[N],
  'source' | 'from' | 'to' | 'tz' | 'week_start' | 'where' | 'compare' | 'format' | 'raw'
>

/** Filters that facts can be asked for: texts that some breakdown of theirs holds. Whether one holds them all together the API says. */
export const factFilters = (
  source: CatalogSource,
  by: readonly (readonly string[])[],
  filters: readonly Filter[],
): Filter[] => {
  const held = new Set(by.flat())
  return filters.filter(
    (filter) =>
      filter.source === source.source &&
      held.has(filter.field) &&
      /^(is|not|prefix|contains|exists)$/.test(filter.op),
  )
}

export function factsText<N extends Facts>(
  name: N,
  source: CatalogSource,
  by: readonly (readonly string[])[],
  asking: Asking,
  rest: Rest<N>,
): string {
  const { range } = asking
  // A cohort is a date: there is nothing beside it to compare with.
  const compare = name === 'retention' ? null : asking.compare
  const interval = 'interval' in rest ? String(rest.interval ?? '') : ''
  const { tz, week_start } = calendarOf(asking, interval, compare)
  return queryText(name, {
    source: source.source,
    ...rest,
    from: range.from,
    to: range.to === 'now' ? undefined : range.to,
    where: factFilters(source, by, asking.filters).map(filterText),
    compare: compare ?? undefined,
    tz,
    ...(name !== 'retention' && { week_start }),
  } as unknown as ParametersOf[N])
}

const DAY_MS = 86_400_000
/** From here on a bar is a day of the reader's. */
const DAYS_FROM_MS = 14 * DAY_MS

/** Each fact is in the window in which it began. */
export function factsInterval(source: CatalogSource, asking: Pick<Asking, 'range'>): string {
  const times = resolveRange(asking.range, Date.now())
  if (typeof times !== 'string' && times.toMs - times.fromMs >= DAYS_FROM_MS) return '1d'
  return intervalFor(source, asking)
}
