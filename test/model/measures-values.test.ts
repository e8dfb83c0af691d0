/** What the measures answer, held against plain ways to compute the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIN_ERROR, binOf, boundsOfBin, middleOf } from '../../model/measures/bins.ts'
import { first, last } from '../../model/measures/first-last.ts'
import { quantiles } from '../../model/measures/quantiles.ts'
import { EXACT_IN_STORE, uniques } from '../../model/measures/uniques.ts'
import { layout } from '../../model/measures.ts'
import { packCell, unpackCell, type Pieces } from '../../model/pack.ts'
import { textHashOf } from '../../model/text-hash.ts'

test('MurmurHash3 x86_32, by its published values', () => {
  const low = (text: string): number => textHashOf(text) % 2 ** 32
  expect(low('')).toBe(0)
  expect(low('hello')).toBe(0x248bfa47)
  expect(low('hello, world')).toBe(0x149bbb7f)
  expect(low('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723)
  expect(textHashOf('The quick brown fox jumps over the lazy dog')).toBe(0x2fa8 * 2 ** 32 + 0x2e4ff723)
  expect(textHashOf('\ud800')).toBe(textHashOf('\ufffd'))
})

test('every whole number is in one bin, off its middle by at most 1/128 of itself; bins rise with the numbers', () => {
  const units = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.integer({ min: 0, max: 53 }).map((n) => 2 ** n),
  )
  fc.assert(
    fc.property(units, units, (a, b) => {
      const { from, size } = boundsOfBin(binOf(a))
      expect(Math.abs(a)).toBeGreaterThanOrEqual(Math.abs(from))
      expect(Math.abs(a)).toBeLessThan(Math.abs(from) + size)
      expect(Math.abs(middleOf(binOf(a)) - a)).toBeLessThanOrEqual(Math.abs(a) * BIN_ERROR)
      expect(binOf(-a) + binOf(a)).toBe(0)
      if (a < b) expect(binOf(a)).toBeLessThanOrEqual(binOf(b))
    }),
    { numRuns: 2000 },
  )
})

test('percentiles are those of the sorted numbers within 0.79 %, the ends exact', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -100_000, max: 9_000_000 }), { minLength: 1, maxLength: 400 }),
      (all) => {
        const state = quantiles.create()
        quantiles.addAll(state, Float64Array.from(all), all.length, all.length)
        const sorted = all.toSorted((a, b) => a - b)
        for (const [name, of] of Object.entries({
          p50: 500,
          p75: 750,
          p90: 900,
          p95: 950,
          p99: 990,
          p999: 999,
        })) {
          const truth = sorted[Math.ceil((all.length * of) / 1000) - 1]!
          expect(Math.abs(quantiles.read(state, name, 0)! - truth)).toBeLessThanOrEqual(
            Math.abs(truth) * BIN_ERROR,
          )
          expect(quantiles.error(state, name)).toEqual({ relative: 1 / 128, is: 'bound' })
        }
        expect(quantiles.read(state, 'min', 2)).toBe(sorted[0]! / 100)
        expect(quantiles.read(state, 'max', 0)).toBe(sorted.at(-1))
        expect(quantiles.read(state, 'count', 0)).toBe(all.length)
        expect(quantiles.error(state, 'max')).toBeNull()
      },
    ),
  )
})

const hashesOf = (from: number, to: number): Float64Array =>
  Float64Array.from({ length: to - from }, (_, n) => textHashOf(`visitor-${from + n}`))

function uniquesOf(from: number, to: number): ReturnType<typeof uniques.create> {
  const state = uniques.create()
  uniques.addAll(state, hashesOf(from, to), to - from, to - from)
  return state
}

const metrics = [{ kind: 'uniques', name: 'u', field: 'f', where: [] }]

/** As the store gives it back. */
function stored(state: ReturnType<typeof uniques.create>): ReturnType<typeof uniques.create> {
  const pieces: Pieces = new Map()
  const bytes = packCell([0, state], layout(metrics), pieces)
  const size = [...pieces.values()].reduce((sum, { length }) => sum + length, bytes.length)
  expect(size).toBeLessThanOrEqual(state.hashes === null ? 1550 : 60_010)
  return unpackCell(bytes, layout(metrics), pieces)[1] as ReturnType<typeof uniques.create>
}

test('uniques are exact to 10,000 a cell, and their union where all cells are', () => {
  const cell = stored(uniquesOf(0, EXACT_IN_STORE))
  uniques.addAll(cell, hashesOf(0, 100), 100, 100)
  expect(uniques.read(cell, 'uniques', 0)).toBe(EXACT_IN_STORE)
  for (let at = 40; at < 60; at++) uniques.merge(cell, stored(uniquesOf(at * 200, at * 200 + 250)))
  expect(uniques.read(cell, 'uniques', 0)).toBe(59 * 200 + 250)
  expect(uniques.error(cell, 'uniques')).toBeNull()
})

test('beyond that they are within three standard deviations, named as such, and never more than the events', () => {
  for (const count of [10_001, 11_000, 20_000, 60_000, 200_000]) {
    const state = stored(uniquesOf(0, count))
    const error = uniques.error(state, 'uniques')!
    expect(error).toEqual({ relative: 1.04 / Math.sqrt(2048), is: 'deviation' })
    const value = uniques.read(state, 'uniques', 0)!
    expect(Math.abs(value / count - 1)).toBeLessThan(3 * error.relative)
    expect(value).toBeLessThanOrEqual(count)
    expect(value).toBeGreaterThan(EXACT_IN_STORE)
  }
  const halves = stored(uniquesOf(0, 12_000))
  uniques.merge(halves, stored(uniquesOf(6000, 18_000)))
  expect(Math.abs(uniques.read(halves, 'uniques', 0)! / 18_000 - 1)).toBeLessThan(0.07)
})

test('a set in any parts and order, with repeats, comes to the bytes of the plain one', () => {
  const hash = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  const part = fc.array(fc.oneof(hash, fc.integer({ min: 0, max: 40 })), { maxLength: 1200 })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const whole = uniques.create()
      for (const hashes of parts) {
        const state = uniques.create()
        uniques.addAll(state, Float64Array.from(hashes), hashes.length, hashes.length)
        uniques.merge(whole, hashes.length % 2 === 0 ? state : stored(state))
      }
      const plain = [...new Set(parts.flat())].sort((a, b) => a - b)
      expect([...stored(whole).hashes!.sorted]).toEqual(plain)
      expect(whole.events).toBe(parts.flat().length)
    }),
    { numRuns: 60 },
  )
})

test('first and last go by the time of the events, then by offset and place, whatever comes first', () => {
  const [row, other] = [new Float64Array(5), new Float64Array(5)]
  const readings = [
    { units: 5, timeMs: 20, offset: 1, index: 0 },
    { units: 7, timeMs: 20, offset: 1, index: 1 },
    { units: 3, timeMs: 10, offset: 9, index: 0 },
    { units: 4, timeMs: 10, offset: 8, index: 0 },
  ]
  for (const { units, ...place } of readings) {
    last.add(row, 0, units, place)
    first.add(other, 0, units, place)
  }
  expect(last.read(row, 0, 'last', 1)).toBe(0.7)
  expect(first.read(other, 0, 'first', 0)).toBe(4)
})
