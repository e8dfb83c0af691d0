/** Between which two values the truth lies, where events were left out of a cell that may belong to it. */
import type { Metric } from '../../model/definition.ts'
import { mergeCell, type Cell } from '../../model/measures.ts'
import type { Stat } from './resolved-query.ts'
import { valueOf, valueOfNothing } from './statistic.ts'

export interface Between {
  readonly least: number | null
  readonly most: number | null
}

/**
 * `had`: what is in the answer, null where nothing is; `rest`: all that was left out, of which any part may belong to it. Null where
 * nothing of this metric was left out. A bound that is null is not known: a sum may hold numbers of both signs.
 */
export function boundsOf(stat: Stat, metric: Metric, had: Cell | null, rest: Cell): Between | null {
  if (metric.kind !== 'sum' && rest[0] === 0) return null
  const value = had === null ? valueOfNothing(stat) : valueOf(stat, had, metric)
  const whole = had === null ? rest : [...had]
  if (had !== null) mergeCell(whole, rest, [metric])
  const withAll = valueOf(stat, whole, metric)
  if (stat === 'count') return { least: value, most: withAll }
  if (metric.kind === 'sum' || stat === 'stddev') return { least: stat === 'stddev' ? 0 : null, most: null }
  const [lowest, highest] = [valueOf('min', rest, metric)!, valueOf('max', rest, metric)!]
  if (stat === 'sum')
    return {
      least: lowest >= 0 ? value : highest <= 0 ? withAll : null,
      most: highest <= 0 ? value : lowest >= 0 ? withAll : null,
    }
  if (stat === 'min') return { least: Math.min(lowest, value ?? lowest), most: value ?? highest }
  if (stat === 'max') return { least: value ?? lowest, most: Math.max(highest, value ?? highest) }
  return { least: Math.min(lowest, value ?? lowest), most: Math.max(highest, value ?? highest) }
}
