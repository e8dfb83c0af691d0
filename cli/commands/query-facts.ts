/** Sessions and funnels as tables for a terminal. Pure. */
import { isFunnel, SESSION_FIGURES, tableOf, type Cell } from '../../query-api/http/table.ts'
import type { FunnelAnswer, SessionsAnswer } from '../../query-api/wire.ts'
import { figure, footOf, named, percent, timeIn } from './query-words.ts'
import { textTable } from './text-table.ts'

type Facts = SessionsAnswer | FunnelAnswer

export function factsTable(answer: Facts, tz: string): string {
  const { meta } = answer
  const fields = meta.by?.split('+') ?? []
  const table =
    answer.windows !== undefined
      ? windowRows(answer, answer.windows.intervalMs, tz)
      : isFunnel(answer)
        ? funnelRows(answer, fields)
        : sessionRows(answer, fields)
  const texts = fields.length + (answer.windows === undefined ? 0 : 1) + (isFunnel(answer) ? 1 : 0)
  return `${textTable(table, (column) => column >= texts)}${footOf(meta, tz)}${notes(answer)}`
}

/** As of the CSV: a row a window of a name. */
function windowRows(answer: Facts, intervalMs: number, tz: string): string[][] {
  const { heads, rows } = tableOf(answer)
  const at = timeIn(tz, intervalMs)
  const firstFigure = heads.length - (isFunnel(answer) ? 1 : SESSION_FIGURES.length)
  const shown = (cell: Cell, column: number): string => {
    if (column === 0) return at(Date.parse(String(cell)))
    return column < firstFigure ? named(cell as string | null) : figure(cell as number | null)
  }
  return [[tz, ...heads.slice(1)], ...rows.map((row) => row.map(shown))]
}

function sessionRows({ rows, others, total, meta }: SessionsAnswer, fields: readonly string[]): string[][] {
  const isCompared = meta.previous !== null
  const line = (names: string[], one: SessionsAnswer['total'], share: number | null): string[] => [
    ...names,
    figure(one.sessions),
    percent(share),
    percent(one.bounceRate),
    figure(one.pagesASession),
    figure(one.averageMs === null ? null : Math.round(one.averageMs) / 1000),
    ...(isCompared
      ? [figure(one.previous?.sessions ?? null), change(one.sessions, one.previous?.sessions)]
      : []),
  ]
  const heads = ['sessions', 'share', 'bounced', 'pages', 'seconds']
  return [
    [...fields, ...heads, ...(isCompared ? ['previous', 'change'] : [])],
    ...(fields.length === 0 ? [] : rows).map((row) => line(namesOf(fields, row.labels), row, row.share)),
    ...(others === null ? [] : [line(alone(`${others.count} others`, fields), others, others.share)]),
    line(fields.length === 0 ? [] : alone('total', fields), total, null),
  ]
}

function funnelRows({ rows, others, total, meta }: FunnelAnswer, fields: readonly string[]): string[][] {
  const isCompared = meta.previous !== null
  const lines = (names: string[], { steps, previous }: FunnelAnswer['total']): string[][] =>
    steps.map(({ step, count, ofFirst, ofBefore }, at) => [
      ...names,
      step,
      figure(count),
      percent(ofFirst),
      percent(ofBefore),
      ...(isCompared ? [figure(previous?.[at] ?? null), change(count, previous?.[at])] : []),
    ])
  const heads = ['step', 'count', 'of first', 'of before']
  return [
    [...fields, ...heads, ...(isCompared ? ['previous', 'change'] : [])],
    ...(fields.length === 0 ? [] : rows).flatMap((row) => lines(namesOf(fields, row.labels), row)),
    ...(others === null ? [] : lines(alone(`${others.count} others`, fields), others)),
    ...lines(fields.length === 0 ? [] : alone('total', fields), total),
  ]
}

const namesOf = (fields: readonly string[], labels: Readonly<Record<string, string | null>>): string[] =>
  fields.map((field) => named(labels[field] ?? null))
const alone = (name: string, fields: readonly string[]): string[] => [name, ...fields.slice(1).map(() => '')]

const change = (now: number | null, before: number | null | undefined): string =>
  percent(now === null || !before ? null : (now - before) / before, true)

/** What is in no number of the table. */
function notes({ meta }: Facts): string {
  const { late, over, mispartitioned } = meta
  return [
    ...(late !== null && late > 0 ? [`${late} events came too late`] : []),
    ...(over !== null && over > 0 ? [`${over} events found no place in the budget`] : []),
    ...(mispartitioned === undefined
      ? []
      : ['events of one key are in several partitions: they are counted in parts']),
  ]
    .map((note) => `${note}\n`)
    .join('')
}
