/** What follows from the log clock: since when the data is whole (L9), and who is present. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SightingTable } from '../../model/sighting-table.ts'
import { limitOf, replaces, type Sighting } from '../../model/sightings.ts'
import { NOW, SECOND, MINUTE, HOUR, DAY, FUTURE, Log, FLEET } from './clock-log.ts'

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

  test('L8: where batches end does not change what holds', () => {
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
