/** Days, clocks and axes of the reader's zone. */
import { afterEach, describe, expect, test } from 'vitest'
import { xTicks } from '../../dashboard/chart/axis.ts'
import { clockTime, dayOf, zoneName } from '../../dashboard/format/format.ts'
import { chooseZone, instantOf, localMs, otherZone } from '../../dashboard/format/zone.ts'
import { allZones, offsetName, zonesLike } from '../../dashboard/scope/zones.ts'
import { chooseWeekStart, isOfZone, resolveTime } from '../../dashboard/view/range.ts'
import { addressOf, viewOf } from '../../dashboard/view/view.ts'

const HOUR = 3_600_000
afterEach(() => {
  chooseZone(null)
  chooseWeekStart('monday')
})

describe('a zone', () => {
  test('has its clocks, days of 23 and 25 hours, and halves and quarters of hours', () => {
    const day = (zone: string, date: string): number => {
      chooseZone(zone)
      return (resolveTime(`${date}`, 0)! - resolveTime(previous(date), 0)!) / HOUR
    }
    const previous = (date: string): string =>
      new Date(Date.parse(`${date}T00:00Z`) - 24 * HOUR).toISOString().slice(0, 10)
    expect([
      day('Europe/Berlin', '2026-03-30'),
      day('Europe/Berlin', '2026-10-26'),
      day('Australia/Lord_Howe', '2026-04-06'),
      day('Asia/Kathmandu', '2026-04-06'),
    ]).toEqual([23, 25, 24.5, 24])
    chooseZone('Asia/Kathmandu')
    expect([clockTime(0), dayOf(0), zoneName()]).toEqual(['05:30:00', '1 Jan', 'Kathmandu'])
  })
  test('takes the first of an hour that comes twice, and one that never is as if clocks had not been set', () => {
    chooseZone('Europe/Berlin')
    expect(new Date(instantOf(Date.UTC(2026, 9, 25, 2, 30))).toISOString()).toBe('2026-10-25T00:30:00.000Z')
    expect(new Date(instantOf(Date.UTC(2026, 2, 29, 2, 30))).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  })
  test('cuts ranges: days, weeks of either start, months, half hours', () => {
    chooseZone('Asia/Kolkata')
    const nowMs = Date.parse('2026-03-05T20:00:00Z')
    const at = (text: string): string => new Date(resolveTime(text, nowMs)!).toISOString()
    expect([
      at('now/d'),
      at('now/h'),
      at('now/w'),
      at('now/mo'),
      at('now-1mo/d'),
      at('2026-03-01T12:00'),
    ]).toEqual([
      '2026-03-05T18:30:00.000Z',
      '2026-03-05T19:30:00.000Z',
      '2026-03-01T18:30:00.000Z',
      '2026-02-28T18:30:00.000Z',
      '2026-02-05T18:30:00.000Z',
      '2026-03-01T06:30:00.000Z',
    ])
    chooseWeekStart('sunday')
    expect(at('now/w')).toBe('2026-02-28T18:30:00.000Z')
    expect(
      [
        ['now-15m', 'now'],
        ['now-7d', 'now'],
        ['now/h', 'now'],
        ['2026-03-01T12:00:00Z', 'now'],
        ['2026-03-01', 'now'],
      ].map(([from, to]) => isOfZone({ from: from!, to: to! })),
    ).toEqual([false, true, true, false, true])
  })
  test('labels midnights as midnights on both sides of a changed clock', () => {
    chooseZone('Europe/Berlin')
    const { stepMs, ticksMs } = xTicks(Date.UTC(2026, 2, 27), Date.UTC(2026, 3, 1), 700, {
      localMs,
      instantOf,
    })
    expect(stepMs).toBe(12 * HOUR)
    expect(ticksMs.map((ms) => clockTime(ms)).filter((text) => !/^(00|12):00:00$/.test(text))).toEqual([])
  })
  test('stands in the address, and the browser\u2019s own does not', () => {
    const own = new Intl.DateTimeFormat().resolvedOptions().timeZone
    const view = viewOf('/', 'tz=Asia/Kathmandu&week=sunday', 0)
    expect([view.tz, view.weekStart, addressOf(view, '')]).toEqual([
      'Asia/Kathmandu',
      'sunday',
      '/?tz=Asia/Kathmandu&week=sunday',
    ])
    expect([
      viewOf('/', `tz=${own}`, 0).tz,
      viewOf('/', 'tz=Mars/Olympus', 0).tz,
      otherZone('x'.repeat(99)),
    ]).toEqual([null, null, null])
  })
  test('is found by its city, without accents and blanks, by its name of old and of today', () => {
    const all = allZones()
    expect(zonesLike('berl', all, 5)[0]).toBe('Europe/Berlin')
    expect(zonesLike('new york', all, 5)[0]).toBe('America/New_York')
    expect(zonesLike('S\u00e3o', all, 5)).toContain('America/Sao_Paulo')
    expect(zonesLike('kathm', all, 5)[0]).toBe('Asia/Kathmandu')
    expect(zonesLike('atlantis', all, 5)).toEqual([])
    expect([
      offsetName('Asia/Kathmandu', 0),
      offsetName('UTC', 0),
      offsetName('America/New_York', 0),
    ]).toEqual(['+05:30', '+00:00', '\u221205:00'])
  })
})
