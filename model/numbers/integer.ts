/**
 * Whole numbers without limit: a `number` while it is exact (|n| < 2^53), a `bigint` past that, never a rounded one.
 * Every value has exactly one form, so equality by `===` holds.
 */
export type Int = number | bigint

/** The one form of a bigint. */
export function intOf(value: bigint): Int {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}

export function add(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    // law L8: sums leave floating point
    if (Number.isSafeInteger(sum)) return sum
  }
  return intOf(BigInt(a) + BigInt(b))
}

const SQUARE_IS_EXACT_BELOW = 94_906_265 // floor(sqrt(2^53 - 1))

export function square(a: Int): Int {
  if (typeof a === 'number' && a <= SQUARE_IS_EXACT_BELOW && a >= -SQUARE_IS_EXACT_BELOW) return a * a
  const big = BigInt(a)
  return intOf(big * big)
}

export function least(a: Int, b: Int): Int {
  return b < a ? b : a
}

export function greatest(a: Int, b: Int): Int {
  return b > a ? b : a
}
