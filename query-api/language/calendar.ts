/** Days, weeks and months as the reader's clocks and calendar have them: of 23, 24, 24.5 or 25 hours. Pure. */
import { firstDayOf, weekOf, type WeekStart } from '../../model/time/days.ts'
import { UTC, type TimeZone } from './zone.ts'

const DAY_MS = 86_400_000

export type CalendarUnit = 'd' | 'w' | 'mo'

export interface Calendar {
  readonly zone: TimeZone
  readonly weekStart: WeekStart
}

export const UTC_CALENDAR: Calendar = { zone: UTC, weekStart: 'monday' }

/** Number of the day, week or month that an instant lies in; consecutive ones have consecutive numbers. */
export function numberAt(unit: CalendarUnit, atMs: number, { zone, weekStart }: Calendar): number {
  const localMs = atMs + zone.offsetAt(atMs)
  const day = Math.floor(localMs / DAY_MS)
  if (unit === 'd') return day
  if (unit === 'w') return weekOf(day, weekStart)
  const date = new Date(localMs)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** Where it begins. One that a zone left out (Samoa had no 30 December 2011) begins where the next one does. */
export function startOf(unit: CalendarUnit, number: number, { zone, weekStart }: Calendar): number {
  if (unit === 'mo') return zone.instantOf(Date.UTC(1970, number, 1))
  const day = unit === 'd' ? number : firstDayOf(number, weekStart)
  return zone.instantOf(day * DAY_MS)
}

export function floorTo(unit: CalendarUnit, atMs: number, calendar: Calendar): number {
  return startOf(unit, numberAt(unit, atMs, calendar), calendar)
}

/** The same time of day so many days later. */
export function addDays(atMs: number, days: number, { zone }: Calendar): number {
  return zone.instantOf(atMs + zone.offsetAt(atMs) + days * DAY_MS)
}

/** The same day and time of day so many months later; the last day of a month that is too short for it. */
export function addMonths(atMs: number, months: number, { zone }: Calendar): number {
  const date = new Date(atMs + zone.offsetAt(atMs))
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const day = Math.min(date.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate())
  return zone.instantOf(Date.UTC(year, month, day) + (date.getTime() % DAY_MS))
}
