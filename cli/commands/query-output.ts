/** An answer as text for a terminal, a spreadsheet or another program. Pure. */
import type { Provenance, SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import type { Form } from './query-config.ts'
import { textTable } from './text-table.ts'

type Answer = SeriesAnswer | TopAnswer
type Cell = string | number | null

export function shownAnswer(answer: Answer, form: Form, tz: string): string {
  const { heads, rows } = 'series' in answer ? pointRows(answer) : rankRows(answer)
  if (form === 'ndjson') {
    const lines = rows.map((row) => Object.fromEntries(heads.map((head, at) => [head, row[at] ?? null])))
    return [...lines, { meta: answer.meta }].map((line) => `${JSON.stringify(line)}\n`).join('')
  }
  if (form === 'csv') return [heads, ...rows.map((row) => row.map(spelled))].map(csvLine).join('')
  return 'series' in answer ? seriesTable(answer, tz) : rankTable(answer, tz)
}

/** One row a point, as `format=rows` of the API has them. */
function pointRows({ timesMs, series, previous, meta }: SeriesAnswer): { heads: string[]; rows: Cell[][] } {
  const fields = meta.by?.split('+') ?? []
  const rows = series.flatMap(({ labels, values }, n) =>
    timesMs.map((timeMs, at): Cell[] => [
      new Date(timeMs).toISOString(),
      ...fields.map((field) => labels[field] ?? null),
      values[at] ?? null,
      ...(previous === undefined ? [] : [previous.values[n]![at] ?? null]),
    ]),
  )
  return { heads: ['time', ...fields, meta.metric, ...(previous === undefined ? [] : ['previous'])], rows }
}

function rankRows({ rows, meta }: TopAnswer): { heads: string[]; rows: Cell[][] } {
  const fields = meta.by?.split('+') ?? []
  const isCompared = meta.previous !== null
  return {
    heads: [...fields, meta.metric, 'share', ...(isCompared ? ['previous', 'change'] : [])],
    rows: rows.map(({ labels, value, share, previous, change }) => [
      ...fields.map((field) => labels[field] ?? null),
      value,
      share,
      ...(isCompared ? [previous, change] : []),
    ]),
  }
}

/** Times down, series across: what a reader compares stands side by side. */
function seriesTable({ timesMs, series, others, meta }: SeriesAnswer, tz: string): string {
  const at = timeIn(tz, meta.intervalMs)
  const heads = series.map(({ labels }) => labelOf(labels, meta.metric))
  const rows = timesMs.map((timeMs, point) => [
    at(timeMs),
    ...series.map(({ values }) => figure(values[point] ?? null)),
    ...(others === undefined ? [] : [figure(others.values[point] ?? null)]),
  ])
  const rest = others === undefined ? [] : [`${others.count} others`]
  return `${textTable([[tz, ...heads, ...rest], ...rows], (column) => column > 0)}${footOf(meta, tz)}`
}

function rankTable({ rows, others, total, meta }: TopAnswer, tz: string): string {
  const fields = meta.by?.split('+') ?? []
  const isCompared = meta.previous !== null
  const line = (
    names: string[],
    one: { value: number | null; previous: number | null; change: number | null },
    share: number | null,
  ): string[] => [
    ...names,
    figure(one.value),
    percent(share),
    ...(isCompared ? [figure(one.previous), percent(one.change, true)] : []),
  ]
  const blank = fields.slice(1).map(() => '')
  const table = [
    [...fields, meta.metric, 'share', ...(isCompared ? ['previous', 'change'] : [])],
    ...rows.map((row) =>
      line(
        fields.map((field) => named(row.labels[field] ?? null)),
        row,
        row.share,
      ),
    ),
    ...(others === null ? [] : [line([`${others.count} others`, ...blank], others, others.share)]),
    line(['total', ...blank], total, null),
  ]
  return `${textTable(table, (column) => column >= fields.length)}${footOf(meta, tz)}`
}

/** What the answer knows of itself, in one line. */
export function footOf(
  { asOfMs, complete, behindRecords, partitions, from, reading }: Provenance,
  tz: string,
): string {
  if (reading !== undefined) return `\n${readingWords(reading)}\n`
  const known = asOfMs === null ? 'nothing is known yet' : `known up to ${timeIn(tz, 1000)(asOfMs)}`
  const behind = behindRecords === 0 ? '' : `, ${behindRecords} records wait`
  const part =
    complete === 1
      ? ''
      : `, only ${Math.floor(complete * partitions)} of ${partitions} partitions are counted`
  return `\n${known} from ${from}${behind}${part}\n`
}

/** Cut and not rounded: 100 % is said only of an answer. */
function readingWords({ records, total, newestFirst }: NonNullable<Provenance['reading']>): string {
  const percent = total === 0 ? 0 : Math.floor((records / total) * 100)
  return `NOT FINAL: of ${percent} % of the log, the ${newestFirst ? 'newest' : 'oldest'} records first; the answer follows`
}

function timeIn(tz: string, intervalMs: number): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: tz,
    dateStyle: 'short',
    ...(intervalMs < 86_400_000 && { timeStyle: 'medium' }),
  })
  return (ms) => format.format(ms)
}

const named = (label: string | null): string =>
  label === null ? '(none)' : label === '' ? '(empty)' : plain(label)
const labelOf = (labels: Record<string, string | null>, metric: string): string =>
  Object.values(labels).map(named).join(' / ') || metric
const figure = (value: number | null): string =>
  value === null ? '-' : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)))
const percent = (share: number | null, isSigned = false): string =>
  share === null ? '-' : `${isSigned && share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`
const spelled = (cell: Cell): string => (cell === null ? '' : String(cell))

/** Labels come from outside: no control character of theirs reaches the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\ufffd')

/** RFC 4180. A text that a spreadsheet would run as a formula gets a `'` before it. */
function csvLine(cells: readonly string[]): string {
  const safe = cells.map((cell) =>
    /^[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell,
  )
  return `${safe.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}
