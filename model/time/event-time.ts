/** Event time to milliseconds since 1970, or null: what is ambiguous is refused, never guessed. */
import { wholeOf } from '../numbers/decimal-text.ts'
import { timeOfDigits, timeOfText, type Zone } from './time-text.ts'

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

/**
 * Seconds, ms, us or ns: the magnitudes of 1973 to 5138 do not overlap. Of ns only those since 2001-09-09 are taken: 18 digits are ticks
 * of Windows (100 ns since 1601) or .NET (since 0001), which would be years of the seventies and nineties. Cut where its shortest decimal text is cut, like a text. */
function fromMagnitude(value: number): number | null {
  if (!(value >= 1e8 && value < 1e20)) return null
  if (value < 1e11) {
    if (Number.isInteger(value)) return value * 1000
    const [whole, fraction] = String(value).split('.') as [string, string]
    return timeOfDigits(whole, fraction)
  }
  if (value < 1e14) return Math.floor(value)
  if (value >= 1e17 && value < 1e18) return null
  const part = value < 1e17 ? 1000 : 1e6 // a remainder is exact, a quotient is not
  return (value - (value % part)) / part
}
