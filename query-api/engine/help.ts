/** What would make a query that no breakdown holds an answer from cells: the line to add, and what it takes. Pure. */
import type { Source } from '../../model/definition.ts'
import { forecast } from '../../model/forecast.ts'
import type { MetricQuery } from '../language/query.ts'
import { ProblemError } from '../problem.ts'

export interface Help {
  /** Fields of the breakdown to add. */
  readonly fields: readonly string[]
  /** The line of the definition, with what it has now. */
  readonly line: string
  /** Most bytes it takes in the store, over all partitions: its budget of names, each with events in every window. */
  readonly bytes: number
  /** The same, as it is told. */
  readonly problem: ProblemError
}

export function breakdownNeeded(
  { by }: Pick<MetricQuery, 'by'>,
  fields: readonly string[],
  source: Source,
  partitions: number,
): Help {
  const spelled = (names: readonly string[]): string =>
    names.length === 1 ? names[0]! : `[${names.join(', ')}]`
  const has = source.breakdowns.slice(1).map((one) => spelled(one.fields))
  const line = `breakdowns: [${[...has, spelled(fields)].join(', ')}]`
  const bytes = memoryOf(source, fields) * partitions
  const detail = `no breakdown of ${source.name} holds ${fields.join(' and ')} together; add ${spelled(fields)} to "breakdowns:" of ${source.name}, which takes at most ${inWords(bytes)} in the store`
  const problem = new ProblemError('breakdown_needed', detail, [
    { pointer: by.length > 0 ? '/by' : '/where', detail: line },
  ])
  return { fields, line, bytes, problem }
}

/** Of one partition. */
function memoryOf(source: Source, fields: readonly string[]): number {
  const more = { ...source, breakdowns: [...source.breakdowns, { name: fields.join('+'), fields }] }
  return Math.round(forecast(more, source.budget).bytes - forecast(source, source.budget).bytes)
}

function inWords(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), units.length)
  const value = bytes / 1000 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]!}`
}
