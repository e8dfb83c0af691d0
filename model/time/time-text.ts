/** Texts that say one time: ISO 8601 and what is written like it, dates that name their month, digits since 1970. */

/** As written; `zone` undefined where none is named. */
interface Written {
  /** Midnight of the day, as if it were of UTC. */
  readonly dayMs: number
  readonly hour: number
  /** Of a clock of twelve hours. */
  readonly half: string | undefined
  readonly minute: number
  readonly second: number
  /** Behind the last of hour, minute and second that is named. */
  readonly restMs: number
  /** Nothing is behind it, or zeros. */
  readonly isWhole: boolean
  readonly zone: string | undefined
}

/** Of an offset: hours of one digit where minutes follow, with seconds (Rust, PostgreSQL), a minus sign of its own (ISO 8601), a `Z` behind none (`isoformat() + 'Z'`), UTC or GMT before it. */
const OFFSET = String.raw`[+\u2212-](?:\d\d(?::?\d\d(?::?\d\d)?)?|\d:\d\d)`
const ZONE = String.raw`(?<zone>[+-]00:?00Z|${OFFSET}|(?:UTC|GMT)[+-]\d\d?(?::?\d\d)?|Z|UTC?|GMT)`
/** What some writers add behind the offset: the name of the zone, which says nothing new, a calendar, and a clock of the process (Go). */
const NAMED = String.raw`(?: (?:[A-Z]{1,5}|\([^()]{0,99}\)|[+-]\d\d(?:\d\d)?)|(?:\[!?[\w+/:=.-]{1,64}\]){1,4})?(?: m=[+-]\d+\.\d+)?`
const BEHIND = `(?: ?${ZONE}${NAMED})?`
const FRACTION = String.raw`(?:[.,](?<fraction>\d+))?`
const HALF = String.raw`(?:[ \u202f]?(?<half>[ap])\.?m\.?)?`
const MINUTES = String.raw`:(?<minute>\d\d)(?::(?<second>\d\d)${FRACTION})?${HALF}`
const CLOCK = String.raw`(?<hour>\d\d?)${MINUTES}`
/**
 * ISO 8601 lets the minutes go, as Python does where it is asked for hours, and parts the last of them by a comma (a dot is what some write
 * for a colon: 21.30 is half past nine).
 */
