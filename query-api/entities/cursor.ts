/** Where a page of entities ended, as an opaque bounded text that only fits the query it came from. */
import { badParam } from '../problem.ts'
import type { EntitiesQuery } from '../language/rows-query.ts'

/** The last row of a page, by what rows are sorted by. */
export interface PageEnd {
  readonly seenMs: number
  readonly entity: string
}

const VERSION = 1
const MAX_CURSOR_CHARS = 2000

/** Null where the name is too long to be paged by: then the page is the last. */
export function writeCursor(query: EntitiesQuery, { seenMs, entity }: PageEnd): string | null {
  const text = Buffer.from(JSON.stringify([VERSION, ...sameQuery(query), seenMs, entity])).toString(
    'base64url',
  )
  return text.length <= MAX_CURSOR_CHARS ? text : null
}

/** Null = from the beginning. Throws bad_request on a cursor that is none, or of another query. */
export function readCursor(query: EntitiesQuery): PageEnd | null {
  if (query.cursor === null) return null
  const parts = parse(query.cursor)
  const expected = [VERSION, ...sameQuery(query)]
  const [seenMs, entity] = parts.slice(expected.length)
  if (!Number.isSafeInteger(seenMs) || typeof entity !== 'string')
    throw badParam('cursor', 'not a cursor of this API; take it from "next" of the page before')
  if (expected.some((part, at) => part !== parts[at]))
    throw badParam(
      'cursor',
      'of another query: source, status, sort and order must be those of the page before',
    )
  return { seenMs: seenMs as number, entity }
}

function sameQuery({ source, status, sort, order }: EntitiesQuery): (string | null)[] {
  return [source, status, sort, order]
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parsed)) return parsed
  } catch {
    // told by the caller
  }
  return []
}
