import { describe, expect, test } from 'vitest'
import { compileDecoder, type Decoded } from '../../model/decode/decode.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { parseEventTime } from '../../model/time/event-time.ts'
import { shipped } from '../../model/shipped.ts'

const [clicks] = readDefinition(shipped)
const decode = compileDecoder(clicks!)
const NOW = Date.UTC(2026, 4, 1, 12)
const good = { ts: '2026-05-01T12:00:00Z', type: 'page_view', path: '/', visitor: 'v1' }

function verdict(value: Buffer | string | null): string {
  const decoded: Decoded = decode(typeof value === 'string' ? Buffer.from(value) : value, NOW)
  return 'reject' in decoded ? decoded.reject.reason : `ok ${decoded.events.length}`
}
const event = (changes: object): string => verdict(JSON.stringify({ ...good, ...changes }))

test('every kind of bad value has its reason', () => {
  expect(verdict(null)).toBe('empty')
  expect(verdict('')).toBe('empty')
  expect(verdict(Buffer.from([0x7b, 0xff, 0x7d]))).toBe('not_utf8')
  expect(verdict('\ufeff{}')).toBe('bad_time')
  expect(verdict('\ufeff\ufeff{}')).toBe('not_json')
  expect(verdict('{"ts":')).toBe('not_json')
  expect(verdict('\0')).toBe('not_json')
  expect(verdict('NaN')).toBe('not_json')
  expect(verdict('7')).toBe('not_an_object')
  expect(verdict('null')).toBe('not_an_object')
  expect(verdict('[[]]')).toBe('not_an_object')
  expect(verdict('[]')).toBe('no_events')
  expect(verdict('['.repeat(1_000_000) + ']'.repeat(1_000_000))).toBe('not_an_object')
  expect(event({ ts: undefined })).toBe('bad_time')
  expect(event({ path: undefined })).toBe('missing_field')
  expect(event({ path: null })).toBe('missing_field')
  expect(event({ path: 5 })).toBe('wrong_type')
  expect(event({ country: ['DE'] })).toBe('wrong_type')
  expect(verdict(`${JSON.stringify(good).slice(0, -1)},"amount":1e999}`)).toBe('not_finite')
  expect(event({ amount: 1e15 })).toBe('too_large')
  expect(event({ amount: '3' })).toBe('wrong_type')
  expect(event({ ts: '2026-05-01T12:01:00.001Z' })).toBe('future')
  expect(event({ ts: '2026-05-01T12:01:00.000Z' })).toBe('ok 1')
})

test('names are own properties; the prototype of an object is no event', () => {
  expect(verdict('{"__proto__":{"ts":1,"type":"x"}}')).toBe('bad_time')
  const [readings] = readDefinition({
    ...shipped,
    sources: {
      c: {
        ...shipped.sources['clicks']!,
        fields: { visitor: 'string', constructor: 'string', toString: 'string?' },
        breakdowns: [],
        metrics: { events: 'count' },
      },
    },
  })
  const other = compileDecoder(readings!)(Buffer.from('{"ts":1777636800,"visitor":"v"}'), NOW)
  expect('reject' in other && other.reject.detail).toBe('constructor is required')
})

test('all events of a record count, or it is one reject that says which', () => {
  expect(verdict(JSON.stringify([good, good, good]))).toBe('ok 3')
  const decoded = decode(Buffer.from(JSON.stringify([good, { ...good, path: 1 }])), NOW)
  expect('reject' in decoded && decoded.reject.detail).toBe(
    'event 1 (of 2; the other one goes with it): path: 1 is not a string; to count it, say  path: { type: string, accept: number }',
  )
  expect('reject' in decoded && decoded.reject.events).toBe(2)
})

test('of duplicate keys the last counts, and unknown fields are let be', () => {
  const decoded = decode(
    Buffer.from('{"ts":1777636800,"type":"a","type":"b","path":"/","visitor":"v","x":[[1]]}'),
    NOW,
  )
  expect('events' in decoded && decoded.events[0]!.values.slice(0, 2)).toEqual(['b', '/'])
})

test('times: by magnitude, or ISO with a zone; what is ambiguous is no time', () => {
  const at = 1_777_636_800_123
  for (const value of [
    at,
    at * 1000,
    at * 1e6,
    1_777_636_800.123,
    '2026-05-01T12:00:00.123Z',
    '2026-05-01T14:00:00.1239+02:00',
    '2026-05-01T06:30:00.123-05:30',
  ])
    expect(parseEventTime(value)).toBe(at)
  expect(parseEventTime('2024-02-29T00:00Z')).toBe(Date.UTC(2024, 1, 29))
  for (const value of [
    '2026-05-01T12:00:00',
    '2026-05-01',
    '2023-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-05-01T24:00:01Z',
    '2026-05-01T22:59:60Z',
    '1969-12-31T23:59:59Z',
    'yesterday',
    '',
    0,
    -5,
    99_999_999,
    1e20,
    Number.NaN,
    Infinity,
    true,
    null,
    {},
    ' 2026-05-01T12:00:00Z',
  ])
    expect(parseEventTime(value)).toBe(null)
})

