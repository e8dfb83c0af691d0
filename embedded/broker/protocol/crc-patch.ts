/** The reflected polynomial of CRC-32C; in this form bit 31 stands for 1, bit 30 for x, and so on. */
const POLYNOMIAL = 0x82f63b78
const ONE = 0x80000000
const X = 0x40000000

/** a * b modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let left = a, shifted = b; left !== 0; left <<= 1) {
    if (left & ONE) product ^= shifted
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1
  }
  return product
}

/** x^(2^k) for k = 0 to 35: enough for 2^32 bytes, eight bits each. */
const powers: readonly number[] = Array.from({ length: 36 }).reduce<number[]>(
  (all) => [...all, all.length === 0 ? X : multiply(all.at(-1)!, all.at(-1)!)],
  [],
)

/**
 * The checksum of a message after some of its bytes were changed, from the checksum before, without reading the rest.
 * `before` and `after` are the checksums of the changed stretch alone; `bytesBehind` is what follows it. Checksums of equal
 * length differ by a linear function of the changed bits, and each byte behind them multiplies that difference by x^8.
 */
export function patchedCrc(whole: number, before: number, after: number, bytesBehind: number): number {
  let difference = before ^ after
  for (let k = 3, rest = bytesBehind; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) difference = multiply(difference, powers[k]!)
  }
  return (whole ^ difference) >>> 0
}
