/** The reader's time zone, by its IANA name, from the tables that Node brings. */
import { nearest } from '../../model/nearest.ts'
import { compileOffset, compileZone, isZone } from '../../model/time/time-zone.ts'

export interface TimeZone {
  readonly name: string
  /** How far its clocks are ahead of UTC at an instant, ms. */
  readonly offsetAt: (atMs: number) => number
  /** The instant of a time of day. Where an hour came twice, the first; where it never was, as if the clocks had not been set yet. */
  readonly instantOf: (localMs: number) => number
}

export const UTC: TimeZone = { name: 'UTC', offsetAt: () => 0, instantOf: (localMs) => localMs }

/** By canonical name, so that there are never more than the tables hold. */
const compiled = new Map<string, TimeZone>()

/** Null where the tables hold no such zone. */
export function zoneOf(name: string): TimeZone | null {
  if (name.length > 64 || !isZone(name)) return null
  const canonical = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  if (canonical === 'UTC') return UTC
  const known = compiled.get(canonical)
  // Aliases (Asia/Kolkata, Asia/Calcutta) share what is worked out, and each is told as it was asked.
  const zone = known ?? { name, offsetAt: compileOffset(canonical), instantOf: compileZone(canonical) }
  if (known === undefined) compiled.set(canonical, zone)
  return zone.name === name ? zone : { ...zone, name }
}

/** What a reader who wrote `name` may have meant. */
export function zoneHint(name: string): string {
  const meant = meantBy(name.trim().replaceAll(' ', '_').toLowerCase())
  const question = meant === null ? '.' : `; did you mean ${meant}?`
  const example = meant?.includes('/') === true && !meant.startsWith('Etc/') ? meant : 'Europe/Berlin'
  return `not a place of the IANA tables${question} It takes a name such as ${example}, or UTC; a fixed offset belongs to the time itself (2026-03-01T00:00:00+01:00)`
}

function meantBy(words: string): string | null {
  if (/^(?:utc|gmt|z|zulu|[+-]00:?00)$/.test(words)) return 'UTC'
  const [, sign, hours] = /^(?:utc|gmt)?([+-])0?(\d{1,2})(?::?00)?$/.exec(words) ?? []
  // Names of the tables have the sign of POSIX: Etc/GMT-2 is two hours ahead of UTC.
  const fixed = hours === undefined ? '' : `Etc/GMT${sign === '+' ? '-' : '+'}${hours}`
  if (fixed !== '' && isZone(fixed)) return `${fixed}, which is ${sign}${hours!.padStart(2, '0')}:00`
  const all = Intl.supportedValuesOf('timeZone')
  const city = words.length > 2 ? all.find((zone) => lastOf(zone) === words) : undefined
  if (city !== undefined) return city
  const near = nearest(
    words.slice(0, 64),
    all.map((zone) => zone.toLowerCase()),
  )
  return all.find((zone) => zone.toLowerCase() === near) ?? null
}

const lastOf = (zone: string): string => zone.toLowerCase().split('/').at(-1)!
