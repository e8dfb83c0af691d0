/** Number to fixed-point integer: round half to even of the shortest decimal text of the double (law L8). */

const LIMIT = 2 ** 53
const FAST_LIMIT = 1e15 // 15 digits: every decimal this short is the shortest text of its own double
const POWERS = Array.from({ length: 16 }, (_, n) => 10 ** n)

/** Units of `10^-decimals`; null where the integer is past 2^53. `decimals` is 0 to 15. `value` is finite. */
export function toUnits(value: number, decimals: number): number | null {
  const power = POWERS[decimals]!
  const nearest = Math.round(value * power)
  // If the short decimal nearest/power is this very double, it is its shortest text: nothing to round.
  if (nearest <= FAST_LIMIT && nearest >= -FAST_LIMIT && nearest / power === value) return nearest + 0
  if (Math.abs(value) * power > LIMIT * 2) return null
  return fromText(String(value), decimals)
}

function fromText(text: string, decimals: number): number | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text)!
  const fraction = match[3] ?? ''
  const digits = BigInt(match[2]! + fraction)
  const shift = decimals - fraction.length + Number(match[4] ?? 0)
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfEven(digits, 10n ** BigInt(-shift))
  if (units > BigInt(LIMIT)) return null
  return match[1] === '-' ? 0 - Number(units) : Number(units)
}

function divideHalfEven(digits: bigint, by: bigint): bigint {
  const quotient = digits / by
  const twice = (digits % by) * 2n
  // law L8: halves to even
  const up = twice > by || (twice === by && quotient % 2n === 1n)
  return up ? quotient + 1n : quotient
}

/** Units back to the nearest double. */
export function fromUnits(units: number | bigint, decimals: number): number {
  return Number(units) / POWERS[decimals]!
}
