/** The same answer for tools that want a table: one row a point, and comma-separated values (RFC 4180). In pieces, a few rows each. */
import { MAX_TEXT_BYTES } from '../engine/plan/budget.ts'
import { ProblemError } from '../problem.ts'
import type { SeriesAnswer } from '../wire.ts'
import { jsonPieces } from './slices.ts'
import type { Table } from './table.ts'

const ROWS_A_PIECE = 200
/** The longest text of a double. */
const NUMBER_BYTES = 24

/** A RowsAnswer as JSON. Throws answer_too_large. */
export function rowsPieces(answer: SeriesAnswer): Iterable<string> {
  const rowOf = rowsOf(answer)
  return (function* () {
    yield '{"rows":['
    yield* pieces(answer, (n, at) => `${n + at > 0 ? ',' : ''}${rowOf(n, at)}`)
    yield `],"meta":${JSON.stringify(answer.meta)}}`
  })()
}

/** The same rows, one a line; the last line is `{"meta": ...}`, so that a text that was cut off shows. Throws answer_too_large. */
export function linesPieces(answer: SeriesAnswer): Iterable<string> {
  const rowOf = rowsOf(answer)
  return (function* () {
    yield* pieces(answer, (n, at) => `${rowOf(n, at)}\n`)
    yield `{"meta":${JSON.stringify(answer.meta)}}\n`
  })()
}

/** Rows of an answer, one a line, and all else of it as the last. */
export function* rowLines({ rows, ...rest }: { readonly rows: readonly unknown[] }): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`
  yield* jsonPieces(rest)
  yield '\n'
}

function rowsOf(answer: SeriesAnswer): (n: number, at: number) => string {
  const { timesMs, series, previous, meta } = answer
  const own = ['timeMs', meta.metric, ...(previous === undefined ? [] : ['previous'])]
  // A label of such a name gives way to what the row is about.
  const heads = series.map(({ labels }) => {
    const named = Object.entries(labels)
      .filter(([name]) => !own.includes(name))
      .map(([name, label]) => `${JSON.stringify(name)}:${JSON.stringify(label)},`)
    return `{${named.join('')}"timeMs":`
  })
  const value = `,${JSON.stringify(meta.metric)}:`
  checkBytes(answer, heads, value.length + 13 + (previous === undefined ? 2 : 14 + NUMBER_BYTES))
  return (n, at) =>
    `${heads[n]}${timesMs[at]}${value}${JSON.stringify(series[n]!.values[at])}${previous === undefined ? '' : `,"previous":${JSON.stringify(previous.values[n]![at])}`}}`
}

/**
 * Empty = no data. A label that is absent is empty too; one that is an empty text is `""`. What a spreadsheet would run as a formula gets a `'` before it,
 * which shows it as text, unless `raw`. Throws answer_too_large.
 */
export function csvPieces(answer: SeriesAnswer, raw = false): Iterable<string> {
  const { timesMs, series, previous, meta } = answer
  const fields = meta.by?.split('+') ?? []
  const heads = series.map(({ labels }) =>
    fields.map((field) => `${label(labels[field] ?? null, raw)},`).join(''),
  )
  const times = timesMs.map((ms) => `${new Date(ms).toISOString()},`)
  checkBytes(answer, heads, 28 + (previous === undefined ? 0 : 1 + NUMBER_BYTES))
  return (function* () {
    yield `${['time', ...fields, meta.metric, ...(previous === undefined ? [] : ['previous'])].map((head) => label(head, false)).join(',')}\r\n`
    yield* pieces(
      answer,
      (n, at) =>
        `${times[at]}${heads[n]}${series[n]!.values[at] ?? ''}${previous === undefined ? '' : `,${previous.values[n]![at] ?? ''}`}\r\n`,
    )
  })()
}

/** Of rankings and the like, as of series. Throws answer_too_large. */
export function tablePieces({ heads, rows, bytes }: Table, raw = false): Iterable<string> {
  if (bytes > MAX_TEXT_BYTES) {
    const detail = `the windows of all names may take ${Math.ceil(bytes / 2 ** 20)} MB of text; at most ${MAX_TEXT_BYTES / 2 ** 20} MB are answered. Ask for a smaller limit, a coarser interval, a shorter range, or format=json`
    throw new ProblemError('answer_too_large', detail, [{ pointer: '/format', detail }])
  }
  return (function* () {
    yield `${heads.map((head) => label(head, false)).join(',')}\r\n`
    for (const row of rows)
      yield `${row.map((cell) => (typeof cell === 'number' ? cell : label(cell, raw))).join(',')}\r\n`
  })()
}

function* pieces(
  { timesMs, series }: SeriesAnswer,
  rowOf: (n: number, at: number) => string,
): Generator<string> {
  for (let n = 0; n < series.length; n++)
    for (let from = 0; from < timesMs.length; from += ROWS_A_PIECE) {
      let piece = ''
      for (let at = from; at < Math.min(from + ROWS_A_PIECE, timesMs.length); at++) piece += rowOf(n, at)
      yield piece
    }
}

/** The most it may come to, before any of it is made. */
function checkBytes({ timesMs }: SeriesAnswer, heads: readonly string[], bytesARow: number): void {
  const bytes = heads.reduce(
    (sum, head) => sum + (Buffer.byteLength(head) + bytesARow + NUMBER_BYTES) * timesMs.length,
    0,
  )
  if (bytes <= MAX_TEXT_BYTES) return
  const detail = `${heads.length} series x ${timesMs.length} rows may take ${Math.ceil(bytes / 2 ** 20)} MB of text; at most ${MAX_TEXT_BYTES / 2 ** 20} MB are answered. Would fit: limit=${Math.max(1, Math.floor((heads.length * MAX_TEXT_BYTES) / bytes))}, a coarser interval, a shorter range, or format=columns`
  throw new ProblemError('answer_too_large', detail, [{ pointer: '/format', detail }])
}

/** What spreadsheets run, in its wide and small forms too: some take one for the other. */
const FORMULA = '=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b'
/** Blanks, marks that cannot be seen, and quotes before it are dropped by one reader or another. */
const DROPPED = String.raw`[\s\p{Cc}\p{Cf}"]*`
const AT_FRONT = new RegExp(String.raw`^(?=[\t\r\n]|${DROPPED}[${FORMULA}])`, 'u')
/** Where another reader ends a cell: of a semicolon or a tab as in half of Europe, of lines that it takes by themselves. */
const BEHIND_A_BREAK = new RegExp(
  String.raw`(?<=[;\t\n\v\f\r\u0085\u2028\u2029])(?=${DROPPED}[${FORMULA}])`,
  'gu',
)
const MAY_RUN = new RegExp(`[${FORMULA}\t\r\n]`, 'u')

/** As a spreadsheet shows it: what would be a formula, wherever it may part the text, is made text. Numbers of ours are never asked. */
function harmless(text: string): string {
  return MAY_RUN.test(text) ? text.replace(BEHIND_A_BREAK, "'").replace(AT_FRONT, "'") : text
}

function label(value: string | null, raw: boolean): string {
  if (value === null) return ''
  return value === '' ? '""' : quoted(raw ? value : harmless(value))
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
