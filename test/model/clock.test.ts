import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clockText, parseClock } from '../../model/clock-text.ts'
import {
  ALONE_EVENTS,
  arrive,
  copyClock,
  emptyClock,
  FORGOTTEN_AFTER,
  hear,
  keyHash,
  KEYS_HELD,
  type Clocked,
} from '../../model/clock.ts'
import { SightingTable } from '../../model/sighting-table.ts'
import { limitOf, replaces, type Sighting } from '../../model/sightings.ts'

const NOW = 1_777_636_800_000
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]
const FUTURE = MINUTE

class Log implements Clocked {
  first = 0
  logClockMs: number | null = null
  newestMs: number | null = null
  sinceMs: number | null = null
  clock = emptyClock()
  events = { counted: 0 }
  ahead = 0
  /** Counted events that were later than any of `keepMs` would allow, had the interval of a second been kept 45 minutes. */
  late = 0

  send(key: string | null, timeMs: number, arrivedMs: number | null = timeMs): this {
    if (this.logClockMs !== null && timeMs + SECOND + 45 * MINUTE <= this.logClockMs) this.late++
    this.events.counted++
    hear(this, keyHash(key), timeMs, FUTURE)
    arrive(this, arrivedMs)
    return this
  }

  /** `count` events of these keys in turn, a second apart, beginning at `fromMs`. */
  live(keys: readonly (string | null)[], fromMs: number, count: number, arrivedMs?: number): this {
    for (let n = 0; n < count; n++)
      this.send(keys[n % keys.length]!, fromMs + n * SECOND, arrivedMs ?? fromMs + n * SECOND)
    return this
  }
}

const FLEET = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7']

describe('L11: one device that is ahead', () => {
  test.each([
    ['50 minutes', 50 * MINUTE],
    ['59 minutes', 59 * MINUTE],
    ['a day', DAY],
    ['400 days', 400 * DAY],
    ['until 2099', 4_070_908_800_000 - NOW],
  ])('%s: nobody is late, and it is counted as ahead', (_, aheadMs) => {
    for (const fleet of [FLEET, ['d1', 'd2'], ['d1']]) {
      const log = new Log()
        .live(fleet, NOW, 40)
        .send('fast', NOW + aheadMs)
        .live(fleet, NOW + 40 * SECOND, 40)
      expect(log.late).toBe(0)
      expect(log.logClockMs ?? 0).toBeLessThanOrEqual(NOW + 80 * SECOND)
      expect(log.ahead).toBe(1)
      expect(log.newestMs).toBe(NOW + aheadMs)
    }
  })

  test('the first event of a partition is the one', () => {
    const log = new Log().send('fast', NOW + 400 * DAY).live(FLEET, NOW, 20)
    expect([log.late, log.ahead]).toEqual([0, 1])
    expect(log.logClockMs).toBeGreaterThan(NOW + 10 * SECOND)
    expect(log.logClockMs).toBeLessThan(NOW + 20 * SECOND)
  })

  test('it goes on sending, as the chattiest of all', () => {
    const log = new Log()
    for (let n = 0; n < 300; n++) {
      for (let m = 0; m < 20; m++) log.send('fast', NOW + 59 * MINUTE + n * SECOND)
      log.send(FLEET[n % 2]!, NOW + n * SECOND)
    }
    expect(log.late).toBe(0)
    expect(log.logClockMs).toBeLessThan(NOW + 300 * SECOND)
    expect(log.ahead).toBeGreaterThan(5000)
  })

  test('three of eight are ahead, each by its own', () => {
    const log = new Log().live(FLEET, NOW, 20)
    for (let n = 0; n < 100; n++)
      for (const [at, key] of ['f1', 'f2', 'f3', 'd1', 'd2', 'd3', 'd4', 'd5'].entries())
        log.send(key, NOW + 20 * SECOND + n * SECOND + (at < 3 ? (at + 1) * DAY : 0))
    expect(log.late).toBe(0)
  })

  test('a clock that runs twice as fast drags nobody along', () => {
    const log = new Log()
    for (let n = 0; n < 600; n++) log.send('fast', NOW + n * 20 * SECOND).send('d1', NOW + n * 10 * SECOND)
    expect(log.late).toBe(0)
    expect(log.logClockMs).toBeLessThanOrEqual(NOW + 6000 * SECOND)
  })

  test('its clock is mended: nothing of what follows is late, the clock goes on', () => {
    for (const others of [['d1'], []]) {
      const log = new Log().live(['fast', ...others], NOW, 40)
      for (let n = 0; n < 12; n++) log.send('fast', NOW + 30 * DAY + n * SECOND)
      log.live(['fast', ...others], NOW + MINUTE, 60)
      expect(log.late).toBe(0)
      expect(log.logClockMs ?? 0).toBeLessThan(NOW + 2 * MINUTE)
    }
  })
})

