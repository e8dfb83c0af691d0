import { randomUUID } from 'node:crypto'
import { compileItem } from '../../model/decode.ts'
import type { Path, Source } from '../../model/definition.ts'
import { parseEventTime } from '../../model/event-time.ts'
import { mayHoldLongNumbers, withLongNumbersQuoted, withNumbersUnquoted } from '../../model/json.ts'
import { compileGetter, putAt, type Getter } from '../../model/path.ts'
import { mostEventBytes, type Item } from './body.ts'

export type Admitted = { key: string; value: Buffer } | { reason: string; detail: string }

/**
 * Compiles the judgement on one item: the record to write, or why not. It is made by the very code that will fold the record:
 * what is accepted is counted, unless its window is long past. Judged before it is written as JSON again, which would turn an
 * infinite number into an absent one. `clockErrorMs` is added to the event's own time.
 */
export function compileAdmission(
  source: Source,
): (item: Item, arrivalMs: number, clockErrorMs?: number) => Admitted {
  const decode = compileItem(source)
  const timeOf = compileGetter([source.timePath])
  const keyAt = source.fields.findIndex(({ name }) => name === source.key)
  const keyFrom = source.fields[keyAt]?.from ?? [[source.key]]
  const keyOf = compileGetter(keyFrom)

  return (item, arrivalMs, clockErrorMs = 0) => {
    if ('reason' in item) return item
    if ('unreadable' in item) return { reason: 'not_json', detail: item.unreadable }
    if (typeof item.value !== 'object' || item.value === null || Array.isArray(item.value))
      return { reason: 'not_an_object', detail: 'an event is a JSON object' }
    // Spread defines own properties, whatever their names: __proto__ stays a field like any other.
    const event: Record<string, unknown> = { ...item.value }
    if (clockErrorMs !== 0) move(event, timeOf, source.timePath, clockErrorMs)
    fill(event, timeOf, source.timePath, new Date(arrivalMs).toISOString())
    fill(event, keyOf, keyFrom[0]!, 'anonymous')
    const { text } = item
    const decoded = decode(event, () => JSON.parse(withLongNumbersQuoted(text)) as unknown)
    if ('reason' in decoded) return decoded
    if (decoded.timeMs > arrivalMs + source.futureMs)
      return {
        reason: 'future',
        detail: `${source.time} is ${decoded.timeMs - arrivalMs} ms ahead of the clock here; ${source.futureMs} ms are allowed`,
      }
    const value = Buffer.from(
      mayHoldLongNumbers(text) ? withNumbersAsSent(event, text) : JSON.stringify(event),
    )
    const key = String(decoded.values[keyAt] ?? 'anonymous')
    const bytes = value.length + Buffer.byteLength(key)
    if (bytes > mostEventBytes)
      return {
        reason: 'record_too_large',
        detail: `the event and its key have ${bytes} bytes; ${mostEventBytes} are allowed`,
      }
    return { key, value }
  }
}

/** Nobody can guess it, so no text that was sent holds it. */
const MARK = `number${randomUUID().replaceAll('-', '')}`

/** The event as JSON with the digits of long numbers as they were sent: a double may be another number. What was filled in or moved stays. */
function withNumbersAsSent(event: Record<string, unknown>, text: string): string {
  const written = JSON.parse(withLongNumbersQuoted(text, MARK)) as unknown
  return withNumbersUnquoted(JSON.stringify(event, keepingFrom(written)), MARK)
}

/** A replacer for `JSON.stringify`: a number that was sent long comes back as its marked text. */
function keepingFrom(written: unknown): (this: unknown, name: string, value: unknown) => unknown {
  const twins = new Map<unknown, unknown>()
  return function (name, value) {
    const twin = name === '' && twins.size === 0 ? written : ownOf(twins.get(this), name)
    if (typeof value === 'object' && value !== null) twins.set(value, twin)
    return typeof value === 'number' && typeof twin === 'string' && twin.startsWith(MARK) ? twin : value
  }
}

function ownOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined
}

function fill(event: Record<string, unknown>, get: Getter, path: Path, value: string): void {
  if ((get(event) ?? null) === null) putAt(event, path, value)
}

/** A time that can be read, moved by what the sender's clock is wrong; any other is told as it is. */
function move(event: Record<string, unknown>, get: Getter, path: Path, byMs: number): void {
  const atMs = parseEventTime(get(event))
  const movedMs = atMs === null ? NaN : atMs + byMs
  if (movedMs >= 0 && movedMs <= LAST_MS) putAt(event, path, new Date(movedMs).toISOString())
}

/** 9999-12-31. */
const LAST_MS = 253_402_300_799_999