const OF_HOUR = String.raw`,(?<ofHour>\d+)`
const OF_MINUTE = String.raw`,(?<ofMinute>\d+)`
const CLOCKS = [
  String.raw`(?<hour>\d\d?)(?:${MINUTES}|:(?<minutes>\d\d)${OF_MINUTE}|${OF_HOUR})?`,
  String.raw`(?<hour>\d\d)(?:(?<minute>\d\d)(?:(?<second>\d\d)${FRACTION}|${OF_MINUTE})?|${OF_HOUR})?`,
]
const MONTH = String.raw`(?<name>[A-Z]{3,9})\.?`
const WEEKDAY = '(?:[A-Z]{3,9},? {1,2})?'
/** Calendar, week and ordinal dates of ISO 8601 behind the year. */
const DATES = [
  String.raw`(?<part>[-./:])(?<month>\d\d?)\k<part>(?<day>\d\d?)`,
  String.raw`-W(?<week>\d\d)-(?<weekday>[1-7])`,
  String.raw`-(?<yearday>\d{3})`,
  String.raw`(?<month>\d\d)(?<day>\d\d)`,
  String.raw`W(?<week>\d\d)(?<weekday>[1-7])`,
  String.raw`(?<yearday>\d{3})`,
]
const YEAR = String.raw`(?<year>\d{4})`
const FORMS = [
  ...CLOCKS.flatMap((clock) => DATES.map((date) => `${WEEKDAY}${YEAR}${date}[T ]${clock}${BEHIND}`)),
  String.raw`${YEAR}(?<month>\d\d)(?<day>\d\d)-${CLOCK}${BEHIND}`,
  String.raw`${YEAR}(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)${FRACTION} ?${ZONE}`,
  String.raw`${YEAR}-(?<month>\d\d)-(?<day>\d\d)-(?<hour>\d\d)\.(?<minute>\d\d)\.(?<second>\d\d)${FRACTION}${BEHIND}`,
  String.raw`${YEAR}(?<part>[- ])${MONTH}\k<part>(?<day>[ \d]?\d)[T ]${CLOCK}${BEHIND}`,
  String.raw`${WEEKDAY}(?<day>\d{1,2})(?<part>[- ])${MONTH}\k<part>${YEAR}(?:,| at)? ${CLOCK}${BEHIND}`,
  String.raw`(?<day>\d{1,2})(?<part>/?)${MONTH}\k<part>${YEAR}[: ]${CLOCK}${BEHIND}`,
  String.raw`${WEEKDAY}(?<day>[ \d]?\d) ${MONTH} ${CLOCK}(?: ${ZONE})? ${YEAR}`,
  String.raw`${WEEKDAY}${MONTH} (?<day>[ \d]?\d),? ${YEAR}(?:,| at)? ${CLOCK}${BEHIND}`,
  String.raw`${WEEKDAY}${MONTH} (?<day>[ \d]?\d) ${CLOCK}(?: ${ZONE})? ${YEAR}`,
  String.raw`${WEEKDAY}${MONTH} (?<day>[ \d]?\d) ${CLOCK} ${YEAR} ${ZONE}`,
].map((form) => new RegExp(`^${form}$`, 'i'))
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
)
const EPOCH = /^(\d{1,40})(?:[.,](\d+))?$/
/** As Java prints a double. */
const POWER = /^(\d{1,40})(?:\.(\d+))?[eE]([+-]?\d{1,2})$/
/** As .NET writes it; its offset says only where the writer was. */
const DOTNET = /^\/Date\((\d{12,14})(?:[+-]\d{4})?\)\/$/
const LONGEST = 256
const DAY_MS = 86_400_000
const YEAR_10000_MS = 253_402_300_800_000

/** UTC of a time of day in some zone, ms. */
export type Zone = (localMs: number) => number

/** Milliseconds since 1970, cut, never rounded; null where the text is no time, or names no zone and `zone` is not given. */
export function timeOfText(text: string, zone?: Zone): number | null {
  if (text.length > LONGEST) return null
  const sinceMs = timeSince(text)
  if (sinceMs !== undefined) return sinceMs
  const written = read(text)
  if (written === null || !isReal(written)) return null
  const { dayMs, minute, second, restMs } = written
  const hour = hourOf(written)
  const localMs = dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + restMs
  if (localMs >= YEAR_10000_MS) return null
  const atMs = written.zone === undefined ? zone?.(localMs) : minus(localMs, offsetMs(written.zone))
  if (atMs === undefined || atMs === null || atMs < 0) return null
  // Leap seconds are the last of a day of UTC: like everywhere else, the same instant as the next one.
  return second === 60 && atMs % DAY_MS >= 1000 ? null : atMs
}

/** Of digits since 1970; undefined where the text is no such. */
function timeSince(text: string): number | null | undefined {
  const epoch = EPOCH.exec(text)
  if (epoch !== null) return timeOfDigits(epoch[1]!, epoch[2] ?? '')
  const power = POWER.exec(text)
  if (power !== null) {
    const [, whole = '', fraction = '', places = ''] = power
    const point = whole.length + Number(places)
    if (point <= 0) return null
    const digits = (whole + fraction).padEnd(point, '0')
    return timeOfDigits(digits.slice(0, point), digits.slice(point))
  }
  const dotnet = DOTNET.exec(text)
  return dotnet === null ? undefined : Number(dotnet[1])
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
  if (value >= 10n ** 17n && value < 10n ** 18n) return null // ticks, or ns before 2001-09-09
  return Number(value / (value < 10n ** 17n ? 1000n : 1_000_000n))
}

