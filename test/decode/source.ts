/** Small sources made of what a test is about, and records by hand. */
import { compileDecoder, type Decoded } from '../../model/decode/decode.ts'
import { readDefinition, type DefinitionFile } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'

type GivenSource = DefinitionFile['sources'][string]

/** A source `s` with these keys in place of the usual ones. */
export function sourceOf(given: Partial<GivenSource>): Source {
  const usual: GivenSource = {
    topic: 's',
    key: 'k',
    time: 'ts',
    fields: { k: 'string?' },
    metrics: { events: 'count' },
  }
  return readDefinition({ sources: { s: { ...usual, ...given } }, keep: { '1m': 'forever' } })[0]!
}

export interface ByHand {
  key?: string | Buffer
  headers?: Record<string, string>
  tsMs?: number | null
}

/** Decodes one value; `what` sets the rest of its record. */
export function decodeWith(source: Source, value: string | Buffer, what: ByHand = {}): Decoded {
  const { key, headers = {}, tsMs = null } = what
  const decode = compileDecoder(source)
  const keyBytes = key === undefined ? null : Buffer.from(key)
  return decode(Buffer.from(value), tsMs, { key: () => keyBytes, header: (name) => headers[name] ?? null })
}

/** Values of each event by the names of their fields, its time too; or `reason: detail`. */
export function rowsOf(source: Source, value: string | Buffer, what: ByHand = {}): unknown {
  const decoded = decodeWith(source, value, what)
  if ('reject' in decoded) return `${decoded.reject.reason}: ${decoded.reject.detail}`
  return decoded.events.map((event) => ({
    ts: event.timeMs,
    ...Object.fromEntries(source.fields.map(({ name }, at) => [name, event.values[at]])),
  }))
}
