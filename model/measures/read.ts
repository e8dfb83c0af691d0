/** From exact integers to the double that is shown, rounded once. */
import { fromUnits } from '../numbers/decimal.ts'
import type { Int } from '../numbers/integer.ts'

/** The double nearest to `units / 10^decimals`. */
export function inUnits(units: Int, decimals: number): number {
  return typeof units === 'number' ? fromUnits(units, decimals) : Number(`${units}e-${decimals}`)
}

export function mean(count: number, sum: Int, decimals: number): number {
  const divisor = count * 10 ** decimals
  if (typeof sum === 'number' && Number.isSafeInteger(divisor)) return sum / divisor
  const [by, of] = [BigInt(count) * 10n ** BigInt(decimals), BigInt(sum)]
  return Number(of / by) + Number(of % by) / Number(by)
}

/** Population standard deviation, `sqrt(n * squares - sum^2) / n`; the difference is exact, so it never turns negative. */
export function deviation(count: number, sum: Int, squares: Int, decimals: number): number {
  const exact = BigInt(count) * BigInt(squares) - BigInt(sum) * BigInt(sum)
  return Math.sqrt(Number(exact)) / count / 10 ** decimals
}
