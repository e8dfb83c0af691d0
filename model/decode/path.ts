/** Where a value stands inside an event: `geo.country`, read as names of own properties of objects inside each other. */
import type { Path } from '../definition.ts'

/** Names parted by dots; `\.` is a dot inside a name, `\\` a backslash, `\$` and `\[` the `$` and `[` of a name. At most 16 names. */
export const PATH_PATTERN = /^(?:[^.\\]|\\[.\\$[])+(?:\.(?:[^.\\]|\\[.\\$[])+){0,15}$/

/** First words that lead to no property of the event: {@link Path}. */
const PARTS: Readonly<Record<string, string>> = {
  $key: 'key',
  $headers: 'headers',
  $topic: 'topic',
  $timestamp: 'timestamp',
  $kafka: 'timestamp',
  $name: 'name',
  $value: 'value',
  $outer: 'outer',
}

/** Reads a text that fits {@link PATH_PATTERN}. */
export function parsePath(text: string): Path {
  const names = ['']
  for (const [piece] of text.matchAll(/\\[.\\$[]|[^\\]/gs)) {
    if (piece === '.') names.push('')
    else names[names.length - 1] += piece.at(-1)!
  }
  const [first = '', ...rest] = names
  return text.startsWith('$') && Object.hasOwn(PARTS, first) ? ['$', PARTS[first]!, ...rest] : names
}

export function pathText(path: Path): string {
  const text = (names: Path): string =>
    names.map((name) => name.replace(/[.\\]|\[(?=(?:\d+|\*)?\]$)/g, '\\$&')).join('.')
  if (path[0] === '$' && path.length > 1) return `$${text(path.slice(1))}`
  return Object.hasOwn(PARTS, path[0]!) ? `\\${text(path)}` : text(path)
}

/** Whether it leads to a property of the event itself. */
export const isInEvent = (path: Path): boolean => path[0] !== '$'

/** A value by its paths: the first one that is there and not null; else undefined. */
export type Getter = (event: Record<string, unknown>) => unknown

export function compileGetter(from: readonly Path[]): Getter {
  const readers = from.map(compilePath)
  const [only] = readers
  if (readers.length === 1 && only) return only
  return (event) => {
    for (const read of readers) {
      const value = read(event)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
}

function compilePath(path: Path): Getter {
  const [first, ...rest] = path as readonly [string, ...string[]]
  if (rest.length === 0) return (event) => (Object.hasOwn(event, first) ? event[first] : undefined)
  return (event) => {
    let value: unknown = Object.hasOwn(event, first) ? event[first] : undefined
    for (const name of rest) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
    return value
  }
}

/**
 * Puts a value where a path points, making the objects on the way that are absent or null. An object on the way is copied,
 * never changed; one that is no object stays, and the value is not put: whoever reads the event will say what is wrong with it.
 */
export function putAt(event: Record<string, unknown>, path: Path, value: unknown): void {
  let holder = event
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(holder, name) ? holder[name] : undefined
    if (inner !== undefined && inner !== null && !isObject(inner)) return
    holder = define(holder, name, { ...inner })
  }
  define(holder, path.at(-1)!, value)
}

/** Not by assignment: `__proto__` is a name like any other. */
function define<Value>(holder: Record<string, unknown>, name: string, value: Value): Value {
  Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true })
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
