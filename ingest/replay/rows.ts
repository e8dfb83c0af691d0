import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { createCsvParser, CsvError, type CsvRow } from '../../model/csv.ts'
import { ReplayError } from './errors.ts'
import type { Row } from './mapping.ts'

export type FileFormat = 'csv' | 'tsv' | 'ndjson'

export interface RowsOptions {
  /** Default: by the file's name; what is neither tsv, ndjson, jsonl nor json is csv. */
  format?: FileFormat
  /** Names of the columns where the file has no header row. */
  columns?: readonly string[]
  /** Columns that a table must have; NDJSON may leave any out. */
  wanted?: readonly string[]
  /** Called with the bytes of the file read since the last call. */
  onBytes?: (bytes: number) => void
}

export interface NumberedRow {
  /** From 1. */
  line: number
  row: Row
}

const LONGEST_LINE_CHARS = 4_194_304

export function formatOf(path: string): FileFormat {
  const name = path.replace(/\.gz$/i, '')
  if (/\.(ndjson|jsonl|json)$/i.test(name)) return 'ndjson'
  return /\.(tsv|tab)$/i.test(name) ? 'tsv' : 'csv'
}

/** Rows of a CSV, TSV or NDJSON file, plain or gzip, in constant memory. Throws ReplayError with file and line. */
export async function* readRows(path: string, options: RowsOptions = {}): AsyncGenerator<NumberedRow> {
  const format = options.format ?? formatOf(path)
  let line = 0
  try {
    const texts = readText(path, options.onBytes)
    const rows = format === 'ndjson' ? jsonRows(path, texts) : tableRows(path, texts, format, options)
    for await (const numbered of rows) {
      line = numbered.line
      yield numbered
    }
  } catch (error) {
    if (error instanceof ReplayError) throw error
    if (error instanceof CsvError) throw new ReplayError(error.message, path, error.line)
    throw new ReplayError(`${explain(error)}${line > 0 ? `, after line ${line}` : ''}`, path)
  }
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'this is a folder; name its files'
  if (code === 'EACCES') return 'this file may not be read'
  if (code === 'Z_BUF_ERROR') return 'the gzip data ends too early'
  if (code?.startsWith('Z_') === true) return `the gzip data is damaged (${message})`
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the text is not UTF-8'
  return message
}

/** gzip is known by its first two bytes, not by the file's name. */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

async function* readText(
  path: string,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<string> {
  const zipped = await isGzip(path)
  const bytes = createReadStream(path, { highWaterMark: 262_144 })
  // The callback is for pipeline only: its error reaches us through the last stream.
  const stream = zipped ? pipeline(bytes, createGunzip(), () => {}) : bytes
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let seen = 0
  for await (const piece of stream as AsyncIterable<Buffer>) {
    onBytes?.(bytes.bytesRead - seen)
    seen = bytes.bytesRead
    yield decoder.decode(piece, { stream: true })
  }
  yield decoder.decode()
}

async function* tableRows(
  path: string,
  texts: AsyncIterable<string>,
  format: 'csv' | 'tsv',
  { columns, wanted = [] }: RowsOptions,
): AsyncGenerator<NumberedRow> {
  const parser = createCsvParser(
    format === 'csv' ? { separator: ',', quotes: true } : { separator: '\t', quotes: false },
  )
  let names = columns
  if (names) checkColumns(path, undefined, names, wanted)
  function* named(rows: CsvRow[]): Generator<NumberedRow> {
    for (const { line, cells } of rows) {
      if (names === undefined) names = header(path, line, cells, wanted)
      else if (cells.length !== names.length)
        throw new ReplayError(
          `${cells.length} columns where ${names.length} are named (${names.join(', ').slice(0, 200)})`,
          path,
          line,
        )
      else yield { line, row: Object.fromEntries(names.map((name, at) => [name, cells[at]])) }
    }
  }
  for await (const text of texts) yield* named(parser.push(text))
  yield* named(parser.end())
  if (names === undefined) throw new ReplayError('the file is empty; not even a header row', path)
}

function header(path: string, line: number, cells: string[], wanted: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new ReplayError(`the header names the column "${twice}" twice`, path, line)
  checkColumns(path, line, names, wanted)
  return names
}

function checkColumns(
  path: string,
  line: number | undefined,
  names: readonly string[],
  wanted: readonly string[],
): void {
  const missing = wanted.find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new ReplayError(
      `there is no column "${missing}"; there are ${names.join(', ').slice(0, 200)}`,
      path,
      line,
    )
}

async function* jsonRows(path: string, texts: AsyncIterable<string>): AsyncGenerator<NumberedRow> {
  let rest = ''
  let line = 0
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const one of lines) yield* jsonRow(path, ++line, one)
    if (rest.length > LONGEST_LINE_CHARS)
      throw new ReplayError(`the line is longer than ${LONGEST_LINE_CHARS} characters`, path, line + 1)
  }
  yield* jsonRow(path, ++line, rest)
}

function* jsonRow(path: string, line: number, text: string): Generator<NumberedRow> {
  if (text.trim() === '') return
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch (error) {
    throw new ReplayError(`not JSON: ${(error as Error).message.slice(0, 200)}`, path, line)
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new ReplayError('every line is one JSON object', path, line)
  yield { line, row: row as Row }
}
