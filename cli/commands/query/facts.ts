/** Sessions, funnels, cohorts and journeys as tables for a terminal. Pure. */
import {
  isFunnel,
  isJourneys,
  isRetention,
  SESSION_FIGURES,
  tableOf,
  type Cell,
} from '../../../query-api/http/table.ts'
import type {
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  SessionsAnswer,
} from '../../../query-api/wire.ts'
import { figure, footOf, named, percent, timeIn } from './words.ts'
import { textTable } from '../text-table.ts'

type Windowed = SessionsAnswer | FunnelAnswer | JourneysAnswer
type Facts = Windowed | RetentionAnswer

export function factsTable(answer: Facts, tz: string): string {
  const { meta } = answer
  if (isRetention(answer)) return cohortsTable(answer, tz)
  const fields = fieldsOf(answer)
  const table =
    answer.windows !== undefined
      ? windowRows(answer, answer.windows.intervalMs, tz)
      : isJourneys(answer)
        ? journeyRows(answer, fields)
        : isFunnel(answer)
          ? funnelRows(answer, fields)
          : sessionRows(answer, fields)
  const texts = fields.length + (answer.windows === undefined ? 0 : 1) + (isFunnel(answer) ? 1 : 0)
  return `${textTable(table, (column) => column >= texts)}${footOf(meta, tz)}${notes(answer)}`
}

function fieldsOf(answer: Windowed): string[] {
  if (isJourneys(answer)) return ['page', 'next', 'then'].slice(0, 1 + answer.meta.steps)
  return answer.meta.by?.split('+') ?? []
}

/** As of the CSV: a row a window of a name. */
function windowRows(answer: Windowed, intervalMs: number, tz: string): string[][] {
  const { heads, rows } = tableOf(answer)
  const at = timeIn(tz, intervalMs)
  const firstFigure = heads.length - (isFunnel(answer) || isJourneys(answer) ? 1 : SESSION_FIGURES.length)
  const shown = (cell: Cell, column: number): string => {
    if (column === 0) return at(Date.parse(String(cell)))
    return column < firstFigure ? named(cell as string | null) : figure(cell as number | null)
  }
  return [[tz, ...heads.slice(1)], ...Array.from(rows, (row) => row.map(shown))]
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

function journeyRows({ rows, others, total, meta }: JourneysAnswer, fields: readonly string[]): string[][] {
  const isCompared = meta.previous !== null
  const line = (
    names: string[],
    one: JourneysAnswer['total'],
    shares: readonly [number | null, number | null],
  ): string[] => [
    ...names,
    figure(one.journeys),
    ...shares.map((share) => percent(share)),
    ...(isCompared ? [figure(one.previous ?? null), change(one.journeys, one.previous)] : []),
  ]
  return [
    [...fields, 'journeys', 'of page', 'of next', ...(isCompared ? ['previous', 'change'] : [])],
    ...rows.map((row) => line(namesOf(fields, row.labels), row, [row.ofPage, row.ofNext])),
    ...(others === null ? [] : [line(alone(`${others.count} others`, fields), others, [null, null])]),
    line(alone('total', fields), total, [null, null]),
  ]
}

/** Shares of each cohort that came back, period by period; what is not over yet may still grow, and has a plus. */
function cohortsTable({ rows, total, meta }: RetentionAnswer, tz: string): string {
  const fields = meta.by?.split('+') ?? []
  const periods = Array.from({ length: meta.periods }, (_, at) => `${meta.unit} ${at + 1}`)
  const table = [
    [...fields, 'cohort', 'members', ...periods],
    ...rows.map(({ labels, cohort, size, share, finished }) => [
      ...namesOf(fields, labels),
      cohort,
      figure(size),
      ...periods.map((_, at) => {
        const part = share[at] ?? null
        return `${percent(part)}${part !== null && at >= finished - 1 ? '+' : ''}`
      }),
    ]),
    [
      'total',
      ...fields.map(() => ''),
      figure(total.size),
      ...periods.map((_, at) => percent(total.periods[at]?.share ?? null)),
    ],
  ]
  return `${textTable(table, (column) => column > fields.length)}${footOf(meta, tz)}${notes({ meta })}`
}

const namesOf = (fields: readonly string[], labels: Readonly<Record<string, string | null>>): string[] =>
  fields.map((field) => named(labels[field] ?? null))
const alone = (name: string, fields: readonly string[]): string[] => [name, ...fields.slice(1).map(() => '')]

const change = (now: number | null, before: number | null | undefined): string =>
  percent(now === null || !before ? null : (now - before) / before, true)

/** What is in no number of the table. */
function notes({ meta, windows }: Pick<Facts, 'meta'> & Partial<Pick<Windowed, 'windows'>>): string {
  const { late, over, mispartitioned } = meta
  const partial = windows?.partial
  return [
    ...(partial === undefined
      ? []
      : ['parts of some windows are not covered: nothing that is kept divides them there']),
    ...(late !== null && late > 0 ? [`${late} events came too late`] : []),
    ...(over !== null && over > 0 ? [`${over} events found no place in the budget`] : []),
    ...(mispartitioned === undefined
      ? []
      : mispartitioned.seenTwice
        ? ['events of one key are in several partitions: they are counted in parts']
        : [
            `${mispartitioned.keyedOtherwise} began with a record that is keyed by something else: events of one key may be in several partitions`,
          ]),
  ]
    .map((note) => `${note}\n`)
    .join('')
}
