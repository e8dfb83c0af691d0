/** An answer as text for a terminal, a spreadsheet or another program. Pure. */
import { csvPieces, tablePieces } from '../../../query-api/http/format.ts'
import { isTop, tableOf, type RankedAnswer, type Table } from '../../../query-api/http/table.ts'
import type { SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import type { Form } from './config.ts'
import { factsTable } from './facts.ts'
import { figure, footOf, named, percent, timeIn } from './words.ts'
import { textTable } from '../text-table.ts'

export type Answer = SeriesAnswer | RankedAnswer

export function shownAnswer(answer: Answer, form: Form, tz: string): string {
  const isSeries = 'series' in answer
  if (form === 'csv') return [...(isSeries ? csvPieces(answer) : tablePieces(tableOf(answer)))].join('')
  if (form === 'ndjson') return lines(isSeries ? pointRows(answer) : tableOf(answer), answer)
  if (isSeries) return seriesTable(answer, tz)
  return isTop(answer) ? rankTable(answer, tz) : factsTable(answer, tz)
}

const lines = ({ heads, rows }: Omit<Table, 'bytes'>, { meta }: Answer): string =>
  [
    ...Array.from(rows, (row) => Object.fromEntries(heads.map((head, at) => [head, row[at] ?? null]))),
    { meta },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')

/** One row a point, as `format=rows` of the API has them. */
function pointRows({ timesMs, series, previous, meta }: SeriesAnswer): Omit<Table, 'bytes'> {
  const fields = meta.by?.split('+') ?? []
  const rows = series.flatMap(({ labels, values }, n) =>
    timesMs.map((timeMs, at) => [
      new Date(timeMs).toISOString(),
      ...fields.map((field) => labels[field] ?? null),
      values[at] ?? null,
      ...(previous === undefined ? [] : [previous.values[n]![at] ?? null]),
    ]),
  )
  return { heads: ['time', ...fields, meta.metric, ...(previous === undefined ? [] : ['previous'])], rows }
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

const labelOf = (labels: Record<string, string | null>, metric: string): string =>
  Object.values(labels).map(named).join(' / ') || metric
