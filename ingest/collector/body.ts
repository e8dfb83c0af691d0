/** A request's bytes to its items: split in one look, then each parsed or told to be unreadable. */
import type { RejectReason } from '../../model/decode/decoded.ts'
import { CollectError } from './errors.ts'
import { depthOf, splitLines, splitList, type Piece, type Pieces } from './split.ts'

/** Most of one request, after it was inflated. */
export const MOST_BODY_BYTES = 1_000_000
export const MOST_ITEMS = 5_000
/** Bytes of one event and its key; far under what Kafka takes, so that nobody's event can spoil the request of another. */
export const MOST_EVENT_BYTES = 262_144
/** Objects in objects; deeper ones cannot be written as JSON again on every stack. */
const DEEPEST = 64

export const mediaTypes = ['application/json', 'application/x-ndjson', 'text/plain'] as const
export type MediaType = (typeof mediaTypes)[number]

/** Names that others have for them; what ends with +json (CloudEvents, JSON:API) is JSON too. */
const LINES = String.raw`application/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)`
const DOCUMENT = String.raw`(?:application|text)/(?:json|[\w.!#$&^-]+\+json)`
const isLines = new RegExp(`^${LINES}$`)
const isDocument = new RegExp(`^${DOCUMENT}$`)
/** Of all that are read, whatever their parameters. */
export const MEDIA_PATTERN = new RegExp(`^(?:text/plain|${LINES}|${DOCUMENT})[ \\t]*(?:;|$)`, 'i')

/** Null where it is none that is read. */
export function mediaTypeOf(contentType: string): MediaType | null {
  const given = contentType.split(';')[0]!.trim().toLowerCase()
  if (given === 'text/plain') return given
  if (isLines.test(given)) return 'application/x-ndjson'
  return isDocument.test(given) ? 'application/json' : null
}

/** Beside the reasons of a reject, what a record of the log cannot be. */
// codes that users see: reasons of the collector
export type CollectorsReason = 'record_too_large' | 'too_deep'

/** `text`: as it was sent. */
export type Item =
  | { value: unknown; text: string }
  | { unreadable: string }
  | { reason: RejectReason | CollectorsReason; detail: string }

export interface Body {
  readonly pieces: readonly Piece[]
  /** What is no JSON: `refuse` the whole body, tell `each` by itself, or read the body as `lines` instead. */
  readonly unreadable: 'refuse' | 'each' | 'lines'
}

/**
 * `application/json`: one object or an array of them. `application/x-ndjson`: one a line. `text/plain`: either, for
 * `navigator.sendBeacon`. Throws CollectError: unreadable, empty, or too many items.
 */
export function splitBody(text: string, mediaType: MediaType): Body {
  if (mediaType === 'application/x-ndjson') return linesOf(text)
  if (mediaType === 'application/json') return { pieces: documentOf(text), unreadable: 'refuse' }
  const pieces = tryDocument(text)
  return pieces === null ? linesOf(text) : { pieces, unreadable: 'lines' }
}

export function linesOf(text: string): Body {
  const pieces = checked(splitLines(text, MOST_ITEMS))
  return { pieces, unreadable: pieces.length === 1 ? 'refuse' : 'each' }
}

/** UTF-8, or CollectError. */
export function toText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new CollectError('bad_request', `the body is not valid UTF-8${guessOf(body)}`)
  }
}

function guessOf([first, second]: Buffer): string {
  if (first === 0x1f && second === 0x8b) return ': it is gzip; say so, content-encoding: gzip'
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return ': it is UTF-16'
  return ''
}

export function notJson(why: string): CollectError {
  return new CollectError('bad_request', `the body is not JSON: ${why}`)
}

/** One piece as an item. What is too long is not parsed, for it would hold up everybody. */
export function readItem({ text, depth }: Piece): Item {
  if (text.length > MOST_EVENT_BYTES)
    return {
      reason: 'record_too_large',
      detail: `the event as sent has over ${MOST_EVENT_BYTES} bytes, which is what an event and its key may have`,
    }
  if (depth > DEEPEST)
    return text.trimStart().startsWith('{')
      ? { reason: 'too_deep', detail: `more than ${DEEPEST} objects or arrays inside each other` }
      : { reason: 'not_an_object', detail: 'an event is a JSON object' }
  if (text.trim() === '') return { unreadable: 'there is nothing between two commas, or behind the last one' }
  try {
    return { value: JSON.parse(text) as unknown, text }
  } catch (error) {
    return { unreadable: (error as Error).message.slice(0, 200) }
  }
}

function documentOf(text: string): readonly Piece[] {
  if (text.trim() === '')
    throw new CollectError('bad_request', 'the body is empty; send an object, or an array of objects')
  const pieces = tryDocument(text)
  if (pieces !== null) return pieces
  if (/\0\s*$/.test(text)) throw notJson('it ends with a NUL; send its length without')
  if (/^\s*[[{]/.test(text))
    throw notJson(
      splitLines(text, 1).count > 1
        ? 'its brackets do not add up, or something follows it; one object a line is application/x-ndjson'
        : 'its brackets do not add up, or something follows it',
    )
  const item = readItem({ text: text.slice(0, MOST_EVENT_BYTES), depth: 1 })
  if ('value' in item && typeof item.value === 'string' && /^\s*[[{]/.test(item.value))
    throw notJson('it is JSON inside a JSON text; encode it once')
  throw 'unreadable' in item ? notJson(item.unreadable) : neither()
}

/** Null where the whole text is not one list or one object. */
function tryDocument(text: string): readonly Piece[] | null {
  const first = text.trimStart()[0]
  if (first === '[') {
    const found = splitList(text, MOST_ITEMS)
    return found === null ? null : checked(found)
  }
  const depth = first === '{' ? depthOf(text) : null
  return depth === null ? null : [{ text, depth }]
}

function checked({ pieces, count }: Pieces): readonly Piece[] {
  if (count === 0) throw new CollectError('bad_request', 'the body holds no events')
  // Counted before they are parsed: what is refused anyway costs nothing.
  if (count > MOST_ITEMS)
    throw new CollectError('request_too_large', `${count} events in one request; ${MOST_ITEMS} are allowed`)
  return pieces
}

const neither = (): CollectError =>
  new CollectError('bad_request', 'the body is neither an object nor an array of objects')
