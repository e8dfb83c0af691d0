import { describe, expect, test } from 'vitest'
import { parseEventTime } from '../../model/time/event-time.ts'
import { compileZone, isZone } from '../../model/time/time-zone.ts'
import { rowsOf, sourceOf } from './source.ts'
import { CLEAR, LOCAL, NONE } from './time-forms.ts'

describe('times that are not ambiguous', () => {
  const at = Date.UTC(2026, 10, 24, 21, 26, 47)

  test.each([
    '2026-11-24T22:26:47+0100',
    '2026-11-24T22:26:47+01',
    '2026-11-24T16:26:47-05:00',
    '2026-11-24T21:26:47z',
    '2026-11-24t21:26:47Z',
    '2026-11-24 21:26:47Z',
    '2026-11-24 22:26:47+01',
    '2026-11-24 22:26:47 +0100',
    '2026-11-24 21:26:47 UTC',
    '2026-11-24 21:26:47 +0000 UTC',
    '2026-11-24T22:26:47+01:00[Europe/Berlin]',
    '2026/11/24 21:26:47Z',
    '2026.11.24 21:26:47Z',
    '20261124T212647Z',
    '20261124T222647+0100',
    'Tue, 24 Nov 2026 21:26:47 GMT',
    'Tue, 24 Nov 2026 22:26:47 +0100',
    '24/Nov/2026:22:26:47 +0100',
    'Tue Nov 24 2026 22:26:47 GMT+0100 (Central European Standard Time)',
    'Tue Nov 24 21:26:47 UTC 2026',
    '1795555607',
    '1795555607000',
    '1795555607000000',
    '1795555607000999999',
  ])('%s', (text) => expect(parseEventTime(text)).toBe(at))

  test.each([
    ['2026-11-24T21:26:47.312345678+0000', 312],
    ['2026-11-24 21:26:47,312Z', 312],
    ['2026-11-24T21:26:47.3129999999Z', 312],
    ['1795555607.3129999999', 312],
    ['1795555607312', 312],
    ['1795555607312999', 312],
    ['1795555607312999999', 312],
  ])('%s is cut to its millisecond', (text, ms) => expect(parseEventTime(text)).toBe(at + ms))

  test('a number and a text of the same digits are the same millisecond', () => {
    for (let n = 0; n < 1000; n++) {
      const digits = `1795555607.${String(n).padStart(3, '0')}`
      const iso = `2026-11-24T21:26:47.${String(n).padStart(3, '0')}Z`
      const want = parseEventTime(iso)
      expect([digits, parseEventTime(Number(digits)), parseEventTime(digits)]).toEqual([digits, want, want])
    }
    // 1795555607.29 * 1000 is 1795555607289.9998 in doubles
    expect(parseEventTime(1795555607.29)).toBe(at + 290)
    expect(parseEventTime(1795555607312.9)).toBe(at + 312)
  })

  test.each([
    '2026-11-24T21:26:47',
    '2026-11-24 21:26:47',
    '20261124T212647',
    '2026-11-24',
    '24.11.2026 21:26:47Z',
    '11/24/2026 21:26:47Z',
    '2026-11/24 21:26:47Z',
    '2026-11-24  21:26:47Z',
    '2026-11-24T21:26:47 CET',
    '2026-11-24T21:26:47+24:00',
    '2026-11-24T21:26:47+0160',
    '2026-11-24T21:26:47+1',
    '2026-11-24T21:26:47.Z',
    '2026-02-29T00:00:00Z',
    'Tue, 31 Nov 2026 21:26:47 GMT',
    'Tue, 24 Foo 2026 21:26:47 GMT',
    'Tue, 24 Nov 2026 21:26:47 CET',
    'Tue Nov 24 21:26:47 CET 2026',
    '99999999',
    '-1795555607',
    '1795555607 ',
    '٢٠٢٦-11-24T21:26:47Z',
    '1'.repeat(41),
    `2026-11-24T21:26:47.${'1'.repeat(300)}Z`,
  ])('%s is none', (text) => expect(parseEventTime(text)).toBe(null))
})