describe('a key alone', () => {
  test('is believed by its last 16 events, and once heard alone for long when others fall silent', () => {
    const log = new Log().live(['a', 'b'], NOW, 2)
    expect(log.logClockMs).toBe(NOW)
    log.live(['a'], NOW + 10 * MINUTE, FORGOTTEN_AFTER)
    expect(log.logClockMs).toBe(NOW + SECOND)
    log.live(['a'], NOW + 10 * MINUTE + FORGOTTEN_AFTER * SECOND, 2 * ALONE_EVENTS)
    expect(log.logClockMs).toBeGreaterThan(NOW + 10 * MINUTE + (FORGOTTEN_AFTER - 1) * SECOND)
  })

  test('L11: one reading of its own that is ahead moves nothing, wherever it falls', () => {
    for (let before = 0; before < 2 * ALONE_EVENTS; before++) {
      const log = new Log().live(['a', 'b'], NOW, 2).live(['a'], NOW, FORGOTTEN_AFTER + before)
      log.send('a', NOW + HOUR * 3).live(['a'], NOW + 1100 * SECOND, 40)
      expect(log.logClockMs).toBeLessThan(NOW + 1140 * SECOND)
      expect(log.logClockMs).toBeGreaterThan(NOW + 1000 * SECOND)
    }
  })

  test('that was never anything else has no clock for a day, then its own', () => {
    const log = new Log()
    for (let n = 0; n < 24 * 60; n++) log.send('a', NOW + n * MINUTE)
    expect(log.logClockMs).toBe(null)
    for (let n = 0; n < 60; n++) log.send('a', NOW + DAY + n * MINUTE)
    expect(log.logClockMs).toBeGreaterThan(NOW + DAY)
  })

  test('whose events have no key is one key', () => {
    const log = new Log()
      .live([null], NOW, 30)
      .send(null, NOW + 400 * DAY)
      .live([null], NOW + MINUTE, 30)
    expect([log.clock.keys.length, log.late]).toEqual([1, 0])
  })

  test('wrong for less than a day, even from the first event on, leaves the partition to others', () => {
    const log = new Log()
    for (let n = 0; n < 600; n++) log.send('a', NOW + 400 * DAY + n * 2 * MINUTE)
    log.live(FLEET, NOW, 50)
    expect([log.late, log.logClockMs! < NOW + MINUTE]).toEqual([0, true])
  })
})

test('after a silence all leap eight hours: nothing is late, nobody is called ahead, and the clock follows', () => {
  const log = new Log().live(FLEET, NOW, 70).live(FLEET, NOW + 8 * HOUR, 70)
  expect([log.late, log.ahead]).toEqual([0, 0])
  expect(log.logClockMs).toBeGreaterThan(NOW + 8 * HOUR + MINUTE)
})

test('what comes an hour late, from everybody, moves nothing and is not called ahead', () => {
  const log = new Log()
    .live(FLEET, NOW, 70)
    .live(FLEET, NOW - HOUR, 70)
    .live(FLEET, NOW + 70 * SECOND, 70)
  expect(log.ahead).toBe(0)
  expect(log.logClockMs).toBeGreaterThan(NOW + 130 * SECOND)
})

