/** Tiles cover a range exactly, with the fewest windows. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tile, tilingsOf } from '../../../query-api/engine/plan/time-tiling.ts'
import { testSource } from '../fill.ts'
import { T0, HOUR, KEEP } from './filled-top.ts'

describe('tiles', () => {
  const intervals = testSource('tiles', KEEP).intervals

  test('a day is some hundred windows, and exactly the day', () => {
    const toMs = T0 + 17 * 60_000 + 23_000
    const [best] = tilingsOf(intervals, { fromMs: toMs - 24 * HOUR, toMs, before: null }, toMs)
    const windows = best!.runs.reduce((sum, { first, end }) => sum + end - first, 0)
    expect(windows).toBeLessThan(200)
    expect(best!.toMs).toBe(toMs)
    expect(best!.fromMs).toBe(Math.floor((toMs - 24 * HOUR) / 60_000) * 60_000)
  })

  test('whatever the range, its windows are kept and lie end to end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 * 24 * HOUR }),
        fc.integer({ min: 0, max: 20 * 24 * HOUR }),
        fc.boolean(),
        (lengthMs, agoMs, compare) => {
          const latestMs = T0 + 12_345
          const toMs = latestMs - agoMs
          const before = compare ? { fromMs: toMs - 2 * lengthMs, toMs: toMs - lengthMs } : null
          const [best] = tilingsOf(intervals, { fromMs: toMs - lengthMs, toMs, before }, latestMs)
          expect(best!.fromMs).toBeLessThanOrEqual(toMs - lengthMs)
          expect(best!.toMs).toBeGreaterThanOrEqual(toMs)
          for (const part of [best!, ...(best!.previous?.runs ? [best!.previous] : [])]) {
            let at = part.fromMs
            for (const { interval, first, end } of part.runs!) {
              expect(first * interval.ms).toBe(at)
              expect((first + 1) * interval.ms + (interval.keepMs ?? Infinity)).toBeGreaterThan(latestMs)
              at = end * interval.ms
            }
            expect(at).toBe(part.toMs)
          }
        },
      ),
    )
  })

  test('a range that no windows make up exactly has none', () => {
    expect(tile(intervals, T0 + 500, T0 + 2000, T0)).toBeNull()
    expect(tile(intervals.slice(2), T0, T0 + 60_000, T0)).toBeNull()
  })
})
