/**
 * Bodies of requests, JSON and forms: UTF-8, not compressed, and each key once, as a query string is read too. Of a key that is there twice
 * `JSON.parse` silently takes the last, and of bytes that are no letters it makes others.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ProblemError } from '../problem.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g
/** A key of this name would be the prototype of what is copied out of the object. */
const NO_KEY = '__proto__'

/** Throws unsupported_media_type, bad_request. */
export function textOf(body: Uint8Array, { 'content-encoding': encoding }: IncomingHttpHeaders): string {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new ProblemError(
      'unsupported_media_type',
      `content-encoding ${encoding.slice(0, 40)} is not taken here: send the body as it is`,
    )
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new ProblemError('bad_request', 'the body is not UTF-8')
  }
}

/** Throws bad_request. */
export function jsonOf(text: string): unknown {
  if (text.trim() === '') throw new ProblemError('bad_request', 'the body is empty: JSON is expected')
  const value = parsed(text)
  const fault = faultOfKeys(text)
  if (fault !== null)
    throw new ProblemError('bad_request', `the body is not taken: ${fault}`, [{ pointer: '', detail: fault }])
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProblemError('bad_request', 'the body is not valid JSON')
  }
}

/** Of valid JSON; null where nothing is wrong. */
function faultOfKeys(text: string): string | null {
  /** Of each open object its keys, of each open array null. */
  const open: (Set<string> | null)[] = []
  let isKeyNext = false
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    const keys = open.at(-1)
    if (token[0] === '"' && isKeyNext) {
      const key = JSON.parse(token) as string
      if (key === NO_KEY) return `a key may not be ${NO_KEY}`
      if (keys!.has(key)) return `the key ${key.slice(0, 60)} is there more than once`
      keys!.add(key)
    }
    isKeyNext = (token === '{' || token === ',') && keys !== null && keys !== undefined
  }
  return null
}
