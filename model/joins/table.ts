/** A table of texts from a file: CSV with a first line of names, or JSON, a list of flat objects. Each key stands in one row. */
import { isUtf8 } from 'node:buffer'
import { createCsvParser, CsvError } from '../csv.ts'
import { nameOfNumber } from '../numbers/decimal-text.ts'

export interface Table {
  /** Without the key. */
  readonly columns: readonly string[]
  /** By key; null is absent. */
  readonly rows: ReadonlyMap<string, readonly (string | null)[]>
}

export const TABLE_BYTES_MAX = 4 * 1024 * 1024
export const MOST_ROWS = 20_000
const MOST_COLUMNS = 100

/** One row as it stands in the file, by names; null and what is not there are absent. */
interface Read {
  readonly line: number
  readonly values: ReadonlyMap<string, string | null>
}

/** What was wrong with the text, with its line. */
class TableError extends Error {}

/** The sentence that says what is wrong with it, where something is. */
export function readTable(bytes: Uint8Array, file: string, key: string): Table | string {
  if (bytes.length > TABLE_BYTES_MAX) return `it is larger than ${TABLE_BYTES_MAX} bytes`
  if (!isUtf8(bytes)) return 'it is not text in UTF-8; save it as UTF-8'
  const text = new TextDecoder().decode(bytes)
  try {
    const { names, rows } = /\.json$/i.test(file) ? fromJson(text) : fromCsv(text, file)
    return keyed(names, rows, key)
  } catch (error) {
    if (error instanceof TableError) return error.message
    if (error instanceof CsvError) return `line ${error.line}: ${error.message}`
    throw error
  }
}

function keyed(names: readonly string[], read: readonly Read[], key: string): Table {
  if (!names.includes(key))
    throw new TableError(`it has no column ${key}; it has ${names.join(', ') || 'none'}`)
  if (read.length > MOST_ROWS)
    throw new TableError(`it has ${read.length} rows; at most ${MOST_ROWS} are allowed`)
  const columns = names.filter((name) => name !== key)
  const lines = new Map<string, number>()
  const rows = new Map<string, readonly (string | null)[]>()
  for (const { line, values } of read) {
    const found = values.get(key) ?? null
    if (found === null) throw new TableError(`line ${line}: the row has no ${key}`)
    const before = lines.get(found)
    if (before !== undefined)
      throw new TableError(
        `line ${line}: ${key} ${JSON.stringify(found).slice(0, 80)} stands in line ${before} already; each key stands once`,
      )
    lines.set(found, line)
    rows.set(
      found,
      columns.map((column) => values.get(column) ?? null),
    )
  }
  return { columns, rows }
}

/** Parted by tabs in a .tsv; by semicolons where the first line has some and no comma. An empty cell is absent. */
function fromCsv(text: string, file: string): { names: readonly string[]; rows: readonly Read[] } {
  const [first = ''] = text.split(/\r?\n|\r/, 1)
  const isTabs = /\.tsv$/i.test(file)
  const separator = isTabs ? '\t' : first.includes(';') && !first.includes(',') ? ';' : ','
  const parser = createCsvParser({ separator, quotes: !isTabs })
  const [head, ...lines] = [...parser.push(text), ...parser.end()]
  if (head === undefined) throw new TableError('it is empty; its first line holds the names of the columns')
  const names = head.cells.map((name) => name.trim())
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice !== undefined) throw new TableError(`line ${head.line}: the column ${twice} is there twice`)
  if (names.length > MOST_COLUMNS)
    throw new TableError(`it has ${names.length} columns; at most ${MOST_COLUMNS} are allowed`)
  const rows = lines.map(({ line, cells }): Read => {
    if (cells.length !== names.length)
      throw new TableError(`line ${line}: ${cells.length} cells; the first line has ${names.length}`)
    return { line, values: new Map(names.map((name, at) => [name, cells[at] === '' ? null : cells[at]!])) }
  })
  return { names, rows }
}

function fromJson(text: string): { names: readonly string[]; rows: readonly Read[] } {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    throw new TableError(`it is not JSON: ${(error as Error).message}`)
  }
  if (!Array.isArray(list))
    throw new TableError('it is no list; it takes [{ "KEY": ..., "COLUMN": ... }, ...]')
  const lines = linesOfObjects(text)
  const names = new Set<string>()
  const rows = list.map((item: unknown, at): Read => {
    const line = lines[at] ?? 1
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw new TableError(`row ${at + 1}: it is no object`)
    const values = Object.entries(item).map(([name, value]) => {
      names.add(name)
      return [name, textOf(value, name, line)] as const
    })
    return { line, values: new Map(values) }
  })
  if (names.size > MOST_COLUMNS)
    throw new TableError(`it has ${names.size} columns; at most ${MOST_COLUMNS} are allowed`)
  return { names: [...names], rows }
}

function textOf(value: unknown, name: string, line: number): string | null {
  if (value === null || value === '') return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return nameOfNumber(value, undefined)
  throw new TableError(`line ${line}: ${name} is no text, number or flag`)
}

/** On which line each object of the outer list begins, from 1. */
function linesOfObjects(text: string): number[] {
  const lines: number[] = []
  let [line, depth] = [1, 0]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}\n]/gs)) {
    if (token === '\n') line++
    else if (token === '{' || token === '[') {
      if (token === '{' && depth === 1) lines.push(line)
      depth++
    } else if (token === '}' || token === ']') depth--
  }
  return lines
}
