/** Event time to milliseconds since 1970, or null: what is ambiguous is refused, never guessed. */
import { wholeOf } from './decimal-text.ts'
import { lacksZone, timeOfDigits, timeOfText, type Zone } from './time-text.ts'

/** The least time that a number can say: what is earlier was sent by a clock that is not set, however it is written. 1973-03-03T09:46:40Z. */
export const EARLIEST_MS = 1e11

/**
 * `text`: of a number past 2^53, as it was written; without it a double has lost some of it already.
 * `zone`: of times that name none.
 */
export function parseEventTime(value: unknown, text?: string, zone?: Zone): number | null {
  if (typeof value === 'number')
    return text === undefined || !(value >= 2 ** 53 && value < 2e20)
      ? fromMagnitude(value)
      : timeOfDigits(wholeOf(text).toString(), '')
  return typeof value === 'string' ? timeOfText(value, zone) : null
}

/** Seconds, ms, us or ns: the magnitudes of 1973 to 5138 do not overlap. Cut where its shortest decimal text is cut, like a text. */
function fromMagnitude(value: number): number | null {
  if (!(value >= 1e8 && value < 1e20)) return null
  if (value < 1e11) {
    if (Number.isInteger(value)) return value * 1000
    const [whole, fraction] = String(value).split('.') as [string, string]
    return timeOfDigits(whole, fraction)
  }
  if (value < 1e14) return Math.floor(value)
  const part = value < 1e17 ? 1000 : 1e6 // a remainder is exact, a quotient is not
  return (value - (value % part)) / part
}

/** Of a value that is no time: what it lacks, or what would be one. */
export function faultOfTime(value: unknown, zone?: Zone): string {
  const atMs = parseEventTime(value, undefined, zone)
  if (atMs !== null && atMs < EARLIEST_MS)
    return ' is before 1973-03-03, as of a clock that is not set; it is not counted'
  if (typeof value === 'string' && zone === undefined && lacksZone(value))
    return ' is not a time; it names no zone: say which one it is of, zone: Europe/Berlin for instance, for this source in the definition'
  if (typeof value === 'string' && /^\d{4}(?:-?W?\d\d-?\d\d?|-?\d{3})$/.test(value))
    return ' is not a time; it is a day without a time of day'
  if (typeof value === 'number' && Number.isFinite(value) && value < 1e8)
    return ' is not a time; seconds, ms, us or ns since 1970 begin at 100000000 (1973-03-03)'
  return ' is not a time (ISO-8601 with a zone, or s, ms, us, ns since 1970)'
}
