import { randomUUID } from 'node:crypto'
import type { RejectReason } from '../../model/decode/decoded.ts'
import type { Source } from '../../model/definition.ts'
import { parseEventTime } from '../../model/time/event-time.ts'
import { mayHoldLongNumbers, withLongNumbersQuoted, withNumbersUnquoted } from '../../model/decode/json.ts'
import { compileGetter, putAt } from '../../model/decode/path.ts'
import { MOST_EVENT_BYTES, type CollectorsReason, type Item } from './body.ts'
import { compileFill, type RequestParts } from './fill.ts'
import { compileJudgement } from './judgement.ts'

export type Admitted =
  | { key: string; value: Buffer; headers?: Readonly<Record<string, string>> }
  | { reason: RejectReason | CollectorsReason; detail: string }

/**
 * Compiles the judgement on one item: the record to write, or why not. It is made by the very code that will fold the record:
 * what is accepted is counted, unless its window is long past. Judged before it is written as JSON again, which would turn an
 * infinite number into an absent one. `clockErrorMs` is added to the event's own time; `request`: what else came with it.
 */
export function compileAdmission(
  source: Source,
): (item: Item, arrivalMs: number, clockErrorMs?: number, request?: RequestParts) => Admitted {
  const fill = compileFill(source)
  const judge = compileJudgement(source)
  const move = compileMove(source)

  return (item, arrivalMs, clockErrorMs = 0, request) => {
    if ('reason' in item) return item
    if ('unreadable' in item) return { reason: 'not_json', detail: item.unreadable }
    if (typeof item.value !== 'object' || item.value === null || Array.isArray(item.value))
      return { reason: 'not_an_object', detail: 'an event is a JSON object' }
    // Spread defines own properties, whatever their names: __proto__ stays a field like any other.
    const event: Record<string, unknown> = { ...item.value }
    if (clockErrorMs !== 0) move(event, clockErrorMs)
    const { key, headers } = fill(event, arrivalMs, request)
    const { text } = item
    const toValue = (): Buffer =>
      Buffer.from(mayHoldLongNumbers(text) ? withNumbersAsSent(event, text) : JSON.stringify(event))
    const judged = judge({ event, text, key, headers, toValue }, arrivalMs)
    if ('reason' in judged) return judged
    const value = toValue()
    const bytes = value.length + Buffer.byteLength(judged.key) + bytesOf(headers)
    if (bytes > MOST_EVENT_BYTES)
      return {
        reason: 'record_too_large',
        detail: `the event and its key have ${bytes} bytes; ${MOST_EVENT_BYTES} are allowed`,
      }
    return { key: judged.key, value, ...(Object.keys(headers).length > 0 && { headers }) }
  }
}

const bytesOf = (headers: Readonly<Record<string, string>>): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + Buffer.byteLength(text), 0)

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

/** A time that can be read, moved by what the sender's clock is wrong; any other is told as it is. */
function compileMove(source: Source): (event: Record<string, unknown>, byMs: number) => void {
  const paths = [source.timePath, ...(source.timeElse ?? [])].filter(([root]) => root !== '$')
  const getters = paths.map((path) => ({ path, get: compileGetter([path]) }))
  return (event, byMs) => {
    for (const { path, get } of getters) {
      const value = get(event) ?? null
      if (value === null) continue
      const atMs = parseEventTime(value)
      const movedMs = atMs === null ? NaN : atMs + byMs
      if (movedMs >= 0 && movedMs <= LAST_MS) putAt(event, path, new Date(movedMs).toISOString())
      return
    }
  }
}

/** 9999-12-31. */
const LAST_MS = 253_402_300_799_999
