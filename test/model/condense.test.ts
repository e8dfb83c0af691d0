/** What a cell of a finer interval hands to the coarser ones of a histogram: fewer numbers with weights, which come to the same bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantiles, type Histogram } from '../../model/measures/quantiles.ts'
import { ByteWriter } from '../../model/numbers/varint.ts'

const number = fc.oneof(
  fc.integer({ min: 60, max: 3000 }),
  fc.integer({ min: -9, max: 9 }),
  fc.maxSafeInteger(),
)
const batches = fc.array(fc.array(number, { minLength: 1, maxLength: 300, size: 'max' }), {
  minLength: 1,
  maxLength: 5,
})

function packed(state: Histogram): unknown {
  const cell = new ByteWriter()
  const pieces: [number, Buffer][] = []
  const put = (piece: number, { bytes, length }: ByteWriter): void =>
    void pieces.push([piece, Buffer.from(bytes.subarray(0, length))])
  quantiles.pack(state, cell, { isAll: true, put, remove() {} })
  return [cell.take(), pieces]
}

test('a coarser histogram of what finer ones hand on is that of all numbers, with fewer of them to add', () => {
  fc.assert(
    fc.property(batches, fc.boolean(), (all, isPacked) => {
      const [finer, coarser, whole] = [quantiles.create(), quantiles.create(), quantiles.create()]
      for (const numbers of all) {
        quantiles.addAll(whole, Float64Array.from(numbers), numbers.length, numbers.length)
        const units = Float64Array.from(numbers)
        const weights = new Float64Array(numbers.length).fill(1)
        let count = isPacked
          ? quantiles.addPacked(null, units, numbers.length, numbers.length, new ByteWriter(), weights)
          : -1
        if (count < 0) count = quantiles.addAll(finer, units, numbers.length, numbers.length, weights)
        expect(weights.subarray(0, count).reduce((sum, weight) => sum + weight, 0)).toBe(numbers.length)
        quantiles.addAll(coarser, units, count, numbers.length, weights)
        packed(coarser) // as between two batches: from then on it lies in pieces
      }
      expect(packed(coarser)).toEqual(packed(whole))
    }),
    { numRuns: 40 },
  )
  const same = new Float64Array(300).fill(640)
  same[7] = 641
  const weights = new Float64Array(300).fill(1)
  expect(quantiles.addAll(quantiles.create(), same, 300, 300, weights)).toBe(2)
  expect([...same.subarray(0, 2), ...weights.subarray(0, 2)]).toEqual([640, 641, 299, 1])
})
