/** Frames give way while the process is busy, and come back as it is not. */
import { expect, test } from 'vitest'
import { Load } from '../../../query-api/live/load.ts'
import { Pace } from '../../../query-api/live/pace.ts'

const after = (busy: readonly number[]): number => {
  const load = new Load()
  for (const one of busy) load.note(one)
  return load.stretch
}

test('they are stretched until half of the time is left, never beyond three times, and not for one busy second', () => {
  expect(after([0.3, 0.4, 0.5])).toBe(1)
  expect(after([1, 0.4])).toBeLessThan(1.5)
  const work = 0.75 // at work for so much of the time with frames as near as they may be
  const load = new Load()
  for (let second = 0; second < 30; second++) load.note(work / load.stretch)
  expect(load.stretch).toBeCloseTo(1.5, 1)
  expect(after(new Array<number>(30).fill(1))).toBeCloseTo(3, 2)
  expect(after([...new Array<number>(30).fill(1), ...new Array<number>(30).fill(0.1)])).toBeCloseTo(1, 2)
})

test('a stretched pace waits so much longer between two changes; the first after a quiet while goes at once', () => {
  let stretch = 1
  const pace = new Pace({ everyMs: 33, quietMs: 1000, stretch: () => stretch })
  pace.begin(0, true)
  pace.end(1)
  expect(pace.waitMs(1, true)).toBe(32)
  stretch = 2
  expect(pace.waitMs(1, true)).toBe(65)
  expect(pace.waitMs(500, true)).toBe(0)
})
