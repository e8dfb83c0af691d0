/** The parameters of a range of time: from, to, in whose time zone, compared with what. */
import { z } from 'zod'
import type { WeekStart } from '../../model/time/days.ts'
import { UTC_CALENDAR, type Calendar } from './calendar.ts'
import { COMPARISONS, type Comparison } from './compare.ts'
import { parseTime, timeKey, TIME_FORMS, type TimeExpression } from './time.ts'
import { zoneHint, zoneOf, type TimeZone } from './zone.ts'

/** Over which time, and compared with what. */
export interface RangeQuery {
  from: TimeExpression
  to: TimeExpression
  compare: Comparison | null
  /** Whose days, weeks and months are meant; null: not said, UTC's. */
  calendar: Calendar | null
  limit: number
}

const time = z.string().transform((text, context) => {
  const plain = text.replaceAll(' ', '+') // a form-encoded + of a zone
  if (parseTime(plain, UTC_CALENDAR) === null)
    context.addIssue({ code: 'custom', message: `not a time; try ${TIME_FORMS}` })
  return plain
})

const from = time.prefault('now-15m').meta({ description: `Begin of the half-open range: ${TIME_FORMS}` })
const to = time.prefault('now').meta({ description: 'Its end, in the same forms' })
const compare = z
  .enum(COMPARISONS, { error: `one of ${COMPARISONS.join(', ')}` })
  .optional()
  .meta({
    description:
      'What stands beside the range asked for: `previous` as much time right before it; the others the same local time a day, a week or 52 weeks (the same weekday) back',
  })
const tz = z
  .string()
  .transform((name, context): TimeZone => {
    const zone = zoneOf(name.replace(/^(Etc\/GMT) (?=\d)/i, '$1+')) // as in times: a form-encoded + of a zone
    if (zone !== null) return zone
    context.addIssue({ code: 'custom', message: zoneHint(name) })
    return z.NEVER
  })
  .optional()
  .meta({
    description:
      'IANA time zone of the reader: days, weeks and months, and times that name no zone, are meant in it. Default: UTC',
    example: 'Europe/Berlin',
  })
const weekStart = z
  .enum(['monday', 'sunday'], { error: 'monday or sunday' })
  .optional()
  .meta({ description: 'First day of the weeks of `interval=1w` and of `/w`. Default: `monday`' })
/** Not of a range: since when something is asked for. */
export const revisions = time.optional()
export const rangeShape = { from, to, tz, week_start: weekStart, compare }

interface AskedRange {
  from: string
  to: string
  tz?: TimeZone | undefined
  week_start?: WeekStart | undefined
}

/** Times as they are meant in the zone asked for. */
export function inCalendar<Q extends AskedRange>({ tz, week_start, ...rest }: Q, context: z.RefinementCtx) {
  const calendar =
    tz === undefined && week_start === undefined
      ? null
      : { zone: tz ?? UTC_CALENDAR.zone, weekStart: week_start ?? UTC_CALENDAR.weekStart }
  const meant = (name: 'from' | 'to'): TimeExpression => {
    // What week_start alone says is no zone.
    const found = parseTime(rest[name], tz !== undefined || /^[nl]/.test(rest[name]) ? calendar : null)
    if (found !== null) return found
    const message = `names no zone: end it with Z or an offset such as +01:00, or say tz=Europe/Berlin`
    context.addIssue({ code: 'custom', path: [name], message })
    return { absoluteMs: 0 }
  }
  return { ...rest, from: meant('from'), to: meant('to'), calendar }
}

export function rangeKey({ from, to, compare, limit, calendar }: RangeQuery): unknown[] {
  return [timeKey(from), timeKey(to), compare, limit, calendar?.zone.name, calendar?.weekStart]
}
