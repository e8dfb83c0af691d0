/**
 * Bins of whole numbers of any sign: up to 127 one number each, above that 64 an octave, so that the middle of a bin is off by at most 1/128 of any
 * number in it. The number of a bin follows from the number's bits: no logarithm, the same on every machine.
 */
const SUB_BITS = 6
const SUBS = 2 ** SUB_BITS

/** Of whole numbers up to 2^53. */
export const MOST_BIN = (53 - SUB_BITS + 1) * SUBS

/** How far {@link middleOf} a bin may be from a number in it, as part of the number. */
export const BIN_ERROR = 1 / (2 * SUBS)

export function binOf(units: number): number {
  return units < 0 ? -binOfNatural(-units) : binOfNatural(units)
}

function binOfNatural(units: number): number {
  if (units < SUBS) return units
  if (units < 2 ** 31) {
    const shift = 31 - SUB_BITS - Math.clz32(units)
    return shift * SUBS + (units >>> shift)
  }
  const high = Math.floor(units / 2 ** 32)
  const exponent = high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(units)
  const shift = exponent - SUB_BITS
  return shift * SUBS + Math.floor(units / 2 ** shift)
}

/** The least number, by its distance from 0, of a bin, and how many numbers it holds. */
export function boundsOfBin(bin: number): { from: number; size: number } {
  const natural = Math.abs(bin)
  if (natural < 2 * SUBS) return { from: bin, size: 1 }
  const shift = Math.floor(natural / SUBS) - 1
  const from = (natural - shift * SUBS) * 2 ** shift
  return { from: bin < 0 ? -from : from, size: 2 ** shift }
}

export function middleOf(bin: number): number {
  const { from, size } = boundsOfBin(bin)
  if (size === 1) return from
  return from < 0 ? from - size / 2 : from + size / 2
}
