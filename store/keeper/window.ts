/** The maintenance window: when what costs something may be begun. UTC, so that no clock change moves it. */

export interface MaintenanceWindow {
  /** 0 = Sunday; null = every day. */
  readonly day: number | null
  /** Minutes of the day; where `to` is not above `from` it ends on the next day. */
  readonly from: number
  readonly to: number
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAY_MINUTES = 1440

/** `02:00-04:00`, `Sun 23:00-01:00`; null where it is neither. */
export function parseWindow(text: string): MaintenanceWindow | null {
  const found = /^(?:([a-z]{3})\s+)?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/i.exec(text.trim())
  if (found === null) return null
  const [, dayName, ...clock] = found
  const day = dayName === undefined ? null : DAYS.indexOf(dayName.toLowerCase())
  if (day === -1) return null
  const [fromHour, fromMinute, toHour, toMinute] = clock.map(Number) as [number, number, number, number]
  return { day, from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute }
}

export function isInside({ day, from, to }: MaintenanceWindow, nowMs: number): boolean {
  const now = new Date(nowMs)
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes()
  const length = to > from ? to - from : to + DAY_MINUTES - from
  // Begun today, or yesterday and not over yet.
  return [0, 1].some((daysAgo) => {
    const begunOn = (now.getUTCDay() + 7 - daysAgo) % 7
    const since = minute + daysAgo * DAY_MINUTES - from
    return (day === null || day === begunOn) && since >= 0 && since < length
  })
}