test('no device sends for others: whatever one key says, others are late only by what the others say', () => {
  const told = fc.record({
    key: fc.integer({ min: 0, max: 5 }),
    atMs: fc.integer({ min: 0, max: 10 * MINUTE }),
  })
  const lie = fc.record({
    before: fc.nat({ max: 60 }),
    atMs: fc.integer({ min: -50 * 365 * DAY, max: 800 * DAY }),
  })
  fc.assert(
    fc.property(
      fc.array(told, { minLength: 2, maxLength: 60 }),
      fc.array(lie, { maxLength: 15 }),
      (events, lies) => {
        const log = new Log()
        for (const [n, { key, atMs }] of events.entries()) {
          for (const { before, atMs: offMs } of lies) if (before === n) log.send('liar', NOW + offMs)
          log.send(`d${key}`, NOW + atMs)
        }
        expect(log.logClockMs ?? 0).toBeLessThanOrEqual(NOW + 10 * MINUTE)
      },
    ),
  )
})

test('the clock never goes back, its memory is bounded, and it goes on from its text as if there had been no restart', () => {
  const event = fc.tuple(
    fc.option(fc.constantFrom(...FLEET, 'a', 'b', 'c', 'ü', '__proto__')),
    fc.integer({ min: -2 * DAY, max: 2 * DAY }),
    fc.option(fc.integer({ min: -DAY, max: DAY })),
  )
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 120 }),
      fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      (events, cuts) => {
        const [whole, cut] = [new Log(), new Log()]
        for (const [n, [key, atMs, arrivedMs]] of events.entries()) {
          const beforeMs = whole.logClockMs ?? Number.NEGATIVE_INFINITY
          for (const log of [whole, cut])
            log.send(key, NOW + atMs, arrivedMs === null ? null : NOW + arrivedMs)
          if (cuts[n % 7]) cut.clock = parseClock(clockText(cut.clock))!
          else cut.clock = copyClock(cut.clock)
          expect(whole.logClockMs ?? Number.NEGATIVE_INFINITY).toBeGreaterThanOrEqual(beforeMs)
        }
        expect({ ...cut }).toEqual({ ...whole })
        expect(whole.clock.keys.length).toBeLessThanOrEqual(KEYS_HELD)
        expect(clockText(whole.clock).length).toBeLessThan(900)
      },
    ),
  )
})

test('a memory that is none is told from one', () => {
  for (const text of [
    'x',
    '[]',
    '{}',
    '[[[1]],[0,null],null,[],null,null]',
    '[[],[0,null],null,["a"],null,null]',
    '[[],[0.5,null],null,[],null,null]',
  ])
    expect(parseClock(text)).toBe(null)
  expect(parseClock('')).toEqual(emptyClock())
})

