/** What an event over HTTP need not say: its time, in some sources its key, and what tells it from a retry. */
import type { Path, Source } from '../../model/definition.ts'
import { compileGetter, isInEvent, putAt } from '../../model/decode/path.ts'

/** What came with an event beside its body. */
export interface RequestParts {
  header(name: string): string | undefined
  /** Place of the event in its request, and how many there are. */
  readonly at: number
  readonly of: number
}

export interface Filled {
  /** Of the record, where the definition reads it from there; null where nobody named it. */
  readonly key: string | null
  /** Of the record, beside `via`. */
  readonly headers: Readonly<Record<string, string>>
}

type Event = Record<string, unknown>

export function compileFill(
  source: Source,
): (event: Event, arrivalMs: number, request?: RequestParts) => Filled {
  const keyField = source.fields.find(({ name }) => name === source.key)
  const keyFrom = keyField?.from ?? [[source.key]]
  const timeFrom = [source.timePath, ...(source.timeElse ?? [])]
  const idFrom = source.id?.from ?? []
  const headerNames = namesOfHeaders([...timeFrom, ...idFrom, ...source.fields.flatMap(({ from }) => from)])
  const readsKey = [...timeFrom, ...idFrom, ...source.fields.flatMap(({ from }) => from)].some(isRecordKey)
  // The rows of a list have times and keys of their own.
  const hasInner = source.rows !== undefined && source.rows.in !== null
  const stamp = hasInner || timeFrom.some(isTimestamp) ? null : compilePut(timeFrom)
  // A reading without its device is none; a visitor without a name is one.
  const nameless = hasInner || source.entity !== null || readsKey ? null : compilePut(keyFrom)
  const identify = idFrom.length === 0 ? null : compilePut(idFrom)
  const sentId = compileGetter([['id'], ['messageId']])
  const sentKey = compileGetter([[source.key]])

  return (event, arrivalMs, request) => {
    const headers: Record<string, string> = {}
    for (const name of headerNames) {
      const text = headerOf(request, name)
      if (text !== undefined && text !== '') headers[name] = text
    }
    stamp?.(event, headers, () => new Date(arrivalMs).toISOString())
    nameless?.(event, headers, () => 'anonymous')
    identify?.(event, headers, () => textOf(sentId(event)) ?? idOfRequest(request))
    return { key: readsKey ? textOf(sentKey(event)) : null, headers }
  }
}

/** Puts a text at the first of these places that an event or its headers have, unless one of them holds a value. */
function compilePut(
  from: readonly Path[],
): (event: Event, headers: Record<string, string>, text: () => string | null) => void {
  const get = compileGetter(from.filter(isInEvent))
  const names = namesOfHeaders(from)
  const path = from.find((one) => isInEvent(one) || one[1] === 'headers')
  return (event, headers, makeText) => {
    if (path === undefined || (get(event) ?? null) !== null) return
    if (names.some((name) => headers[name] !== undefined)) return
    const text = makeText()
    if (text === null) return
    if (isInEvent(path)) putAt(event, path, text)
    else headers[path[2]!] = text
  }
}

const namesOfHeaders = (from: readonly Path[]): string[] => [
  ...new Set(from.flatMap(([root, part, name]) => (root === '$' && part === 'headers' ? [name!] : []))),
]
const isRecordKey = (path: Path): boolean => path[0] === '$' && path[1] === 'key'
const isTimestamp = (path: Path): boolean => path[0] === '$' && path[1] === 'timestamp'

/** HTTP knows no underscores in names of headers: `ce_time` may come as `ce-time`. */
function headerOf(request: RequestParts | undefined, name: string): string | undefined {
  return request?.header(name.toLowerCase()) ?? request?.header(name.toLowerCase().replaceAll('_', '-'))
}

/** One key of a request is that of all its events, in their order. */
function idOfRequest(request: RequestParts | undefined): string | null {
  const key = request?.header('idempotency-key')
  if (request === undefined || key === undefined || key === '') return null
  return request.of === 1 ? key : `${key}/${request.at}`
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
