import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromUnits, toUnits } from '../../model/numbers/decimal.ts'
import { add, square } from '../../model/numbers/integer.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'

/** Slow and plain: the decimal text of a double, rounded half to even with big integers only. */
function slowUnits(value: number, decimals: number): bigint {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  const negative = mantissa.startsWith('-')
  const digits = mantissa.replace('-', '').replace('.', '')
  const shift = Number(exponent) - (digits.length - 1) + decimals
  let units = BigInt(digits)
  if (shift >= 0) units *= 10n ** BigInt(shift)
  else {
    const by = 10n ** BigInt(-shift)
    const rest = (units % by) * 2n
    units /= by
    if (rest > by || (rest === by && units % 2n === 1n)) units += 1n
  }
  return negative ? -units : units
}

test('a number becomes units by its shortest decimal text, half to even', () => {
  expect(toUnits(0.1, 6)).toBe(100_000)
  expect(toUnits(1.005, 2)).toBe(100) // the text says 1.005: half, to even
  expect(toUnits(1.015, 2)).toBe(102)
  expect(toUnits(2.5, 0)).toBe(2)
  expect(toUnits(-2.5, 0)).toBe(-2)
  expect(toUnits(-3.5, 0)).toBe(-4)
  expect(Object.is(toUnits(-0, 3), 0)).toBe(true)
  expect(toUnits(1e-20, 6)).toBe(0)
  expect(toUnits(2 ** 53, 0)).toBe(2 ** 53)
  expect(toUnits(9.1e15, 0)).toBe(null)
  expect(toUnits(1e300, 6)).toBe(null)
})

test('units agree with big-integer arithmetic on any double', () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1000),
  )
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 15 }), (value, decimals) => {
      const slow = slowUnits(value, decimals)
      const limit = 2n ** 53n
      expect(toUnits(value, decimals)).toBe(slow > limit || slow < -limit ? null : Number(slow) + 0)
    }),
    { numRuns: 3000 },
  )
})

test('units come back as the number they came from, where it has no more decimals', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (n) => {
      expect(fromUnits(toUnits(n / 1000, 3)!, 3)).toBe(n / 1000)
    }),
  )
})

test('integers never round', () => {
  const ints = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }))
  const one = (value: number | bigint) =>
    BigInt(value) >= -(2n ** 53n) + 1n && BigInt(value) <= 2n ** 53n - 1n ? Number(value) : BigInt(value)
  fc.assert(
    fc.property(ints, ints, (a, b) => {
      expect(add(one(a), one(b))).toBe(one(BigInt(a) + BigInt(b)))
      expect(square(one(a))).toBe(one(BigInt(a) ** 2n))
    }),
  )
})

test('varints of any size come back', () => {
  const ints = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }))
  fc.assert(
    fc.property(fc.array(ints), (values) => {
      const normal = values.map((value) =>
        add(0, typeof value === 'bigint' && BigInt.asIntN(54, value) === value ? Number(value) : value),
      )
      const writer = new ByteWriter(1)
      for (const value of normal) {
        writer.integer(value)
        writer.natural(value < 0 ? -value : value)
      }
      const reader = new ByteReader(writer.take())
      for (const value of normal) {
        expect(reader.integer()).toBe(add(0, value))
        expect(reader.natural()).toBe(add(0, value < 0 ? -value : value))
      }
      expect(reader.done).toBe(true)
    }),
  )
})

test('packed bytes that end too early are an error', () => {
  expect(() => new ByteReader(Buffer.from([0x80])).natural()).toThrow(RangeError)
  expect(() => new ByteReader(Buffer.from([5, 1])).sized()).toThrow(RangeError)
})
