/** Decimal texts of JSON numbers, compared and cut without going through a double. */

/** `digits * 10^exponent`, without zeros at either end. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

function read(text: string): Decimal {
  const [, sign, whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!
  const all = whole + fraction
  let [from, to] = [0, all.length] // by hand: a pattern for zeros at the end costs the square of their number
  while (from < to && all[from] === '0') from++
  while (to > from && all[to - 1] === '0') to--
  return {
    negative: sign === '-',
    digits: all.slice(from, to),
    exponent: Number(power) - fraction.length + all.length - to,
  }
}

const same = (a: Decimal, b: Decimal): boolean =>
  a.negative === b.negative && a.digits === b.digits && (a.exponent === b.exponent || a.digits === '')

/** Whether a double is what its text says: exactly, or as the shortest text of that double. `value` is the text's, finite and 2^53 or more. */
export function says(text: string, value: number): boolean {
  const written = read(text)
  return same(written, read(String(value))) || same(written, read(BigInt(value).toString()))
}

/** The integer part of a text that is 0 or more and below 10^40. */
export function wholeOf(text: string): bigint {
  const { digits, exponent } = read(text)
  if (exponent >= 0) return BigInt(digits || '0') * 10n ** BigInt(exponent)
  return BigInt(digits.slice(0, exponent) || '0')
}

const TEXT = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const COMMA = /^-?\d+,\d+$/

/** Whether a text in quotes is a number: as JSON writes them, zeros at the beginning let be. */
export const isNumberText = (text: string): boolean => TEXT.test(text)

/** One with a decimal comma; digits are never grouped. */
export const isCommaText = (text: string): boolean => COMMA.test(text)

/** Plain digits of a number, so that 200 and 200.0 are one name, and ids past 2^53 stay apart; `text`: as written, where it is long. */
export function nameOfNumber(value: number, text?: string): string {
  if (value > -(2 ** 53) && value < 2 ** 53) return String(value)
  const { negative, digits, exponent } = read(text ?? String(value))
  const plain =
    exponent >= 0 ? digits + '0'.repeat(exponent) : `${digits.slice(0, exponent)}.${digits.slice(exponent)}`
  return negative ? `-${plain}` : plain
}
