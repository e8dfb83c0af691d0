/** The two commonest spellings of a time, read from bytes: `2026-11-24T21:26:47Z` and `2026-11-24T21:26:47.123Z`. */
import { parseEventTime } from '../time/event-time.ts'

/** Days come again and again: the last one is remembered. */
let lastDay = -1
let lastDayMs = 0

/** Milliseconds since 1970, or -1: another spelling, which `parseEventTime` reads or refuses. */
export function isoTimeMs(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length !== 24 && length !== 20) return -1
  if (
    bytes[from + 4] !== 45 ||
    bytes[from + 7] !== 45 ||
    bytes[from + 10] !== 84 ||
    bytes[from + 13] !== 58 ||
    bytes[from + 16] !== 58 ||
    bytes[to - 1] !== 90
  )
    return -1
  const year = pair(bytes, from) * 100 + pair(bytes, from + 2)
  const [month, day, hour, minute, second] = [
    pair(bytes, from + 5),
    pair(bytes, from + 8),
    pair(bytes, from + 11),
    pair(bytes, from + 14),
    pair(bytes, from + 17),
  ]
  // A pair that is no two digits is far below zero.
  if (
    year < 0 ||
    month < 0 ||
    day < 0 ||
    hour < 0 ||
    hour > 23 ||
    minute < 0 ||
    minute > 59 ||
    second < 0 ||
    second > 59
  )
    return -1
  let ms = 0
  if (length === 24) {
    if (bytes[from + 19] !== 46) return -1
    const last = bytes[from + 22]! - 48
    ms = pair(bytes, from + 20) * 10 + last
    if (ms < 0 || last < 0 || last > 9) return -1
  }
  const key = year * 10_000 + month * 100 + day
  if (key !== lastDay) {
    const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T00:00:00Z`
    const dayMs = parseEventTime(text)
    if (dayMs === null) return -1
    lastDay = key
    lastDayMs = dayMs
  }
  return lastDayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms
}

/** Two digits as a number; hugely negative where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1_000_000
}
