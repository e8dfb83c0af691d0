import { describe, expect, test } from 'vitest'
import { parseTime, resolveTime, timeKey } from '../../../query-api/language/time.ts'

const nowMs = Date.parse('2026-03-04T05:06:07.891Z') // a Wednesday
const latestMs = Date.parse('2015-05-20T10:00:00Z')
const at = (text: string): string =>
  new Date(resolveTime(parseTime(text)!, { nowMs, latestMs })).toISOString()

describe('the time grammar', () => {
  test.each([
    ['now', '2026-03-04T05:06:07.891Z'],
    ['now-15m', '2026-03-04T04:51:07.891Z'],
    ['now/d', '2026-03-04T00:00:00.000Z'],
    ['now-1d/d', '2026-03-03T00:00:00.000Z'],
    ['now/w', '2026-03-02T00:00:00.000Z'],
    ['now/h+30m', '2026-03-04T05:30:00.000Z'],
    ['latest', '2015-05-20T10:00:00.000Z'],
    ['latest-1h', '2015-05-20T09:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00.000Z'],
    ['1000', '1970-01-01T00:00:01.000Z'],
    ['now-999999999d', '1970-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => expect(at(text)).toBe(iso))

  test.each([
    '',
    'Now',
    'now-',
    'now-15',
    'now-15y',
    'now - 15m',
    'latest/',
    '-5',
    '1.5',
    '1e3',
    '2026-03-01T12:00:00',
    '2026-02-30',
    'now'.padEnd(5000, '-1s'),
    '9'.repeat(20),
    '999999999999999',
    '٣',
  ])('%.40s is refused', (text) => expect(parseTime(text)).toBeNull())

  test('latest is now before the first event', () => {
    expect(resolveTime(parseTime('latest-1s')!, { nowMs, latestMs: null })).toBe(nowMs - 1000)
  })

  test('one key a meaning', () => {
    expect(timeKey(parseTime('1970-01-01T00:00:01Z')!)).toBe(timeKey(parseTime('1000')!))
    expect(timeKey(parseTime('now-60s')!)).toBe(timeKey(parseTime('now-1m')!))
    expect(timeKey(parseTime('now-1m')!)).not.toBe(timeKey(parseTime('now+1m')!))
    expect(timeKey(parseTime('now-1m')!)).not.toBe(timeKey(parseTime('latest-1m')!))
  })
})