describe('what is written elsewhere', () => {
  test('is read where it is one time, and refused where it is none', () => {
    for (const [text, ms] of CLEAR) expect([text, parseEventTime(text)]).toEqual([text, ms])
    for (const text of NONE) expect([text, parseEventTime(text)]).toEqual([text, null])
    const berlin = compileZone('Europe/Berlin')
    for (const [text, ms] of LOCAL) {
      expect([text, parseEventTime(text)]).toEqual([text, null])
      expect([text, parseEventTime(text, undefined, berlin)]).toEqual([text, ms])
    }
  })

  test('a clock that is not set is a reject, however it writes the time', () => {
    const said = (json: string): unknown => rowsOf(sourceOf({}), `{"ts":${json}}`)
    for (const early of ['"1970-01-01T00:03:20Z"', '"1973-03-03T09:46:39.999Z"'])
      expect(said(early)).toContain('is before 1973-03-03, as of a clock that is not set')
    expect(said('200')).toContain('seconds, ms, us or ns since 1970 begin at 100000000')
    const first = [{ ts: 1e11 }]
    for (const same of ['"1973-03-03T09:46:40Z"', '100000000', '"100000000"', '100000000000'])
      expect(said(same)).toMatchObject(first)
    // Ticks of Windows and of .NET, which as ns would be of 1974 and 1990.
    for (const ticks of [
      '134400312070000000',
      '"134400312070000000"',
      '639155524070000000',
      '1.3440031207E17',
    ])
      expect(said(ticks)).toContain('18 digits are ticks of Windows (100 ns since 1601) or .NET')
    expect(said('1000000000000000000')).toMatchObject([{ ts: 1e12 }])
    expect(said('"2026-11-24"')).toContain('it is a day without a time of day')
    for (const zero of ['"0001-01-01T00:00:00Z"', '"1900-01-01 00:00:00"', '"1969-12-31T23:59:59.999Z"'])
      expect(said(zero)).toContain('is before 1973-03-03, as of a clock that is not set')
    expect(said('1e400')).toContain('a number larger than a double can hold is not a time')
  })
})

test.each([
  ['"+010000-01-01T00:00:00Z"', 'years from 1970 to 9999'],
  ['"10000-01-01T00:00:00Z"', 'years from 1970 to 9999'],
  ['" 2026-11-24T21:26:47Z"', 'white space around it'],
  ['"1795555607\\n"', 'white space around it'],
  ['"2026-11-24T22:26:47 CET"', 'CET is what several zones are called'],
  ['"Tue Nov 24 21:26:47 PST 2026"', 'PST is what several zones are called'],
  ['"2026-11-24T22:26:47[Europe/Berlin]"', 'beside the name of the zone write its offset'],
  ['"11/24/2026 21:26:47"', 'its day and month could be either way round'],
  ['"Nov 24 21:26:47"', 'it names no year'],
  ['{"$date":"2026-11-24T21:26:47Z"}', 'such as  time: ts.$date'],
  ['{"seconds":1795555607}', 'such as  time: ts.seconds'],
  ['[2026,11,24,21,26]', 'as one text or number'],
  ['-62135596800', 'since 1970 begin at 100000000'],
  ['"yesterday"', 'is not a time (ISO-8601 with a zone'],
])('the dead letter of %s says what it lacks', (json, what) => {
  expect(rowsOf(sourceOf({}), `{"ts":${json}}`)).toContain(what)
})

describe('times of a named zone', () => {
  const utc = (zone: string, text: string): string =>
    new Date(parseEventTime(text, undefined, compileZone(zone))!).toISOString()

  test('name none, and are those of the clocks there', () => {
    expect(utc('Europe/Berlin', '2026-11-24 22:26:47')).toBe('2026-11-24T21:26:47.000Z')
    expect(utc('Europe/Berlin', '2026.07.24 22:26:47,5')).toBe('2026-07-24T20:26:47.500Z')
    expect(utc('Asia/Kolkata', '20261124T223000')).toBe('2026-11-24T17:00:00.000Z')
    expect(utc('America/New_York', '2026-11-24T22:26')).toBe('2026-11-25T03:26:00.000Z')
    // one that names its zone is of that one
    expect(utc('Europe/Berlin', '2026-11-24 22:26:47Z')).toBe('2026-11-24T22:26:47.000Z')
  })

  test('of an hour that comes twice the first, of one that never was as if the clocks were not set yet', () => {
    expect(utc('Europe/Berlin', '2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z')
    expect(utc('Europe/Berlin', '2026-10-25T03:00:00')).toBe('2026-10-25T02:00:00.000Z')
    expect(utc('Europe/Berlin', '2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z')
    expect(utc('Australia/Lord_Howe', '2026-04-05T01:45:00')).toBe('2026-04-04T14:45:00.000Z')
    expect(utc('Pacific/Apia', '2011-12-30T12:00:00')).toBe('2011-12-30T22:00:00.000Z')
  })

  test('without a zone the dead letter says what to add', () => {
    const bare = sourceOf({})
    expect(rowsOf(bare, '{"ts":"2026-11-24 21:26:47"}')).toContain('it names no zone: say which one it is of')
    expect(rowsOf(bare, '{"ts":"24.11.2026 21:26:47"}')).toContain('its day and month could be either')
    expect(rowsOf(sourceOf({ zone: 'UTC' }), '{"ts":"2026-11-24 21:26:47"}')).toMatchObject([
      { ts: 1795555607000 },
    ])
  })

  test('are places, no offsets and no abbreviations', () => {
    expect(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'UTC'].map(isZone)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['CET', '+01:00', 'Europe/Berlim', 'local', '', 'Europe/Berlin '].map(isZone)).toEqual(
      Array(6).fill(false),
    )
  })
})
