/** What would make a query that no breakdown holds, or keeps the metric of, an answer from cells: the line to add, and what it takes. Pure. */
import type { Source } from '../../../model/definition.ts'
import { forecast } from '../../../model/forecast.ts'
import type { MetricQuery } from '../../language/query.ts'
import { keptEverywhere } from '../../../model/kept-in.ts'
import { ProblemError } from '../../problem.ts'
import { breakdownFor, type ResolvedMetric } from './resolved-query.ts'

export interface Help {
  /** Fields of the breakdown that is to keep the metric. */
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
  { source, metric, fields }: Pick<ResolvedMetric, 'source' | 'metric' | 'fields'>,
  partitions: number,
): Help {
  const pointer = by.length > 0 ? '/by' : '/where'
  const holding = breakdownFor({ source, metric: keptEverywhere(metric), fields })
  const [name, whole] = [holding?.name ?? fields.join('+'), `${source.name}.${metric.name}`]
  const kept = metric.breakdowns === undefined ? null : [...metric.breakdowns, name]
  const keeping = kept === null ? '' : `"breakdowns:" of ${whole}`
  const has = source.breakdowns.slice(1).map((one) => spelled(one.fields))
  const toSource = `breakdowns: [${[...has, spelled(fields)].join(', ')}]`
  const toMetric =
    kept === null ? '' : `breakdowns: [${kept.map((one) => spelled(one.split('+'))).join(', ')}]`
  const breakdowns = holding === null ? [...source.breakdowns, { name, fields }] : source.breakdowns
  const metrics = source.metrics.map((one) =>
    one.name === metric.name && kept !== null ? { ...one, breakdowns: kept } : one,
  )
  const bytes = memoryOf({ ...source, breakdowns, metrics }, source) * partitions
  const takes = `which takes at most ${inWords(bytes)} in the store`
  const problem =
    holding === null
      ? new ProblemError(
          'breakdown_needed',
          `no breakdown of ${source.name} holds ${fields.join(' and ')} together; add ${spelled(fields)} to "breakdowns:" of ${source.name}${kept === null ? '' : ` and to ${keeping}`}, ${takes}`,
          [
            { pointer, detail: toSource },
            ...(kept === null
              ? []
              : [{ pointer: '/metric', detail: `${metric.name}: { ..., ${toMetric} }` }]),
          ],
        )
      : new ProblemError(
          'breakdown_needed',
          `${whole} is kept in ${metric.breakdowns!.join(', ')}, not in ${name}; add ${spelled(name.split('+'))} to ${keeping}, ${takes}`,
          [{ pointer: '/metric', detail: `${metric.name}: { ..., ${toMetric} }` }],
        )
  return { fields, line: holding === null ? toSource : toMetric, bytes, problem }
}

const spelled = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `[${names.join(', ')}]`

/** What of one partition is more. */
function memoryOf(more: Source, source: Source): number {
  return Math.round(forecast(more, source.budget).bytes - forecast(source, source.budget).bytes)
}

function inWords(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), units.length)
  const value = bytes / 1000 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]!}`
}
