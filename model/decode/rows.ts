/** The rows of a record: the events that it holds, each with where it stands. */
import type { Path, Rows, Source } from '../definition.ts'
import { splitValues } from './json.ts'
import { compileGetter, pathText } from './path.ts'
import type { Row } from './record-parts.ts'

export interface RowFault {
  readonly reason: 'not_json' | 'not_an_object' | 'no_events'
  readonly detail: string
  /** What stands there; of a line that is no JSON its text. */
  readonly item?: unknown
  readonly text?: string
}

export type SplitRow = Row | RowFault

/** A whole value that cannot be told apart into rows. */
export interface NotJson {
  readonly values: number
  readonly error: string
}

export type Splitter = (text: string) => readonly SplitRow[] | NotJson

export const isFault = (row: SplitRow): row is RowFault => 'reason' in row

const whole: Rows = { lines: false, in: null, pairs: null, verdict: 'all' }

export function compileSplitter(source: Source): Splitter {
  const { lines, in: inPath, pairs } = source.rows ?? whole
  const roots = lines ? valuesOf : oneOf
  const list = inPath === null ? null : compileInside(inPath)
  const named = pairs === null ? null : compilePairs(pairs, namesRead(source))
  return (text) => {
    const found = roots(text)
    if ('error' in found) return found
    const rows: SplitRow[] = []
    for (const root of found)
      for (const item of Array.isArray(root) ? (root as unknown[]) : [root]) {
        if (item instanceof BadLine) {
          rows.push({ reason: 'not_json', detail: item.message, text: item.text })
          continue
        }
        const inner = list === null ? [{ item, outer: item }] : list(item)
        for (const row of inner)
          if (named === null || isFault(row)) rows.push(row)
          else for (const pair of named(row)) rows.push(pair)
      }
    return rows
  }
}

function oneOf(text: string): readonly unknown[] | NotJson {
  try {
    return [JSON.parse(text) as unknown]
  } catch (error) {
    return { values: splitValues(text)?.length ?? 0, error: (error as Error).message.slice(0, 200) }
  }
}

class BadLine {
  readonly text: string
  readonly message: string
  constructor(text: string, message: string) {
    this.text = text
    this.message = message
  }
}

/** One value, or several behind each other; else one a line, of which some may be none. */
function valuesOf(text: string): readonly unknown[] {
  const one = oneOf(text)
  if (!('error' in one)) return one
  const values = splitValues(text)
  if (values !== null) return values.map((value) => JSON.parse(value) as unknown)
  return text.split('\n').flatMap((line): unknown[] => {
    if (!/[^ \t\r]/.test(line)) return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (error) {
      return [new BadLine(line, `the line is not JSON: ${(error as Error).message.slice(0, 200)}`)]
    }
  })
}

/** The list that stands at a path of an object, or the one object. */
function compileInside(path: Path): (item: unknown) => readonly SplitRow[] {
  const get = compileGetter([path])
  return (outer) => {
    if (!isObject(outer)) return [notAnObject('what holds the rows', outer)]
    const held = get(outer)
    if (Array.isArray(held)) return (held as unknown[]).map((item) => ({ item, outer }))
    if (isObject(held)) return [{ item: held, outer }]
    return held === undefined || held === null
      ? [{ reason: 'no_events', detail: `there is no ${pathText(path)}, where the rows stand`, item: outer }]
      : [notAnObject(pathText(path), outer)]
  }
}

/** A row for each property of the object at a path; of the object itself, properties that the definition reads by name are none. */
function compilePairs(path: Path, read: ReadonlySet<string>): (row: Row) => readonly SplitRow[] {
  const get = path.length === 0 ? null : compileGetter([path])
  return ({ item, outer }) => {
    if (!isObject(item)) return [notAnObject('an event', item)]
    const held = get === null ? item : get(item)
    if (held === undefined || held === null)
      return [{ reason: 'no_events', detail: `there is no ${pathText(path)}, where the pairs stand`, item }]
    if (!isObject(held)) return [notAnObject(pathText(path), item)]
    return Object.entries(held).flatMap(([name, value]) =>
      get === null && read.has(name) ? [] : [{ item, outer, name, value }],
    )
  }
}

/** First names of all paths into the event. */
function namesRead({ timePath, timeElse = [], fields, id }: Source): Set<string> {
  const paths = [timePath, ...timeElse, ...fields.flatMap(({ from }) => from), ...(id?.from ?? [])]
  return new Set(paths.flatMap((path) => (path[0] === '$' ? [] : [path[0]!])))
}

const notAnObject = (what: string, item: unknown): RowFault => ({
  reason: 'not_an_object',
  detail: `${what === 'an event' ? 'an event is a JSON object' : `${what} is no JSON object`}${insideText(item)}`,
  item,
})

/** Encoded twice, as by a serializer that was given JSON already. */
export const insideText = (item: unknown): string =>
  typeof item === 'string' && /^\s*[[{]/.test(item)
    ? '; this is a JSON text that holds one: encode it once'
    : ''

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
