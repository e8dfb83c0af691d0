import { compileItem } from '../../model/decode.ts'
import type { Path, Source } from '../../model/definition.ts'
import { compileGetter, putAt, type Getter } from '../../model/path.ts'
import type { Item } from './body.ts'

/** Bytes of one event and its key; far under what Kafka takes, so that nobody's event can spoil the request of another. */
export const mostEventBytes = 262_144
/** Objects in objects; deeper ones cannot be written as JSON again on every stack. */
const deepest = 64

export type Admitted = { key: string; value: Buffer } | { reason: string; detail: string }

/**
 * Compiles the judgement on one item: the record to write, or why not. It is made by the very code that will fold the record:
 * what is accepted is counted, unless its window is long past. Judged before it is written as JSON again, which would turn an
 * infinite number into an absent one.
 */
export function compileAdmission(source: Source): (item: Item, arrivalMs: number) => Admitted {
  const decode = compileItem(source)
  const timeOf = compileGetter([source.timePath])
  const keyAt = source.fields.findIndex(({ name }) => name === source.key)
  const keyFrom = source.fields[keyAt]?.from ?? [[source.key]]
  const keyOf = compileGetter(keyFrom)

  return (item, arrivalMs) => {
    if ('unreadable' in item) return { reason: 'not_json', detail: item.unreadable }
    if (typeof item.value !== 'object' || item.value === null || Array.isArray(item.value)) return { reason: 'not_an_object', detail: 'an event is a JSON object' }
    if (isDeeper(item.value, deepest)) return { reason: 'too_deep', detail: `more than ${deepest} objects or arrays inside each other` }
    // Spread defines own properties, whatever their names: __proto__ stays a field like any other.
    const event: Record<string, unknown> = { ...item.value }
    fill(event, timeOf, source.timePath, new Date(arrivalMs).toISOString())
    fill(event, keyOf, keyFrom[0]!, 'anonymous')
    const decoded = decode(event)
    if ('reason' in decoded) return decoded
    if (decoded.timeMs > arrivalMs + source.futureMs) return { reason: 'future', detail: `${source.time} is ${decoded.timeMs - arrivalMs} ms ahead of the clock here; ${source.futureMs} ms are allowed` }
    const value = Buffer.from(JSON.stringify(event))
    const key = String(decoded.values[keyAt] ?? 'anonymous')
    const bytes = value.length + Buffer.byteLength(key)
    if (bytes > mostEventBytes) return { reason: 'record_too_large', detail: `the event and its key have ${bytes} bytes; ${mostEventBytes} are allowed` }
    return { key, value }
  }
}

function fill(event: Record<string, unknown>, get: Getter, path: Path, value: string): void {
  if ((get(event) ?? null) === null) putAt(event, path, value)
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null && isDeeper(inner as object, levels - 1)) return true
  return false
}
