/** A request's bytes to its items, each parsed or told to be unreadable. */
import { CollectError } from './errors.ts'

/** Most of one request. */
export const mostBodyBytes = 1_000_000
export const mostItems = 5_000

export const mediaTypes = ['application/json', 'application/x-ndjson', 'text/plain'] as const
export type MediaType = (typeof mediaTypes)[number]

export type Item = { value: unknown } | { unreadable: string }

/**
 * `application/json`: one object or an array of them. `application/x-ndjson`: one a line. `text/plain`: either, for
 * `navigator.sendBeacon`. Throws CollectError: unreadable, empty, or too many items.
 */
export function readItems(body: Buffer, mediaType: MediaType): Item[] {
  const text = toText(body)
  const items = mediaType === 'application/x-ndjson' ? readLines(text) : mediaType === 'application/json' ? readJson(text) : (tryJson(text) ?? readLines(text))
  if (items.length === 0) throw new CollectError('bad_request', 'the body holds no events')
  if (items.length > mostItems) throw new CollectError('request_too_large', `${items.length} events in one request; ${mostItems} are allowed`)
  return items
}

function toText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new CollectError('bad_request', 'the body is not valid UTF-8')
  }
}

function readJson(text: string): Item[] {
  if (text.trim() === '') throw new CollectError('bad_request', 'the body is empty; send an object, or an array of objects')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new CollectError('bad_request', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
  return itemsOf(parsed)
}

/** Undefined where the whole text is not one piece of JSON. */
function tryJson(text: string): Item[] | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  return itemsOf(parsed)
}

function itemsOf(parsed: unknown): Item[] {
  if (typeof parsed !== 'object' || parsed === null) throw new CollectError('bad_request', 'the body is neither an object nor an array of objects')
  return Array.isArray(parsed) ? parsed.map((value: unknown) => ({ value })) : [{ value: parsed }]
}

function readLines(text: string): Item[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  // Counted before they are parsed: what is refused anyway costs nothing.
  if (lines.length > mostItems) throw new CollectError('request_too_large', `${lines.length} events in one request; ${mostItems} are allowed`)
  const items = lines.map((line): Item => {
    try {
      return { value: JSON.parse(line) as unknown }
    } catch (error) {
      return { unreadable: (error as Error).message.slice(0, 200) }
    }
  })
  const first = items[0]
  if (items.length === 1 && first !== undefined && 'unreadable' in first) throw new CollectError('bad_request', `the body is not JSON: ${first.unreadable}`)
  return items
}
