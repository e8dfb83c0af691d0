/** Days, weeks and months in zones of every kind, against a table made with Python's zoneinfo; and what covers them. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cover } from '../../../query-api/engine/plan/covering.ts'
import { addDays, addMonths, floorTo, numberAt, startOf } from '../../../query-api/language/calendar.ts'
import { parseTime, resolveTime } from '../../../query-api/language/time.ts'
import { zoneHint, zoneOf } from '../../../query-api/language/zone.ts'
import type { WeekStart } from '../../../model/time/days.ts'
import type { Calendar } from '../../../query-api/language/calendar.ts'
import { testSource } from '../fill.ts'

const HOUR = 3_600_000
/** Starts of the days of 2025, s: all of 24 hours but those named, in minutes. */
const table = JSON.parse(
  readFileSync(new URL('../../fixtures/zones/days-2025.json', import.meta.url), 'utf8'),
) as Record<string, { beginsAt: number; minutesOf: Record<string, number>; endsAt: number }>
const dayOf = (n: number): string => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10)

const calendarOf = (zone: string, weekStart: WeekStart = 'monday'): Calendar => ({
  zone: zoneOf(zone)!,
  weekStart,
})
const at = (text: string, zone: string, nowMs = 0, weekStart: WeekStart = 'monday'): string => {
  const time = parseTime(text, calendarOf(zone, weekStart))!
  return new Date(resolveTime(time, { nowMs, latestMs: null })).toISOString()
}

test.each(Object.keys(table))('every day of 2025 in %s', (zone) => {
  const { beginsAt, minutesOf, endsAt } = table[zone]!
  const calendar = calendarOf(zone)
  const wrong: string[] = []
  let startMs = beginsAt * 1000
  for (let n = 0; n < 365; n++) {
    const endMs = startMs + (minutesOf[dayOf(n)] ?? 1440) * 60_000
    const number = numberAt('d', startMs, calendar)
    const says = [
      startOf('d', number, calendar),
      startOf('d', number + 1, calendar),
      Date.parse(at(dayOf(n), zone)),
      ...[startMs, startMs + 1, startMs + 12 * HOUR, endMs - 1].map((ms) => numberAt('d', ms, calendar)),
    ]
    const wanted = [startMs, endMs, startMs, number, number, number, number]
    if (says.some((one, n) => one !== wanted[n])) wrong.push(dayOf(n))
    startMs = endMs
  }
  expect(wrong).toEqual([])
  expect(startMs).toBe(endsAt * 1000)
})

describe('times of a zone', () => {
  test.each([
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'], // never was: as if not set forward yet
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // came twice: the first
    ['2026-03-01T12:00', 'Asia/Kathmandu', '2026-03-01T06:15:00.000Z'],
    ['2026-03-01T12:00:00Z', 'Asia/Kathmandu', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', 'Pacific/Chatham', '2026-02-28T10:15:00.000Z'],
  ])('%s in %s is %s', (text, zone, iso) => expect(at(text, zone)).toBe(iso))

  test('relative times go by days of the zone, not by 24 hours', () => {
    const mondayMs = Date.parse('2026-03-30T00:30:00+02:00')
    expect(at('now/d', 'Europe/Berlin', mondayMs)).toBe('2026-03-29T22:00:00.000Z')
    expect(at('now-1d/d', 'Europe/Berlin', mondayMs)).toBe('2026-03-28T23:00:00.000Z')
    expect(at('now/w', 'Europe/Berlin', mondayMs)).toBe('2026-03-29T22:00:00.000Z')
    expect(at('now/w', 'Europe/Berlin', mondayMs, 'sunday')).toBe('2026-03-28T23:00:00.000Z')
    expect(at('now/mo', 'Europe/Berlin', mondayMs)).toBe('2026-02-28T23:00:00.000Z')
    expect(at('now-1mo', 'Europe/Berlin', mondayMs)).toBe('2026-02-27T23:30:00.000Z')
    expect(at('now/h', 'Asia/Kolkata', Date.parse('2026-03-30T00:10:00Z'))).toBe('2026-03-29T23:30:00.000Z')
  })

  test('a day that a zone left out is none', () => {
    const samoa = calendarOf('Pacific/Apia')
    const left = numberAt('d', Date.parse('2011-12-29T12:00:00-10:00'), samoa) + 1
    expect(startOf('d', left, samoa)).toBe(startOf('d', left + 1, samoa))
    expect(numberAt('d', startOf('d', left, samoa), samoa)).toBe(left + 1)
  })

  test('in any zone: floors are idempotent, do not pass the time, and steps come back', () => {
    const zones = Intl.supportedValuesOf('timeZone').filter((name) => zoneOf(name) !== null)
    expect(zones.length).toBeGreaterThan(300)
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2030, 0) }),
        fc.constantFrom('d' as const, 'w' as const, 'mo' as const),
        (zone, ms, unit) => {
          const calendar = calendarOf(zone)
          const start = floorTo(unit, ms, calendar)
          expect(start).toBeLessThanOrEqual(ms)
          expect(floorTo(unit, start, calendar)).toBe(start)
          expect(startOf(unit, numberAt(unit, ms, calendar) + 1, calendar)).toBeGreaterThan(ms)
          expect(Math.abs(addDays(addDays(ms, 7, calendar), -7, calendar) - ms)).toBeLessThanOrEqual(HOUR)
          expect(addMonths(ms, 12, calendar)).toBeGreaterThan(ms + 364 * 24 * HOUR)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a zone that is none gets a suggestion', () => {
    expect(zoneOf('Europe/Berlni')).toBeNull()
    expect(zoneHint('Europe/Berlni')).toContain('did you mean Europe/Berlin')
    expect(zoneHint('berlin')).toContain('did you mean Europe/Berlin')
    expect(zoneHint('new york')).toContain('did you mean America/New_York')
    for (const none of ['', '+01:00', 'CET+1', '../etc/passwd', 'x'.repeat(5000)])
      expect(zoneOf(none)).toBeNull()
  })
})

test('whatever the stretch, windows and gaps lie end to end, kept and inside', () => {
  const { intervals } = testSource('covers', { '1m': '2d', '15m': '10d', '1h': '90d', '1d': 'forever' })
  const latestMs = Date.parse('2026-06-01T07:03:11Z')
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 * 24 * 4 }),
      fc.integer({ min: 1, max: 40 * 24 * 4 }),
      (ago, quarters) => {
        const toMs = Math.floor(latestMs / 900_000 - ago) * 900_000
        const range = { fromMs: toMs - quarters * 900_000, toMs }
        const { runs, missing } = cover(intervals, range, latestMs)
        const pieces = [
          ...runs.map(({ interval: { ms }, first, end }) => ({ fromMs: first * ms, toMs: end * ms })),
          ...missing,
        ].sort((a, b) => a.fromMs - b.fromMs)
        let endMs = range.fromMs
        for (const piece of pieces) {
          if (piece.fromMs !== endMs || piece.toMs <= endMs) throw new Error('not end to end')
          endMs = piece.toMs
        }
        expect(endMs).toBe(range.toMs)
        for (const { interval, first } of runs)
          expect((first + 1) * interval.ms + (interval.keepMs ?? Infinity)).toBeGreaterThan(latestMs)
        // Nothing is missing that some kept window would have covered.
        for (const gap of missing)
          for (const { ms, keepMs } of intervals)
            for (let start = Math.ceil(gap.fromMs / ms) * ms; start + ms <= gap.toMs; start += ms)
              if (start + ms + (keepMs ?? Infinity) > latestMs) throw new Error(`${ms} at ${start} is kept`)
      },
    ),
  )
})
