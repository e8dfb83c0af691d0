/** Which windows of which interval answer a query at this moment. */
import type { Interval } from '../../../model/definition.ts'
import { durationMs } from '../../../model/definition/duration.ts'
import { UTC_CALENDAR } from '../../language/calendar.ts'
import { rangeBefore } from '../../language/compare.ts'
import { badParam, ProblemError } from '../../problem.ts'
import { calendarInstead, calendarPlan, CALENDAR_INTERVALS, type CalendarPlan } from './calendar-plan.ts'
import { isKept } from './kept.ts'
import { rangeTooLong } from '../too-long.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { rangeOf, type Clocks } from '../../language/time.ts'

/** Points a series that `interval=auto` aims to stay within: two a pixel of a narrow chart. */
export const AUTO_POINTS = 900
/** Points a series that may be asked for by name. */
export const MAX_POINTS = 5000

const DAY_MS = 86_400_000

export interface Resolution {
  readonly resolved: ResolvedQuery
  readonly interval: Interval
  /** Window numbers `[first, end)`. */
  readonly first: number
  readonly end: number
  /** With comparison: how many windows further back the other range lies. */
  readonly shift: number | null
}

/**
 * Plans to try in turn: one for a named interval, else the finest that still covers the range within {@link AUTO_POINTS}, then
 * the coarser ones (for when the cells turn out to be too many). Throws bad_request, interval_too_fine or range_too_long.
 */
export function resolutionsFor(resolved: ResolvedQuery, clocks: Clocks): (Resolution | CalendarPlan)[] {
  const { query, source } = resolved
  const { fromMs, toMs } = rangeOf(query, clocks)
  const { compare, calendar } = query
  const inCalendar = (name: string): CalendarPlan => calendarPlan(resolved, name, { fromMs, toMs }, clocks)
  const isUtc = calendar === null || calendar.zone === UTC_CALENDAR.zone
  const before = compare === null ? null : rangeBefore({ fromMs, toMs }, compare, calendar ?? UTC_CALENDAR)
  const backMs = before === null ? null : fromMs - before.fromMs
  const planned = (interval: Interval): Resolution => ({
    resolved,
    interval,
    first: Math.floor(fromMs / interval.ms),
    end: Math.ceil(toMs / interval.ms),
    shift: backMs === null ? null : Math.ceil(backMs / interval.ms),
  })
  const points = (interval: Interval): number => (toMs - fromMs) / interval.ms
  if (query.interval !== 'auto') {
    const named = source.intervals.find(({ name }) => name === query.interval)
    if (CALENDAR_INTERVALS.has(query.interval) && (named === undefined || !isUtc))
      return [inCalendar(query.interval)]
    if (named === undefined)
      throw badParam(
        'interval',
        `${source.name} keeps ${source.intervals.map(({ name }) => name).join(', ')}, not ${query.interval}${sameAs(query.interval, source.intervals)}; 1d, 1w and 1mo are put together from them`,
      )
    if (points(named) > MAX_POINTS)
      throw tooFine(
        resolved,
        points(named),
        source.intervals.find((one) => points(one) <= MAX_POINTS)?.name ??
          calendarInstead({ fromMs, toMs }, source.intervals.at(-1)!),
      )
    return [planned(named)]
  }
  const earliestMs = before?.fromMs ?? fromMs
  const usable = isUtc ? source.intervals : source.intervals.filter(({ ms }) => ms % DAY_MS !== 0)
  const covering = usable.filter((one) => isKept(one, Math.floor(earliestMs / one.ms), clocks.clockMs))
  const candidates = covering.length > 0 ? covering : source.intervals.slice(-1)
  const within = candidates.filter((one) => points(one) <= AUTO_POINTS)
  const fallback = candidates.slice(-1).filter((one) => points(one) <= MAX_POINTS)
  const chosen = within.length > 0 ? within : fallback
  // A day kept in UTC is no day of another zone: it is put together from what divides it.
  if (!isUtc && (covering.length === 0 || within.length === 0)) return [inCalendar('1d')]
  if (chosen.length === 0) {
    const coarsest = candidates.at(-1)!
    const instead = calendarInstead({ fromMs, toMs }, source.intervals.at(-1)!)
    throw rangeTooLong(
      { fromMs, toMs },
      coarsest,
      MAX_POINTS,
      query.from,
      instead === null ? '' : `; interval=${instead} would do`,
    )
  }
  return chosen.map(planned)
}

function tooFine({ query }: ResolvedQuery, points: number, enough: string | null): ProblemError {
  const instead =
    enough === null
      ? 'no interval kept is coarse enough: shorten the range'
      : `interval=${enough} or a shorter range would do`
  return new ProblemError(
    'interval_too_fine',
    `${Math.ceil(points)} windows of ${query.interval} are more than the ${MAX_POINTS} that are answered; ${instead}`,
    [{ pointer: '/interval', detail: instead }],
  )
}

/** `60m` is no other interval than the `1h` that is kept. */
function sameAs(asked: string, intervals: readonly Interval[]): string {
  const same = intervals.find(({ ms }) => ms === durationMs(asked))
  return same === undefined ? '' : ` (which is ${same.name})`
}