describe('numbers that a double does not hold', () => {
  const [things] = readDefinition({
    sources: {
      things: {
        topic: 't',
        key: 'k',
        time: 'ts',
        fields: { k: 'string', n: { type: 'number?', from: 'in.n' }, id: 'number?' },
        metrics: { events: 'count', n: { sum: 'n', decimals: 0 } },
      },
    },
    keep: { '1m': 'forever' },
  })
  const read = compileDecoder(things!)
  const of = (body: string, ts = '1777636800'): string => {
    const decoded = read(Buffer.from(`{"k":"v","ts":${ts},${body}}`), null)
    return 'reject' in decoded
      ? `${decoded.reject.reason}: ${decoded.reject.detail}`
      : `${decoded.events[0]!.values[1] ?? decoded.events[0]!.values[2]} ${decoded.events[0]!.timeMs}`
  }

  test('a whole number past 2^53 is counted as it was written, or not at all', () => {
    expect(of('"in":{"n":9007199254740992}')).toBe('9007199254740992 1777636800000')
    expect(of('"in":{"n":9007199254740993}')).toBe(
      'too_large: n (in.n): 9007199254740993 is past 2^53 and would be counted as 9007199254740992; send it with fewer digits, or make an id of it: { type: string, accept: number }',
    )
    for (const text of [
      '-9007199254740993',
      '9007199254740992.5',
      '9007199254740993e0',
      '12345678901234567890',
      '900719925474099300000e-5',
    ]) {
      expect(of(`"in":{"n":${text}}`)).toMatch(/^too_large: n /)
      expect(of(`"id":${text}`)).toMatch(/^too_large: id/)
    }
    // what JSON.stringify wrote of a double, and what a double holds exactly, are what they say
    for (const text of [
      '1e300',
      '123456789012345680000',
      '18446744073709551616',
      '1.7976931348623157e308',
      '9007199254740992000e-3',
      '0.30000000000000004',
      '123456789012345.5',
    ])
      expect(of(`"id":${text}`)).not.toMatch(/too_large/)
    expect(
      of(
        '"id":1,"x":9007199254740993,"y":[{"in":12345678901234567890}],"s":"9007199254740993 \\" 9007199254740993"',
      ),
    ).toBe('1 1777636800000')
    expect(of('"id":9007199254740993,"id":2')).toBe('2 1777636800000')
  })

  test('a time in nanoseconds is the millisecond of its digits', () => {
    // as a double 1777636800122999936 and 1777636800124000000: the second would be the next millisecond
    expect(of('"id":1', '1777636800122999999')).toBe('1 1777636800122')
    expect(of('"id":1', '1777636800123999999')).toBe('1 1777636800123')
    expect(of('"id":1', '1.777636800123999999e18')).toBe('1 1777636800123')
    expect(of('"id":1', '99999999999999999')).toBe('1 99999999999999')
  })

  test('no text costs the square of its length', { timeout: 60_000 }, () => {
    for (const text of [
      `1${'0'.repeat(300_000)}1`,
      `9007199254740993.${'0'.repeat(500_000)}1`,
      `9007199254740993${'0'.repeat(200)}e-0000000000000000200`,
    ])
      of(`"id":${text},"s":"${'\\\\'.repeat(200_000)}"`)
  })
})

test('several values in one record are named, and so is how many went with a bad one', () => {
  const rejected = (value: string): object => {
    const decoded = decode(Buffer.from(value), NOW)
    return 'reject' in decoded ? decoded.reject : {}
  }
  const line = JSON.stringify(good)
  for (const value of [`${line}\n${line}`, `${line}\r\n${line}\n\n`, `${line}${line}`, `[${line}] ${line}`])
    expect(rejected(value)).toMatchObject({
      reason: 'not_json',
      events: 2,
      detail: expect.stringContaining('2 JSON values in one record'),
    })
  expect(rejected(`${`${line}\n`.repeat(500)}`)).toMatchObject({
    events: 500,
    detail: expect.stringContaining('500 JSON values'),
  })
  for (const value of [`${line},${line}`, `\x1e${line}\n\x1e${line}\n`])
    expect(rejected(value)).toMatchObject({ reason: 'not_json', events: 2 })
  for (const value of [`${line}\nx`, `${line}\n{"a":}`, `${line};${line}`, `{"a":1`, `${line}]`, '}{'])
    expect(rejected(value)).toMatchObject({ reason: 'not_json', events: 1 })
  const three = (path: unknown): string => JSON.stringify([good, good, { ...good, path }])
  expect(rejected(three(1))).toEqual({
    reason: 'wrong_type',
    events: 3,
    detail:
      'event 2 (of 3; the other 2 go with it): path: 1 is not a string; to count it, say  path: { type: string, accept: number }',
  })
  expect(rejected(JSON.stringify([good, { ...good, ts: '2026-05-01T13:00:00Z' }]))).toMatchObject({
    reason: 'future',
    events: 2,
    detail: expect.stringMatching(/^event 1 \(of 2; the other one goes with it\): ts is 3600000 ms/),
  })
  expect(rejected(JSON.stringify({ ...good, path: 1 }))).toMatchObject({
    events: 1,
    detail: 'path: 1 is not a string; to count it, say  path: { type: string, accept: number }',
  })
})
