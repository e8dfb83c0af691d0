/** A range as days, weeks or months of the reader's calendar, each put together from windows that are kept, beside what it is compared with. */
import type { Interval } from '../../../model/definition.ts'
import { numberAt, startOf, UTC_CALENDAR, type Calendar, type CalendarUnit } from '../../language/calendar.ts'
import { unitsBack, type Range } from '../../language/compare.ts'
import { badParam, ProblemError } from '../../problem.ts'
import { tooManyCells } from './budget.ts'
import { cover, type Covering } from './covering.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import type { Clocks } from '../../language/time.ts'

/** Names of intervals that a calendar makes, and their nominal lengths. */
export const CALENDAR_INTERVALS: ReadonlyMap<string, { unit: CalendarUnit; ms: number }> = new Map([
  ['1d', { unit: 'd', ms: 86_400_000 }],
  ['1w', { unit: 'w', ms: 604_800_000 }],
  ['1mo', { unit: 'mo', ms: 2_592_000_000 }],
])

/** More than three years of days. */
const MAX_BUCKETS = 1200
/** Windows of all of them: a month of days from one-minute windows, with what it is compared with. */
const MAX_WINDOWS = 100_000

/** One day, week or month. */
export interface Bucket extends Range, Covering {}

interface Known {
  readonly bucket: Bucket
  readonly latestMs: number | null
}
/** By number, of a query in its calendar. */
const known = new WeakMap<ResolvedQuery, Map<string, Known>>()
const REMEMBERED = 4 * MAX_BUCKETS

export interface CalendarPlan {
  readonly resolved: ResolvedQuery
  readonly calendar: Calendar
  readonly interval: Interval
  readonly buckets: readonly Bucket[]
  /** With comparison: of each bucket the one it is compared with. */
  readonly before: readonly Bucket[] | null
}

/** Throws bad_request, range_too_long, interval_too_fine or too_many_cells. */
export function calendarPlan(
  resolved: ResolvedQuery,
  name: string,
  range: Range,
  clocks: Clocks,
): CalendarPlan {
  const { query } = resolved
  const { unit, ms } = CALENDAR_INTERVALS.get(name)!
  const calendar = query.calendar ?? UTC_CALENDAR
  const first = numberAt(unit, range.fromMs, calendar)
  const last = numberAt(unit, range.toMs - 1, calendar)
  const count = last - first + 1
  if (count > MAX_BUCKETS) throw tooMany(name, count)
  const back = query.compare === null ? null : unitsBack(unit, query.compare, count)
  if (query.compare !== null && back === null)
    throw badParam('compare', `${query.compare} does not fit interval=${name}; ${fitting(unit)} would`)
  let windows = 0
  const bucket = (number: number): Bucket => {
    const found = bucketOf(resolved, unit, number, clocks.clockMs)
    if ((windows += found.windows) > MAX_WINDOWS)
      throw tooManyCells(`${resolved.breakdown.name} at ${name}`, '/from', 'a shorter range')
    return found
  }
  const numbers = Array.from({ length: count }, (_, at) => first + at).filter((number) =>
    wasThere(unit, number, calendar),
  )
  const before =
    query.compare === 'previous'
      ? rightBefore(unit, first, numbers.length, calendar)
      : numbers.map((number) => number - (back ?? 0))
  return {
    resolved,
    calendar,
    interval: { name, ms, keepMs: null },
    buckets: numbers.map(bucket),
    before: back === null ? null : before.map(bucket),
  }
}

/** A day that the zone left out (Samoa had no 30 December 2011) is none. */
const wasThere = (unit: CalendarUnit, number: number, calendar: Calendar): boolean =>
  startOf(unit, number, calendar) < startOf(unit, number + 1, calendar)

/** As many as were there, up to the first of the range. */
function rightBefore(unit: CalendarUnit, first: number, count: number, calendar: Calendar): number[] {
  const numbers: number[] = []
  for (let number = first - 1; numbers.length < count; number--)
    if (wasThere(unit, number, calendar)) numbers.unshift(number)
  return numbers
}

/** A covering stands until a window of it is too old: the same bucket comes again until then. */
function bucketOf(
  resolved: ResolvedQuery,
  unit: CalendarUnit,
  number: number,
  latestMs: number | null,
): Bucket {
  const all = known.get(resolved) ?? new Map<string, Known>()
  known.set(resolved, all)
  const key = `${unit} ${number}`
  const had = all.get(key)
  const isSame =
    had !== undefined && (had.latestMs ?? 0) <= (latestMs ?? 0) && (latestMs ?? 0) < had.bucket.untilMs
  if (isSame && (had.latestMs === null) === (latestMs === null)) return had.bucket
  const calendar = resolved.query.calendar ?? UTC_CALENDAR
  const fromMs = Math.max(0, startOf(unit, number, calendar))
  const toMs = Math.max(0, startOf(unit, number + 1, calendar))
  const bucket = { fromMs, toMs, ...cover(resolved.source.intervals, { fromMs, toMs }, latestMs) }
  if (all.size >= REMEMBERED) all.clear()
  all.set(key, { bucket, latestMs })
  return bucket
}

function fitting(unit: CalendarUnit): string {
  return unit === 'w' ? 'previous, previous_week or previous_year' : 'previous or previous_year'
}

function tooMany(name: string, count: number): ProblemError {
  const coarser = name === '1mo' ? '' : `interval=${name === '1d' ? '1w' : '1mo'} or `
  const detail = `${count} windows of ${name} are more than the ${MAX_BUCKETS} that are answered; ask for ${coarser}a shorter range`
  return new ProblemError(name === '1mo' ? 'range_too_long' : 'interval_too_fine', detail, [
    { pointer: name === '1mo' ? '/from' : '/interval', detail },
  ])
}

/** The finest of days, weeks and months that are few enough, and put together from few enough; null where none is. */
export function calendarInstead({ fromMs, toMs }: Range, coarsest: Interval): string | null {
  const lengthMs = toMs - fromMs
  if (lengthMs / coarsest.ms > MAX_WINDOWS) return null
  const fitting = [...CALENDAR_INTERVALS].find(([, { ms }]) => lengthMs / ms < MAX_BUCKETS - 2)
  return fitting === undefined ? null : fitting[0]
}
