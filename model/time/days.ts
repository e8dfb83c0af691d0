/** Days and weeks by their numbers, as calendars have them: without clocks, so of any zone. */

/** Days from 1970-01-01, a Thursday, to the first day of a week. */
const FIRST_WEEKDAY = { monday: 4, sunday: 3 } as const

export type WeekStart = keyof typeof FIRST_WEEKDAY

/** The week that a day lies in; consecutive ones have consecutive numbers. */
export const weekOf = (day: number, start: WeekStart): number => Math.floor((day - FIRST_WEEKDAY[start]) / 7)

export const firstDayOf = (week: number, start: WeekStart): number => week * 7 + FIRST_WEEKDAY[start]
