/** Which windows of a range are known or readable, as one stretch: the very windows that are so one by one. */
import { expect, test } from 'vitest'
import { isIn, isKept, knownSpan, readableSpan } from '../../../query-api/engine/plan/kept.ts'
import { isWithin } from '../../../query-api/sources/provenance.ts'

test('the stretch holds the windows for which the rule holds, at every edge', () => {
  const [first, end] = [90, 130]
  const interval = (keepMs: number | null) => ({ name: '1s', ms: 1000, keepMs })
  const edges = [null, 0, 89_999, 90_000, 90_001, 99_500, 100_000, 100_001, 129_999, 130_000, 200_000]
  const windows = Array.from({ length: end - first }, (_, at) => first + at)
  let seen = 0
  for (const sinceMs of edges)
    for (const asOfMs of edges)
      for (const lostBeforeMs of [null, 95_000, 95_001])
        for (const [keepMs, latestMs] of [
          [null, 125_000],
          [20_000, null],
          [20_000, 120_000],
          [20_000, 120_001],
          [20_000, 119_999],
        ] as const) {
          const bounds = { sinceMs, asOfMs, latestMs, ...(lostBeforeMs !== null && { lostBeforeMs }) }
          const one = interval(keepMs)
          const isIt = (holds: (startMs: number, endMs: number) => boolean): boolean[] =>
            windows.map(
              (window) => isKept(one, window, latestMs) && holds(window * 1000, (window + 1) * 1000),
            )
          const known = knownSpan(bounds, one, first, end)
          const readable = readableSpan(bounds, one, first, end)
          const is = windows.map((window) => isIn(known, window))
          expect(is).toEqual(isIt((startMs, endMs) => isWithin(bounds, startMs, endMs)))
          expect(windows.map((window) => isIn(readable, window))).toEqual(
            isIt(
              (startMs, endMs) => asOfMs !== null && startMs < asOfMs && endMs > (lostBeforeMs ?? -Infinity),
            ),
          )
          seen += is.filter(Boolean).length
        }
  expect(seen).toBeGreaterThan(1000)
})
