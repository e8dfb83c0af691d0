/** From the exact integers of a merged cell to the double that is shown: rounded once, at the very end. */
import type { Int } from '../../model/integer.ts'
import type { Metric } from '../../model/definition.ts'
import { fromUnits } from '../../model/decimal.ts'
import type { Stat } from './resolved-query.ts'

/** The slots of one metric: `[count]`, `[sum]` or `[count, sum, sum of squares, min, max]`. */
export type Measures = readonly Int[]

/** Null: of nothing there is no least, no mean. */
export function valueOf(stat: Stat, measures: Measures, metric: Metric): number | null {
  if (metric.kind === 'count') return Number(measures[0]!)
  if (metric.kind === 'sum') return inUnits(measures[0]!, metric.decimals)
  const [count, sum, squares, min, max] = measures as [Int, Int, Int, Int, Int]
  if (stat === 'count') return Number(count)
  if (stat === 'sum') return inUnits(sum, metric.decimals)
  if (count === 0) return null
  if (stat === 'min') return inUnits(min, metric.decimals)
  if (stat === 'max') return inUnits(max, metric.decimals)
  return stat === 'avg' ? mean(count, sum, metric.decimals) : deviation(count, sum, squares, metric.decimals)
}

/** What a window without events shows: counts and sums of nothing are 0. */
export function valueOfNothing(stat: Stat): 0 | null {
  return stat === 'count' || stat === 'sum' ? 0 : null
}

/** Series are ranked by what adds up over the range: the sum for sums, else how many events there were. */
export function weightOf(stat: Stat, measures: Measures, metric: Metric): Int {
  return metric.kind === 'stats' && stat === 'sum' ? measures[1]! : measures[0]!
}

/** The double nearest to `units / 10^decimals`. */
function inUnits(units: Int, decimals: number): number {
  return typeof units === 'number' ? fromUnits(units, decimals) : Number(`${units}e-${decimals}`)
}

function mean(count: Int, sum: Int, decimals: number): number {
  const divisor = Number(count) * 10 ** decimals
  if (typeof sum === 'number' && Number.isSafeInteger(divisor)) return sum / divisor
  const [by, of] = [BigInt(count) * 10n ** BigInt(decimals), BigInt(sum)]
  return Number(of / by) + Number(of % by) / Number(by)
}

/** Population standard deviation, `sqrt(n * squares - sum^2) / n`; the difference is exact, so it never turns negative. */
function deviation(count: Int, sum: Int, squares: Int, decimals: number): number {
  const exact = BigInt(count) * BigInt(squares) - BigInt(sum) * BigInt(sum)
  return Math.sqrt(Number(exact)) / Number(count) / 10 ** decimals
}
