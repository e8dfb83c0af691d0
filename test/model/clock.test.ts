import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clockText, parseClock } from '../../model/time/clock-text.ts'
import { ALONE_EVENTS, copyClock, emptyClock, FORGOTTEN_AFTER, KEYS_HELD } from '../../model/time/clock.ts'
import { NOW, SECOND, MINUTE, HOUR, DAY, Log, FLEET } from './clock-log.ts'

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
