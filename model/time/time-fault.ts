/** Why a value is no time, in the words of who sent it: what it lacks, or what would be one. */
import { EARLIEST_MS, parseEventTime } from './event-time.ts'
import { lacksZone, type Zone } from './time-text.ts'

const UNSET = 'as of a clock that is not set; it is not counted'
/** Texts that are nearly times, and why they are none. The first that fits is told. */
const NEARLY: readonly (readonly [RegExp, string])[] = [
  [/^(?:0\d{3}|1[0-8]\d\d|19[0-6]\d)[-/.]?\d\d/, `is before 1973-03-03, ${UNSET}`],
  [/^(?:[+-]\d{4,6}|\d{5,6})-\d\d-\d\d/, 'is not a time; years from 1970 to 9999 are read, in four digits'],
  [/^\d{4}(?:-?W?\d\d-?\d\d?|-?\d{3})$/, 'is not a time; it is a day without a time of day'],
  [
    /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:\D|$)/,
    'is not a time; its day and month could be either way round: write the year first, 2026-11-24T21:26:47Z',
  ],
  [/^[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d+)?$/, 'is not a time; it names no year'],
  [
    /\d ?\[?[A-Z][A-Za-z]+\/[\w/+-]+\]?$/,
    'is not a time; beside the name of the zone write its offset, +01:00, which tells apart an hour that comes twice',
  ],
]
const ABBREVIATION = / ?\(?\b([A-Z]{2,5})\)?(?= \d{4}$|$)/

export function faultOfTime(value: unknown, zone?: Zone): string {
  const atMs = parseEventTime(value, undefined, zone)
  if (atMs !== null && atMs < EARLIEST_MS) return ` is before 1973-03-03, ${UNSET}`
  if (isTicks(value)) return TICKS
  if (typeof value === 'string') return faultOfText(value, zone)
  if (typeof value === 'number' && Number.isFinite(value) && value < 1e8)
    return ' is not a time; seconds, ms, us or ns since 1970 begin at 100000000 (1973-03-03)'
  if (Array.isArray(value))
    return ' is not a time; write it as one text or number (in Jackson: WRITE_DATES_AS_TIMESTAMPS off)'
  if (typeof value === 'object' && value !== null) return ` is not a time;${insideOf(Object.keys(value))}`
  return NO_TIME
}

const TICKS =
  ' is not a time; 18 digits are ticks of Windows (100 ns since 1601) or .NET (since 0001), or ns before 2001-09-09: send ISO-8601, or ms since 1970'

const isTicks = (value: unknown): boolean =>
  typeof value === 'number'
    ? value >= 1e17 && value < 1e18
    : typeof value === 'string' && /^[1-9]\d{17}(?:[.,]\d+)?$/.test(value)

const NO_TIME = ' is not a time (ISO-8601 with a zone, or s, ms, us, ns since 1970)'

/** As MongoDB and Protobuf write times. */
function insideOf(names: readonly string[]): string {
  const [name = 'at'] = names
  return ` say in the definition where it stands inside, such as  time: ts.${/^[\w$]{1,30}$/.test(name) ? name : 'at'}`
}

function faultOfText(text: string, zone: Zone | undefined): string {
  if (zone === undefined && lacksZone(text))
    return ' is not a time; it names no zone: say which one it is of, zone: Europe/Berlin for instance, for this source in the definition'
  if (text !== text.trim() && parseEventTime(text.trim(), undefined, zone) !== null)
    return ' is not a time; it has white space around it: send it without'
  const found = NEARLY.find(([form]) => form.test(text))
  if (found !== undefined) return ` ${found[1]}`
  const named = ABBREVIATION.exec(text)
  if (named !== null && parseEventTime(text.replace(named[0], ' UTC'), undefined, zone) !== null)
    return ` is not a time; ${named[1]} is what several zones are called: write the offset, such as +01:00`
  return NO_TIME
}
