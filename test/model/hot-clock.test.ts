import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrive, copyClock, FORGOTTEN_AFTER, hear, keyHash, type Clocked } from '../../model/time/clock.ts'
import { HotClock } from '../../model/time/hot-clock.ts'
import { DAY, FUTURE, HOUR, Log, MINUTE, NOW, SECOND } from './clock-log.ts'

/** The same events to both; `ends[n % ends.length]`: a batch ends behind the n-th. */
class Both {
  readonly plain = new Log()
  readonly fast = new Log()
  readonly #hot = new HotClock(FUTURE)
  #isOpen = false

  send(key: string, timeMs: number, ends: boolean): void {
    if (!this.#isOpen) this.#hot.begin(this.fast)
    this.#isOpen = true
    this.plain.events.counted++
    hear(this.plain, keyHash(key), timeMs, FUTURE)
    arrive(this.plain, NOW)
    this.fast.events.counted++
    this.#hot.hear(keyHash(key), timeMs)
    if (!Object.is(this.#hot.clockMs, this.plain.logClockMs ?? NaN))
      expect(this.#hot.clockMs).toBe(this.plain.logClockMs)
    arrive(this.fast, NOW)
    if (ends) this.end()
  }

  end(): void {
    if (!this.#isOpen) return
    this.#hot.end()
    arrive(this.fast, null)
    this.#isOpen = false
    const told = ({ logClockMs, newestMs, sinceMs, clock, ahead }: Clocked): object => ({
      logClockMs,
      newestMs,
      sinceMs,
      ahead,
      clock: copyClock(clock),
    })
    expect(JSON.stringify(told(this.fast))).toBe(JSON.stringify(told(this.plain)))
  }
}

describe('L11: the clock as a batch keeps it is the clock', () => {
  const fleets = [1, 2, 3, 7, 8, 9, 40].map((size) => Array.from({ length: size }, (_, n) => `d${n}`))
  const odd = fc.record({
    at: fc.integer({ min: 0, max: 300 }),
    byMs: fc.constantFrom(
      -3 * DAY,
      -DAY,
      -2 * HOUR,
      -5 * MINUTE,
      FUTURE + 1,
      FUTURE,
      6 * MINUTE,
      3 * HOUR,
      2 * DAY,
      400 * DAY,
    ),
    key: fc.constantFrom('d0', 'd1', 'd3', 'stranger'),
    lasts: fc.integer({ min: 1, max: 30 }),
  })

  test('whatever comes, in batches of any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fleets),
        fc.array(odd, { maxLength: 4 }),
        fc.array(fc.integer({ min: -4, max: 6 }), { minLength: 5, maxLength: 9 }),
        fc.constantFrom(SECOND, 7 * SECOND, MINUTE, 20 * MINUTE),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 11 }),
        fc.integer({ min: 1, max: 13 }),
        (fleet, odds, steps, stepMs, ends, stride) => {
          const both = new Both()
          let timeMs = NOW
          for (let n = 0; n < 300; n++) {
            timeMs += steps[n % steps.length]! * stepMs
            let [key, byMs] = [fleet[(n * stride) % fleet.length]!, 0]
            for (const one of odds)
              if (n >= one.at && n < one.at + one.lasts) [key, byMs] = [one.key, one.byMs]
            both.send(key, timeMs + byMs, ends[n % ends.length]!)
          }
          both.end()
        },
      ),
      { numRuns: 100 },
    )
  })

  test('a key that falls silent is forgotten at the same event', () => {
    const both = new Both()
    for (let n = 0; n < 40; n++) both.send(`d${n % 3}`, NOW + n * SECOND, false)
    for (let n = 0; n < FORGOTTEN_AFTER + 40; n++)
      both.send(`d${n % 2}`, NOW + (40 + n) * SECOND, n % 100 === 0)
    both.end()
    expect(both.fast.clock.keys.length).toBe(2)
  })

  test('of a hundred thousand keys', () => {
    const both = new Both()
    for (let n = 0; n < 5000; n++) both.send(`user ${(n * 7919) % 100_000}`, NOW + n * 40, n % 256 === 0)
    both.end()
    expect(both.fast.clock.keys.length).toBe(8)
  })
})
