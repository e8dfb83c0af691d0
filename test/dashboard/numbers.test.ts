import { describe, expect, test } from 'vitest'
import { nearest, steadyBounds, xTicks, yBounds, yStep, ySplits } from '../../dashboard/chart/axis.ts'
import { addColumns, stepFor, sumOf, toRates } from '../../dashboard/series/buckets.ts'

describe('rates', () => {
  const times = Array.from({ length: 12 }, (_, i) => 3000 + i * 1000)

  test('steps: 15 minutes of seconds are 180 points of 5 s, as a plot can show', () => {
    expect([300_000, 900_000].map((ms) => stepFor(ms, 1000))).toEqual([2000, 5000])
    expect([3_600_000, 21_600_000, 86_400_000].map((ms) => stepFor(ms, 60_000))).toEqual([
      60_000, 120_000, 600_000,
    ])
    expect(stepFor(10_000, 86_400_000)).toBe(86_400_000)
  })
  test('only whole stretches before asOf, each the mean of its seconds', () => {
    const rates = toRates(times, [times.map((_, i) => i)], 1000, 900_000, 13_500)
    // 3 and 4 s belong to a stretch whose beginning is not in the answer.
    expect(rates.startsMs).toEqual([5000])
    expect(rates.endsMs).toEqual([10_000])
    expect(rates.columns).toEqual([[(2 + 3 + 4 + 5 + 6) / 5]])
  })
  test('one window without data leaves its stretch without', () => {
    expect(
      toRates(times, [times.map((ms) => (ms === 7000 ? null : 1))], 1000, 900_000, 20_000).columns,
    ).toEqual([[null, 1]])
  })
  test('a running minute counts for the time it ran, once it is ten seconds old', () => {
    const minutes = [0, 60_000, 120_000]
    expect(toRates(minutes, [[60, 120, 30]], 60_000, 3_600_000, 135_000)).toMatchObject({
      endsMs: [60_000, 120_000, 135_000],
      columns: [[1, 2, 2]],
    })
    expect(toRates(minutes, [[60, 120, 3]], 60_000, 3_600_000, 129_000).endsMs).toEqual([60_000, 120_000])
  })
  test('nothing is known before anything was counted', () =>
    expect(toRates(times, [times], 1000, 900_000, null).endsMs).toEqual([]))
  test('sums: no data is not 0', () => {
    expect([sumOf([null, null]), sumOf([0, null]), sumOf([])]).toEqual([null, 0, null])
    expect(
      addColumns(
        [
          [1, null, null],
          [2, 3, null],
        ],
        3,
      ),
    ).toEqual([3, 3, null])
  })
})

describe('axes', () => {
  test('3 to 6 hairlines on round numbers from 0', () => {
    for (const greatest of [0.3, 1, 7, 42, 99, 205, 246, 1234, 99_999, 3e6]) {
      const bounds = yBounds(0, greatest, false)
      expect(bounds.bottom).toBe(0)
      expect(bounds.top).toBeGreaterThanOrEqual(greatest)
      expect(ySplits(bounds).length - 1).toBeGreaterThanOrEqual(2)
      expect(ySplits(bounds).length).toBeLessThanOrEqual(7)
      expect(ySplits(bounds).at(-1)).toBeCloseTo(bounds.top)
    }
    expect([yStep(0), yBounds(0, 0, false).top, yBounds(0, Number.NaN, false).top]).toEqual([1, 1, 1])
  })
  test('means fit what there is, rounded outwards', () => {
    expect(yBounds(9.8, 20.4, true)).toEqual({ bottom: 7.5, top: 22.5, step: 2.5 })
    expect(yBounds(-3, 4, false)).toMatchObject({ bottom: -4, top: 4 })
    const flat = yBounds(5, 5, true)
    expect(flat.bottom <= 5 && flat.top >= 5 && flat.top > flat.bottom).toBe(true)
  })
  test('a live axis grows at once and shrinks once a minute', () => {
    const of = (greatest: number): ReturnType<typeof yBounds> => yBounds(0, greatest, false)
    const first = steadyBounds(null, of(240), 0)
    expect(steadyBounds(first, of(410), 10).top).toBe(500)
    expect(steadyBounds(first, of(90), 59_999)).toBe(first)
    expect(steadyBounds(first, of(90), 60_001).top).toBe(100)
  })
  const clockOf = (aheadMs: number) => ({
    localMs: (at: number) => at + aheadMs,
    instantOf: (local: number) => local - aheadMs,
  })
  test('labels of a long range stand apart too', () => {
    for (const days of [30, 120, 400, 3650])
      for (const widthPx of [290, 580]) {
        const { stepMs, ticksMs } = xTicks(0, days * 86_400_000, widthPx, clockOf(0))
        expect(stepMs / ((days * 86_400_000) / widthPx)).toBeGreaterThanOrEqual(70)
        expect(ticksMs.length).toBeGreaterThan(0)
      }
  })
  test('labels on round times of the zone, 70 px apart', () => {
    const { stepMs, ticksMs } = xTicks(1_000_000, 1_900_000, 580, clockOf(0))
    expect(stepMs).toBe(120_000)
    expect(ticksMs[0]).toBe(1_080_000)
    expect(
      xTicks(0, 86_400_000, 600, clockOf(5.5 * 3_600_000)).ticksMs.every(
        (ms) => (ms + 5.5 * 3_600_000) % 10_800_000 === 0,
      ),
    ).toBe(true)
  })
  test('the nearest point', () =>
    expect([nearest([], 5), nearest([1, 5, 9], 6), nearest([1, 5, 9], 99)]).toEqual([-1, 1, 2]))
})
