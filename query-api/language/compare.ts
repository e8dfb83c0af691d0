/** What a range is compared with: as much time right before it, or the same local time a day, a week or a year back. */
import { addDays, type Calendar, type CalendarUnit } from './calendar.ts'

export const COMPARISONS = ['previous', 'previous_day', 'previous_week', 'previous_year'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A year back is the same weekday, 52 weeks before: a Monday is compared with a Monday. */
const DAYS_BACK = { previous_day: 1, previous_week: 7, previous_year: 364 } as const

/** How many days, weeks or months back; null where it is no whole number of them. */
const UNITS_BACK: Record<CalendarUnit, Partial<Record<Comparison, number>>> = {
  d: DAYS_BACK,
  w: { previous_week: 1, previous_year: 52 },
  mo: { previous_year: 12 },
}

export interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/** By the clocks of the zone: yesterday from 9 to 12 lies 23 or 25 hours back where they were set between. */
export function rangeBefore({ fromMs, toMs }: Range, comparison: Comparison, calendar: Calendar): Range {
  if (comparison === 'previous') return { fromMs: 2 * fromMs - toMs, toMs: fromMs }
  const days = -DAYS_BACK[comparison]
  return { fromMs: addDays(fromMs, days, calendar), toMs: addDays(toMs, days, calendar) }
}

/** Of a series of `count` days, weeks or months; null where they cannot be compared so. */
export function unitsBack(unit: CalendarUnit, comparison: Comparison, count: number): number | null {
  return comparison === 'previous' ? count : (UNITS_BACK[unit][comparison] ?? null)
}
