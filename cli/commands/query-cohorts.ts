/** Cohorts as a table for a terminal: a row each, and how much of it came back in each period. Pure. */
import type { RetentionAnswer } from '../../query-api/wire.ts'
import { figure, footOf, named, percent } from './query-words.ts'
import { textTable } from './text-table.ts'

export function cohortsTable({ rows, total, meta }: RetentionAnswer, tz: string): string {
  const fields = meta.by?.split('+') ?? []
  const texts = fields.length + 1
  const lines = rows.map(({ labels, cohort, size, share }) => [
    ...fields.map((field) => named(labels[field] ?? null)),
    cohort,
    figure(size),
    ...share.map((one) => percent(one)),
  ])
  const all = [
    'total',
    ...fields.map(() => ''),
    figure(total.size),
    ...total.periods.map(({ share }) => percent(share)),
  ]
  const heads = [...fields, `${meta.unit} of ${meta.tz}`, 'members', ...total.periods.map(nameOf)]
  return `${textTable([heads, ...lines, all], (column) => column >= texts)}${footOf(meta, tz)}${notes(meta)}`
}

const nameOf = ({ period }: { period: number }): string => `+${period}`

/** What is in no number of the table, or may still change. */
function notes({ late, over, mispartitioned }: RetentionAnswer['meta']): string {
  return [
    'total: of each period the cohorts in which it is over',
    ...(late !== null && late > 0 ? [`${late} events came too late`] : []),
    ...(over !== null && over > 0 ? [`${over} events found no place in the budget`] : []),
    ...(mispartitioned === undefined
      ? []
      : ['events of one key are in several partitions: they are counted in parts']),
  ]
    .map((note) => `${note}\n`)
    .join('')
}
