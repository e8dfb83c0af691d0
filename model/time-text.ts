/** Texts that say one time: ISO 8601 and what is written like it, dates that name their month, digits since 1970. */

/** As written; `zone` undefined where none is named. */
interface Written {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly fraction: string
  readonly zone: string | undefined
}

const ZONE = String.raw`(?:[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)`
/** What some writers add behind the offset: the name of the zone, which says nothing new. */
const NAMED = String.raw`(?: [A-Z]{1,5}|\[[A-Za-z0-9_+/-]{1,64}\])?`
const CLOCK = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?`
const MONTH = '(?<name>[A-Z][a-z]{2})'
const FORMS = [
  String.raw`(?<year>\d{4})(?<part>[-./])(?<month>\d\d)\k<part>(?<day>\d\d)[Tt ]${CLOCK}(?: ?(?<zone>${ZONE})${NAMED})?`,
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)T(?<hour>\d\d)(?<minute>\d\d)(?:(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?(?<zone>${ZONE})?`,
  String.raw`(?:[A-Z][a-z]{2}, )?(?<day>\d{1,2}) ${MONTH} (?<year>\d{4}) ${CLOCK} (?<zone>${ZONE})`,
  String.raw`(?<day>\d\d)/${MONTH}/(?<year>\d{4}):${CLOCK} (?<zone>${ZONE})`,
  String.raw`[A-Z][a-z]{2} ${MONTH} (?<day>\d\d) (?<year>\d{4}) ${CLOCK} GMT(?<zone>[+-]\d{4})(?: \([^()]*\))?`,
  String.raw`[A-Z][a-z]{2} ${MONTH} (?<day>\d\d) ${CLOCK} (?<zone>UTC|GMT) (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`))
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const EPOCH = /^(\d{1,40})(?:\.(\d+))?$/
const LONGEST = 256

/** UTC of a time of day in some zone, ms. */
export type Zone = (localMs: number) => number

/** Milliseconds since 1970, cut, never rounded; null where the text is no time, or names no zone and `zone` is not given. */
export function timeOfText(text: string, zone?: Zone): number | null {
  if (text.length > LONGEST) return null
  const epoch = EPOCH.exec(text)
  if (epoch !== null) return timeOfDigits(epoch[1]!, epoch[2] ?? '')
  const written = read(text)
  if (written === null || !isReal(written)) return null
  const { year, month, day, hour, minute, second, fraction } = written
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  const atMs = written.zone === undefined ? zone?.(localMs) : minus(localMs, offsetMs(written.zone))
  return atMs === undefined || atMs === null || atMs < 0 ? null : atMs
}

/** Whether only the zone is missing. */
export function lacksZone(text: string): boolean {
  return (
    text.length <= LONGEST && timeOfText(text) === null && timeOfText(text, (localMs) => localMs) !== null
  )
}

/** Seconds, ms, us or ns by their magnitude, by the digits themselves. */
export function timeOfDigits(whole: string, fraction: string): number | null {
  const value = BigInt(whole)
  if (value < 10n ** 8n || value >= 10n ** 20n) return null
  if (value < 10n ** 11n) return Number(value) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  if (value < 10n ** 14n) return Number(value)
  return Number(value / (value < 10n ** 17n ? 1000n : 1_000_000n))
}

function read(text: string): Written | null {
  for (const form of FORMS) {
    const found = form.exec(text)?.groups
    if (found === undefined) continue
    const { year, month, name, day, hour, minute, second, fraction, zone } = found
    return {
      year: Number(year),
      month: name === undefined ? Number(month) : MONTHS.indexOf(name) + 1,
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second ?? 0),
      fraction: fraction ?? '',
      zone,
    }
  }
  return null
}

function isReal({ year, month, day, hour, minute, second }: Written): boolean {
  return (
    year >= 1970 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59
  )
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : DAYS[month - 1]!
}

const minus = (ms: number, by: number | null): number | null => (by === null ? null : ms - by)

function offsetMs(zone: string): number | null {
  if (/^[A-Za-z]/.test(zone)) return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)]
  if (hours > 23 || minutes > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
