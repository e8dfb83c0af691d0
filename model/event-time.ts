/** Event time to milliseconds since 1970, or null: what is ambiguous is refused, never guessed. */
import { wholeOf } from './decimal-text.ts'

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)$/
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** `text`: of a number past 2^53, as it was written; without it a double has lost some of it already. */
export function parseEventTime(value: unknown, text?: string): number | null {
  if (typeof value === 'number')
    return text === undefined || !(value >= 2 ** 53 && value < 2e20)
      ? fromMagnitude(value)
      : fromWhole(wholeOf(text))
  return typeof value === 'string' ? fromIso(value) : null
}

/** Seconds, ms, us or ns: the magnitudes of 1973 to 5138 do not overlap. */
function fromMagnitude(value: number): number | null {
  if (!(value >= 1e8)) return null
  if (value < 1e11) return Math.floor(value * 1000)
  if (value < 1e14) return Math.floor(value)
  if (value < 1e17) return Math.floor(value / 1000)
  if (value < 1e20) return Math.floor(value / 1e6)
  return null
}

/** The same of what only its text can say: microseconds and nanoseconds. */
function fromWhole(value: bigint): number | null {
  if (value < 10n ** 17n) return Number(value / 1000n)
  return value < 10n ** 20n ? Number(value / 1_000_000n) : null
}

function fromIso(text: string): number | null {
  const match = ISO.exec(text)
  if (!match) return null
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)]
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const zoneMs = zoneOffsetMs(match[8]!)
  if (zoneMs === null) return null
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms) - zoneMs
  return time < 0 ? null : time
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : DAYS[month - 1]!
}

function zoneOffsetMs(zone: string): number | null {
  if (zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))]
  if (hours > 23 || minutes > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
