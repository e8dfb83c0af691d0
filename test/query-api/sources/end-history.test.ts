import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EndHistory } from '../../../query-api/sources/end-history.ts'

const looks = fc.array(fc.record({ more: fc.nat(3), afterMs: fc.integer({ min: 1, max: 2000 }) }), {
  minLength: 1,
  maxLength: 900,
})

test('however long it is looked, no more is claimed than the looks say, and of the newest nothing is lost', () => {
  fc.assert(
    fc.property(looks, fc.nat(2000), (steps, next) => {
      const history = new EndHistory()
      const all: { end: number; atMs: number }[] = []
      for (const { more, afterMs } of steps) {
        const last = all.at(-1) ?? { end: 0, atMs: 0 }
        all.push({ end: last.end + more, atMs: last.atMs + afterMs })
        history.note(all.at(-1)!.end, all.at(-1)!.atMs)
      }
      const whole = all.findLast(({ end }) => end <= next)?.atMs ?? null
      const behind = all.find(({ end }) => end > next)?.atMs ?? null
      const [told, since] = [history.wholeUntilMs(next), history.behindSinceMs(next)]
      expect(told === null || (whole !== null && told <= whole)).toBe(true) // known up to a time at which it was known, or earlier
      expect(since === null ? behind === null : behind !== null && since <= behind).toBe(true)
      expect(history.latest).toEqual(all.at(-1))
      if (all.at(-1)!.end <= next) expect(told).toBe(whole)
      if (all.length <= 256) expect([told, since]).toEqual([whole, behind])
    }),
    { numRuns: 300 },
  )
})

test('an end that went back is another log: what was known of the one before is over', () => {
  const history = new EndHistory()
  history.note(100, 1000)
  history.note(7, 2000)
  expect([history.latest, history.wholeUntilMs(50), history.behindSinceMs(6)]).toEqual([
    { end: 7, atMs: 2000 },
    2000,
    2000,
  ])
})
