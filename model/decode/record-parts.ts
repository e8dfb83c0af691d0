/** What a field can be read from beside the event itself: the parts of its Kafka record, and what stands around it in the JSON. */
import { isUtf8 } from 'node:buffer'
import type { Path } from '../definition.ts'
import { withLongNumbersQuoted } from './json.ts'
import { compileGetter } from './path.ts'
import { withoutMark } from './payload.ts'

/** The record as the log shows it. Asked only by definitions that name such a part. */
export interface RecordParts {
  key(): Buffer | null
  /** The first header of that name; null where there is none. */
  header(name: string): string | null
}

/** The record that is being decoded. */
export interface RecordContext {
  readonly parts: RecordParts | null
  readonly kafkaTsMs: number | null
  readonly topic: string
  /** Place of the row that is being decoded. */
  row: number
  /** The key as JSON, read at most once; its long numbers as texts where `asWritten` says so. */
  keyJson?: unknown
  readonly asWritten?: boolean
}

/** The same record once more, as it was written: see json.ts. */
export function asWritten({ parts, kafkaTsMs, topic, row }: RecordContext): RecordContext {
  return { parts, kafkaTsMs, topic, row, asWritten: true }
}

/** Where one event stands. */
export interface Row {
  /** The object in which its paths lead. */
  readonly item: unknown
  /** What held the rows; the item itself where it holds none. */
  readonly outer: unknown
  /** Of a pair. */
  readonly name?: string
  readonly value?: unknown
}

/** Bytes of a key or header that are not UTF-8, or hold a NUL as binary numbers and UTF-16 do. */
const NOT_TEXT = Symbol('bytes that are no text')

export const isNotText = (value: unknown): boolean => value === NOT_TEXT

/** The value by its paths: the first one that is there and not null; else undefined. */
export type Lookup = (row: Row, record: RecordContext) => unknown

export function compileLookup(from: readonly Path[], keyBytes: (key: Buffer) => Buffer): Lookup {
  if (from.every((path) => path[0] !== '$')) {
    const get = compileGetter(from)
    return ({ item }) => (isObject(item) ? get(item) : undefined)
  }
  const lookups = from.map((path) => compileOne(path, keyBytes))
  return (row, record) => {
    for (const look of lookups) {
      const value = look(row, record)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
}

function compileOne(path: Path, keyBytes: (key: Buffer) => Buffer): Lookup {
  const [root, part, ...rest] = path
  if (root !== '$') return inside(path, ({ item }) => item)
  switch (part) {
    case 'key':
      return rest.length === 0
        ? (_, { parts }) => textOfKey(parts?.key() ?? null, keyBytes)
        : inside(rest, (_, record) => keyJsonOf(record, keyBytes))
    case 'headers':
      return (_, { parts }) => {
        const text = parts?.header(rest[0]!) ?? null
        return text === null ? null : textOr(text)
      }
    case 'topic':
      return (_, { topic }) => topic
    case 'timestamp':
      return (_, { kafkaTsMs }) => kafkaTsMs
    case 'name':
      return ({ name }) => name
    case 'outer':
      return inside(rest, ({ outer }) => outer)
    default:
      return rest.length === 0 ? ({ value }) => value : inside(rest, ({ value }) => value)
  }
}

function inside(path: Path, holderOf: Lookup): Lookup {
  const get = compileGetter([path])
  return (row, record) => {
    const holder = holderOf(row, record)
    return isObject(holder) ? get(holder) : undefined
  }
}

function textOfKey(bytes: Buffer | null, keyBytes: (key: Buffer) => Buffer): unknown {
  return bytes === null ? null : textOr(withoutMark(keyBytes(bytes)).toString('utf8'))
}

/** An empty one names nothing: a whole fleet would fall into it. */
function textOr(text: string): unknown {
  return /[\ufffd\0]/.test(text) ? NOT_TEXT : outOfQuotes(text) || null
}

/** Kafka Connect and Spring write texts of keys and headers as JSON. */
function outOfQuotes(text: string): string {
  if (text.length < 2 || text[0] !== '"' || text.at(-1) !== '"') return text
  try {
    return JSON.parse(text) as string
  } catch {
    return text
  }
}

/** Undefined where the key is no JSON. */
function keyJsonOf(record: RecordContext, keyBytes: (key: Buffer) => Buffer): unknown {
  if ('keyJson' in record) return record.keyJson
  const bytes = record.parts?.key() ?? null
  let json: unknown
  try {
    const payload = bytes === null ? null : keyBytes(bytes)
    if (payload !== null && isUtf8(payload)) {
      const text = withoutMark(payload).toString('utf8')
      json = JSON.parse(record.asWritten === true ? withLongNumbersQuoted(text) : text) as unknown
    }
  } catch {
    json = undefined
  }
  record.keyJson = json
  return json
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
