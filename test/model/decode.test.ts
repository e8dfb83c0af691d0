import { expect, test } from 'vitest'
import { compileDecoder, type Decoded } from '../../model/decode.ts'
import { readDefinition } from '../../model/definition-file.ts'
import { parseEventTime } from '../../model/event-time.ts'
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
  expect(verdict('\ufeff{}')).toBe('not_json')
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
  const [readings] = readDefinition({ ...shipped, sources: { c: { ...shipped.sources['clicks']!, fields: { visitor: 'string', constructor: 'string', toString: 'string?' }, breakdowns: [], metrics: { events: 'count' } } } })
  const other = compileDecoder(readings!)(Buffer.from('{"ts":1777636800,"visitor":"v"}'), NOW)
  expect('reject' in other && other.reject.detail).toBe('constructor is required')
})

test('all events of a record count, or it is one reject that says which', () => {
  expect(verdict(JSON.stringify([good, good, good]))).toBe('ok 3')
  const decoded = decode(Buffer.from(JSON.stringify([good, { ...good, path: 1 }])), NOW)
  expect('reject' in decoded && decoded.reject.detail).toBe('event 1: path: 1 is not a string')
})

test('of duplicate keys the last counts, and unknown fields are let be', () => {
  const decoded = decode(Buffer.from('{"ts":1777636800,"type":"a","type":"b","path":"/","visitor":"v","x":[[1]]}'), NOW)
  expect('events' in decoded && decoded.events[0]!.values.slice(0, 2)).toEqual(['b', '/'])
})

test('times: by magnitude, or ISO with a zone; what is ambiguous is no time', () => {
  const at = 1_777_636_800_123
  for (const value of [at, at * 1000, at * 1e6, 1_777_636_800.123, '2026-05-01T12:00:00.123Z', '2026-05-01T14:00:00.1239+02:00', '2026-05-01T06:30:00.123-05:30']) expect(parseEventTime(value)).toBe(at)
  expect(parseEventTime('2024-02-29T00:00Z')).toBe(Date.UTC(2024, 1, 29))
  for (const value of ['2026-05-01T12:00:00', '2026-05-01', '2023-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-05-01T24:00:00Z', '2026-05-01T23:59:60Z', '1969-12-31T23:59:59Z', 'yesterday', '', 0, -5, 99_999_999, 1e20, Number.NaN, Infinity, true, null, {}, '2026-05-01t12:00:00z', ' 2026-05-01T12:00:00Z'])
    expect(parseEventTime(value)).toBe(null)
})