function read(text: string): Written | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text // as logs of Apache and PHP have it
  for (const form of FORMS) {
    const found = form.exec(bare)?.groups
    if (found === undefined) continue
    const { hour, half, minute = found['minutes'], second, zone } = found
    const dayMs = dayOf(found)
    return dayMs === null
      ? null
      : {
          dayMs,
          hour: Number(hour),
          half: half?.toLowerCase(),
          minute: Number(minute ?? 0),
          second: Number(second ?? 0),
          ...restOf(found),
          zone,
        }
  }
  return null
}

/** Cut, never rounded: `,5` of an hour is 1,800,000 ms. */
function restOf({
  fraction,
  ofMinute,
  ofHour,
}: Partial<Record<string, string>>): Pick<Written, 'restMs' | 'isWhole'> {
  const digits = fraction ?? ofMinute ?? ofHour ?? '0'
  const unitMs = fraction !== undefined ? 1000n : ofMinute !== undefined ? 60_000n : 3_600_000n
  const parts = BigInt(digits)
  return { restMs: Number((parts * unitMs) / 10n ** BigInt(digits.length)), isWhole: parts === 0n }
}

/** Midnight of a date that is one, from 1970 on. */
function dayOf(found: Partial<Record<string, string>>): number | null {
  const year = Number(found['year'])
  if (year < 1970) return null
  const dayMs =
    found['week'] !== undefined
      ? dayOfWeek(year, Number(found['week']), Number(found['weekday']))
      : found['yearday'] !== undefined
        ? Date.UTC(year, 0, Number(found['yearday']))
        : dayOfMonth(year, found['name'], found['month'], Number(found['day']))
  return dayMs !== null && (found['week'] !== undefined || new Date(dayMs).getUTCFullYear() === year)
    ? dayMs
    : null
}

function dayOfMonth(
  year: number,
  name: string | undefined,
  digits: string | undefined,
  day: number,
): number | null {
  const month = name === undefined ? Number(digits) - 1 : monthOf(name.toLowerCase())
  const dayMs = Date.UTC(year, month, day)
  return month >= 0 && new Date(dayMs).getUTCMonth() === month ? dayMs : null
}

/** In full, or its first three letters; the British write four of one. -1 where it is none. */
const monthOf = (name: string): number =>
  MONTHS.findIndex((month) => name === month || name === month.slice(0, name === 'sept' ? 4 : 3))

/** Of ISO 8601: the first week of a year is the one with its 4th of January. */
function dayOfWeek(year: number, week: number, weekday: number): number | null {
  const fourthMs = Date.UTC(year, 0, 4)
  const mondayMs = fourthMs - ((new Date(fourthMs).getUTCDay() + 6) % 7) * DAY_MS + (week - 1) * 7 * DAY_MS
  return new Date(mondayMs + 3 * DAY_MS).getUTCFullYear() === year ? mondayMs + (weekday - 1) * DAY_MS : null
}

/** 24:00 is the end of the day. */
function isReal({ hour, half, minute, second, isWhole }: Written): boolean {
  if (half !== undefined && (hour === 0 || hour > 12)) return false
  if (hour === 24) return minute === 0 && second === 0 && isWhole
  return hour <= 23 && minute <= 59 && second <= 60
}

const hourOf = ({ hour, half }: Written): number =>
  half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0)

const minus = (ms: number, by: number | null): number | null => (by === null ? null : ms - by)

function offsetMs(zone: string): number | null {
  const found = /^(?:UTC|GMT)?([+\u2212-])(\d\d?):?(\d\d)?:?(\d\d)?Z?$/i.exec(zone)
  if (found === null) return 0
  const [hours, minutes, seconds] = [Number(found[2]), Number(found[3] ?? 0), Number(found[4] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return null
  return (found[1] === '+' ? 1 : -1) * ((hours * 60 + minutes) * 60 + seconds) * 1000
}
