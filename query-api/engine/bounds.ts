/** Between which two values the truth lies, where events were left out of a cell that may belong to it. */
import type { Part, Parts } from '../../model/measures/part.ts'
import { valueOfNothing } from './statistic.ts'

export interface Between {
  readonly least: number | null
  readonly most: number | null
}

/**
 * `had`: what is in the answer, null where nothing is; `rest`: all that was left out, of which any part may belong to it. Null where
 * nothing of this metric was left out. A bound that is null is not known: a sum may hold numbers of both signs.
 */
export function boundsOf(statistic: string, parts: Parts, had: Part | null, rest: Part): Between | null {
  if (parts.isEmpty(rest)) return null
  const value = had === null ? valueOfNothing(statistic, parts) : parts.read(had, statistic)
  const withAll = (): number | null => {
    const whole = parts.copy(rest)
    if (had !== null) parts.merge(whole, had)
    return parts.read(whole, statistic)
  }
  const lowest = (): number => parts.read(rest, 'min')!
  const highest = (): number => parts.read(rest, 'max')!
  switch (parts.measure.statistics[statistic]!.withMore) {
    case 'grows':
      return { least: value, most: withAll() }
    case 'sinks or grows':
      return {
        least: lowest() >= 0 ? value : highest() <= 0 ? withAll() : null,
        most: highest() <= 0 ? value : lowest() >= 0 ? withAll() : null,
      }
    case 'at most':
      return { least: Math.min(lowest(), value ?? lowest()), most: value ?? highest() }
    case 'at least':
      return { least: value ?? lowest(), most: Math.max(highest(), value ?? highest()) }
    case 'between':
      return { least: Math.min(lowest(), value ?? lowest()), most: Math.max(highest(), value ?? highest()) }
    case 'from 0':
      return { least: 0, most: null }
    case 'unknown':
      return { least: null, most: null }
  }
}