describe('L9: since', () => {
  test.each([
    ['1970', 200_000],
    ['the epoch of GPS', 315_964_800_000],
    ['2000', 946_684_800_000],
    ['two hours ago', NOW - 2 * HOUR],
  ])('a first reading of %s does not date the log', (_, wrongMs) => {
    for (const arrived of [
      [NOW, NOW, NOW, NOW],
      [wrongMs, NOW, NOW, wrongMs < NOW - DAY ? wrongMs : NOW],
    ]) {
      const log = new Log()
        .send('boot', wrongMs, arrived[0]!)
        .send('boot', NOW - 3000, arrived[1]!)
        .send('ok', NOW - 3000, arrived[2]!)
        .send('boot', wrongMs + 1000, arrived[3]!)
      expect(log.sinceMs).toBe(NOW)
      log
        .live(['boot', 'ok', 'third'], NOW, 3 * 3600)
        .send('boot', wrongMs + 2000, NOW)
        .live(['boot', 'ok', 'third'], NOW + 3 * HOUR, 3 * 3600)
      expect(log.sinceMs).toBe(NOW - 3000) // the first reading of the present
    }
  })

  test('sixty readings before the first contact with a time server do not, either', () => {
    const log = new Log()
    for (let n = 0; n < 60; n++) log.send('alone', n * SECOND, NOW + n * SECOND)
    expect(log.sinceMs).toBe(NOW)
    log.live(['alone'], NOW + MINUTE, 7200)
    expect(log.sinceMs).toBe(NOW)
  })

  test('a history filled in now answers from its own beginning, of several devices or of one', () => {
    for (const keys of [FLEET, ['a']]) {
      const log = new Log()
      for (let n = 0; n < 600; n++)
        log.send(keys[n % keys.length]!, Date.UTC(2015, 1, 1) + n * 5 * MINUTE, NOW + n)
      expect(log.sinceMs).toBeGreaterThanOrEqual(Date.UTC(2015, 1, 1))
      expect(log.sinceMs).toBeLessThanOrEqual(Date.UTC(2015, 1, 1) + 10 * MINUTE)
    }
  })

  test('a history of two devices, one after the other, the later one first', () => {
    const log = new Log()
    for (let n = 0; n < 2000; n++) log.send('a', Date.UTC(2015, 5, 1) + n * MINUTE, NOW)
    for (let n = 0; n < 2000; n++) log.send('b', Date.UTC(2014, 5, 1) + n * MINUTE, NOW)
    expect(log.sinceMs).toBeLessThan(Date.UTC(2014, 5, 2))
  })

  test('one record whose timestamp is far ahead, or absent, does not date it', () => {
    const log = new Log().send('fast', NOW + 400 * DAY, NOW + 400 * DAY).live(FLEET, NOW, 30)
    expect(log.sinceMs).toBe(NOW)
    expect(
      new Log()
        .send('a', NOW, NOW)
        .send('b', NOW, NOW + 1)
        .send('c', NOW, null).sinceMs,
    ).toBe(NOW)
  })

  test('where the log lost its beginning, no history filled in later makes it begin before', () => {
    const log = new Log()
    log.first = 7
    for (let n = 0; n < 600; n++) log.send('a', Date.UTC(2015, 1, 1) + n * 5 * MINUTE, NOW)
    expect(log.sinceMs).toBe(NOW)
  })
})

describe('presence', () => {
  const one = (timeMs: number, clockMs: number | null = NOW): Sighting => ({
    timeMs,
    limitMs: limitOf(clockMs, timeMs, FUTURE),
  })

  test('the latest holds; one that is ahead holds until the device says another', () => {
    const seen = (...all: Sighting[]): number => {
      const table = new SightingTable(0)
      for (const { timeMs, limitMs } of all) table.add(1, 0, timeMs, limitMs)
      return table.outcome(0, null)!.timeMs
    }
    expect(seen(one(NOW), one(NOW - 5), one(NOW + 5))).toBe(NOW + 5)
    expect(seen(one(NOW), one(NOW + 400 * DAY))).toBe(NOW + 400 * DAY)
    expect(seen(one(NOW), one(NOW + 400 * DAY), one(NOW + 3))).toBe(NOW + 3)
    expect(seen(one(NOW + 8 * HOUR), one(NOW + 7 * HOUR, NOW + 8 * HOUR))).toBe(NOW + 8 * HOUR) // after a silence: confirmed meanwhile
    expect(seen(one(NOW + 400 * DAY, null), one(NOW, null))).toBe(NOW)
  })

  test('L8: the cut does not change what holds', () => {
    const step = fc.record({
      timeMs: fc.integer({ min: 0, max: 40 }),
      limitMs: fc.integer({ min: 0, max: 40 }),
    })
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 60 })),
        fc.array(step, { maxLength: 8 }),
        (held, steps) => {
          const table = new SightingTable(1)
          for (const [at, { timeMs, limitMs }] of steps.entries())
            if (table.add(7, 1, timeMs, limitMs)) table.note(0, at)
          let now: { timeMs: number } | null = held === null ? null : { timeMs: held }
          for (const next of steps) if (replaces(next, now)) now = next
          const outcome = steps.length === 0 ? null : table.outcome(0, held)
          expect(outcome?.timeMs ?? held).toBe(now?.timeMs ?? null)
          if (outcome !== null) expect(steps[outcome.noted[0]!]!.timeMs).toBe(outcome.timeMs)
          if (steps.length > 0) expect(table.countOf(0)).toBe(steps.length)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
