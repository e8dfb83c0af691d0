/** Record bytes to events, by the rules of docs/store.md ("Rules a recount needs", 1 to 3). All events of a record count, or it is one reject. */
import { isUtf8 } from 'node:buffer'
import { says } from './decimal-text.ts'
import { toUnits } from './decimal.ts'
import type { Field, Source } from './definition.ts'
import { parseEventTime } from './event-time.ts'
import { countValues, withLongNumbersQuoted } from './json.ts'
import { measureOf, numberInput, textInput } from './measures/index.ts'
import { compileGetter, pathText, type Getter } from './path.ts'
import { textHashOf } from './text-hash.ts'

export interface DecodedEvent {
  readonly timeMs: number
  /** Per field of the source, in declared order; absent is null. */
  readonly values: readonly (string | number | null)[]
  /** Per metric: the event's number in the metric's units, or the hash of its text; null where the field is absent, 0 where it takes none. */
  readonly units: readonly (number | null)[]
  /** The event as it came, for the tail. */
  readonly raw: object
}

export const REJECT_REASONS = [
  'empty',
  'not_utf8',
  'not_json',
  'not_an_object',
  'no_events',
  'bad_time',
  'missing_field',
  'wrong_type',
  'not_finite',
  'too_large',
  'future',
  'too_wide',
  'inflated_too_large',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

export interface Reject {
  readonly reason: RejectReason
  /** What was wrong, where, for people. */
  readonly detail: string
}

/** A record's: what it held counts for nothing. */
export interface RecordReject extends Reject {
  /** Events that went with it; a record that holds none that can be told apart is one. */
  readonly events: number
}

export type Decoded = { readonly events: readonly DecodedEvent[] } | { readonly reject: RecordReject }

/** Decodes one value; `kafkaTsMs` is the record's Kafka timestamp, against which the future is judged. Where it has none, nothing is in the future. */
export type Decoder = (value: Buffer | null, kafkaTsMs: number | null) => Decoded

const no = (reason: RejectReason, detail: string, events = 1): { reject: RecordReject } => ({
  reject: { reason, detail, events },
})

export function compileDecoder(source: Source): Decoder {
  const decodeItem = compileItem(source)
  return (value, kafkaTsMs) => {
    if (value === null || value.length === 0) return no('empty', 'the record has no value')
    if (!isUtf8(value)) return no('not_utf8', 'the value is not valid UTF-8')
    const text = value.toString('utf8')
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (error) {
      const values = countValues(text)
      if (values > 1)
        return no(
          'not_json',
          `${values} JSON values in one record: send each as a record of its own, or all as one array`,
          values,
        )
      return no('not_json', `the value is not JSON: ${(error as Error).message.slice(0, 200)}`)
    }
    const items: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
    if (items.length === 0) return no('no_events', 'the value is an empty array')
    let written: readonly unknown[] | undefined
    const events: DecodedEvent[] = []
    for (const [at, item] of items.entries()) {
      const event = decodeItem(item, () => (written ??= writtenItems(text))[at])
      if ('reason' in event) return no(event.reason, `${placeIn(items, at)}${event.detail}`, items.length)
      events.push(event)
    }
    if (kafkaTsMs === null) return { events }
    const latestMs = kafkaTsMs + source.futureMs
    for (const [at, event] of events.entries())
      if (event.timeMs > latestMs)
        return no(
          'future',
          `${placeIn(items, at)}${source.time} is ${event.timeMs - kafkaTsMs} ms after the record reached the log; ${source.futureMs} ms are allowed`,
          items.length,
        )
    return { events }
  }
}

/** Which event of a record is at fault, and that the others go with it: all of them count or none. */
function placeIn({ length }: readonly unknown[], at: number): string {
  if (length === 1) return ''
  return `event ${at} (of ${length}; the ${length === 2 ? 'other one goes' : `other ${length - 1} go`} with it): `
}

/** The items once more, with every long number as the text it was written in. */
function writtenItems(text: string): readonly unknown[] {
  const written: unknown = JSON.parse(withLongNumbersQuoted(text))
  return Array.isArray(written) ? written : [written]
}

/** The item as it was written, asked only where a number in it is past 2^53: there a double may be another number. */
export type AsWritten = () => unknown

/** Decodes one item that is already parsed; the collector judges with the same rules. */
export function compileItem(source: Source): (item: unknown, asWritten?: AsWritten) => DecodedEvent | Reject {
  const timeOf = compileGetter([source.timePath])
  const fields = source.fields.map((field) => ({
    ...field,
    // Most fields stand in the event under one name: looking there at once is faster than asking a getter.
    own: field.from.length === 1 && field.from[0]!.length === 1 ? field.from[0]![0]! : null,
    get: compileGetter(field.from),
    says: namedWithPaths(field),
    metrics: source.metrics.flatMap((metric, at) => {
      const input = numberInput(metric)
      return input?.field === field.name ? [{ at, decimals: input.decimals }] : []
    }),
    hashed: source.metrics.flatMap((metric, at) => (textInput(metric) === field.name ? [at] : [])),
  }))
  const blank = source.metrics.map((metric) => (measureOf(metric).input === 'none' ? 0 : null))
  return (item, asWritten) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      return { reason: 'not_an_object', detail: 'an event is a JSON object' }
    const event = item as Record<string, unknown>
    const at = timeOf(event)
    const timeMs = parseEventTime(at, isPastExact(at) ? writtenAt(timeOf, asWritten) : undefined)
    if (timeMs === null)
      return {
        reason: 'bad_time',
        detail: `${source.time}: ${show(at)} is not a time (ISO-8601 with a zone, or s, ms, us, ns since 1970)`,
      }
    const values: (string | number | null)[] = []
    const units: (number | null)[] = blank.slice()
    for (const field of fields) {
      const { own } = field
      const value = own === null ? field.get(event) : Object.hasOwn(event, own) ? event[own] : undefined
      if (value === undefined || value === null) {
        if (!field.optional) return { reason: 'missing_field', detail: `${field.says} is required` }
        values.push(null)
        continue
      }
      if (typeof value !== field.type)
        return { reason: 'wrong_type', detail: `${field.says}: ${show(value)} is not a ${field.type}` }
      if (typeof value === 'number') {
        if (!Number.isFinite(value))
          return { reason: 'not_finite', detail: `${field.says} is larger than a double can hold` }
        if (isPastExact(value)) {
          const text = writtenAt(field.get, asWritten)
          if (text !== undefined && !says(text, value))
            return {
              reason: 'too_large',
              detail: `${field.says}: ${text.slice(0, 80)} is past 2^53 and would be counted as ${value}; send it as a text, or with fewer digits`,
            }
        }
        for (const metric of field.metrics) {
          const scaled = toUnits(value, metric.decimals)
          if (scaled === null)
            return {
              reason: 'too_large',
              detail: `${field.says}: ${value} with ${metric.decimals} decimals is past 2^53`,
            }
          units[metric.at] = scaled
        }
      }
      if (field.hashed.length > 0) {
        const hash = textHashOf(value as string)
        for (const metric of field.hashed) units[metric] = hash
      }
      values.push(value as string | number)
    }
    return { timeMs, values, units, raw: event }
  }
}

function isPastExact(value: unknown): value is number {
  return typeof value === 'number' && (value >= 2 ** 53 || value <= -(2 ** 53))
}

function writtenAt(get: Getter, asWritten: AsWritten | undefined): string | undefined {
  const text = asWritten === undefined ? undefined : get(asWritten() as Record<string, unknown>)
  return typeof text === 'string' ? text : undefined
}

/** `amount`, or where it was looked for: `amount (payload.amount)`, `country (geo.country or cc)`. */
function namedWithPaths({ name, from }: Field): string {
  const paths = from.map(pathText).join(' or ')
  return paths === name ? name : `${name} (${paths})`
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return JSON.stringify(value).slice(0, 80)
}
