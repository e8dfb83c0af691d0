/** Zones by their IANA name, from the tables that Node brings. */
import type { Zone } from './time-text.ts'

const SLOT_MS = 15 * 60_000
const DAY_MS = 86_400_000
const REMEMBERED_SLOTS = 10_000

export function isZone(name: string): boolean {
  // Offsets and abbreviations are no places: Python's tables do not hold the first, and the second mean several.
  if (!/^(?:[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)+|UTC)$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** With the capitals of the tables, which other programs look them up by; Node takes any. */
export function isZoneAsWritten(name: string): boolean {
  if (!isZone(name)) return false
  if (name === 'UTC') return true
  const [area = '', ...places] = name.split('/')
  const isWord = (word: string): boolean => /^[A-Z][a-z]/.test(word) || /^(?:GMT|[A-Z]{3}$)/.test(word)
  const named = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  const isCased = named.toLowerCase() !== name.toLowerCase() || named === name // an alias has another name
  return (
    isCased && (/^[A-Z][a-z]+$/.test(area) || area === 'US' || places.length === 0) && places.every(isWord)
  )
}

/**
 * UTC of a time of day. Where clocks were set back and an hour came twice it is the first one; where they were set forward and the
 * hour never was, it is as much later: as if the clocks had not been set yet.
 */
export function compileZone(name: string): Zone {
  const offsetAt = compileOffset(name)
  return (localMs) => {
    const [before, after] = [offsetAt(localMs - DAY_MS), offsetAt(localMs + DAY_MS)]
    if (before === after || offsetAt(localMs - before) === before) return localMs - before
    return offsetAt(localMs - after) === after ? localMs - after : localMs - before
  }
}

/** How far the zone is ahead of UTC at an instant, ms. */
export function compileOffset(name: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const exact = (atMs: number): number => {
    const wholeMs = Math.floor(atMs / 1000) * 1000
    const part = Object.fromEntries(
      format.formatToParts(wholeMs).map(({ type, value }) => [type, Number(value)]),
    )
    return (
      Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']) -
      wholeMs
    )
  }
  const known = new Map<number, number | null>()
  return (atMs) => {
    const slot = Math.floor(atMs / SLOT_MS)
    let offset = known.get(slot)
    if (offset === undefined) {
      if (known.size >= REMEMBERED_SLOTS) known.clear()
      const [first, last] = [exact(slot * SLOT_MS), exact((slot + 1) * SLOT_MS - 1000)]
      known.set(slot, (offset = first === last ? first : null))
    }
    return offset ?? exact(atMs)
  }
}
