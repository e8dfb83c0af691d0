import { expect, test } from 'vitest'
import fc from 'fast-check'
import {
  addSquare,
  addWide,
  mergeSquares,
  mergeWide,
  packSquares,
  packWide,
  setSquares,
  setWide,
  squaresToInt,
  wideToInt,
} from '../../model/numbers/wide.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { intOf } from '../../model/numbers/integer.ts'

const units = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 53, -(2 ** 53), 94_906_265, 94_906_266, 2 ** 49, -(2 ** 49), 2 ** 52, 0),
)

test('L8: sums and sums of squares of two slots are the sums of integers without limit, in any order, and pack alike', () => {
  fc.assert(
    fc.property(fc.array(units, { maxLength: 200 }), fc.array(units, { maxLength: 50 }), (some, more) => {
      const row = new Float64Array(5)
      const other = new Float64Array(5)
      for (const value of some) {
        addWide(row, 0, value)
        addSquare(row, 2, value)
      }
      for (const value of more) {
        addWide(other, 0, value)
        addSquare(other, 2, value)
      }
      mergeWide(row, 0, other, 0)
      mergeSquares(row, 2, other, 2)
      const all = [...some, ...more].map(BigInt)
      const sum = intOf(all.reduce((a, b) => a + b, 0n))
      const squares = intOf(all.reduce((a, b) => a + b * b, 0n))
      expect(wideToInt(row, 0)).toBe(sum)
      expect(squaresToInt(row, 2)).toBe(squares)
      const again = new Float64Array(2)
      setWide(again, 0, sum)
      expect([...again]).toEqual([row[0], row[1]])
      const parts = new Float64Array(3)
      setSquares(parts, 0, squares)
      expect([...parts]).toEqual([row[2], row[3], row[4]])
      const [ours, plain] = [new ByteWriter(), new ByteWriter()]
      packWide(row, 0, ours)
      packSquares(row, 2, ours)
      plain.integer(sum)
      plain.natural(squares)
      const bytes = ours.take()
      expect(bytes).toEqual(plain.take())
      const reader = new ByteReader(bytes)
      expect([reader.integer(), reader.natural()]).toEqual([sum, squares])
    }),
  )
})
