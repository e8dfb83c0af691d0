import type { RangeQuery } from '../../language/range.ts'
import { UTC_CALENDAR } from '../../language/calendar.ts'

/** In whose days an answer is told, where the question said so, or where they are days at all. */
export function zoneNote(
  { calendar }: Pick<RangeQuery, 'calendar'>,
  isCalendar = false,
): { tz?: string; weekStart?: 'monday' | 'sunday' } {
  if (calendar === null && !isCalendar) return {}
  const { zone, weekStart } = calendar ?? UTC_CALENDAR
  return { tz: zone.name, weekStart }
}
