import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compileMapping,
  filePart,
  mappingSchema,
  type MappingFile,
  type Row,
} from '../../ingest/replay/mapping.ts'
import { readTime } from '../../ingest/replay/time.ts'

const map = (mapping: MappingFile, row: Row, path = 'x.csv') =>
  compileMapping(mappingSchema.parse(mapping), path)(row)
const time = { column: 't' }
const T = '2026-05-01T12:00:00Z'

test('times: ISO with a zone, epoch by magnitude, and without a zone only where UTC is said', () => {
  const noon = Date.UTC(2026, 4, 1, 12)
  for (const value of [
    T,
    '2026-05-01T14:00:00+02:00',
    '2026-05-01 12:00:00Z',
    noon,
    noon / 1000,
    String(noon),
    `${noon / 1000}.0`,
    `${noon}000`,
  ])
    expect(readTime(value, false), String(value)).toBe(noon)
  for (const value of [
    '2026-05-01 12:00:00',
    '2026-05-01T12:00',
    '2026-05-01 12:00:00.000',
    '2026-05-01 12:00:00,000',
  ]) {
    expect(readTime(value, true), value).toBe(noon)
    expect(readTime(value, false), value).toEqual({ fault: expect.stringContaining('--utc') as string })
  }
  for (const value of [
    '',
    '  ',
    'noon',
    '2026-02-30 12:00:00',
    '12',
    -1,
    null,
    undefined,
    {},
    '01/05/2026 12:00',
  ])
    expect(readTime(value, true), String(value)).toHaveProperty('fault')
})

test('fields come from columns, constants and the name of the file', () => {
  const fields: MappingFile['fields'] = {
    a: { column: 'x' },
    n: { column: 'y', as: 'number' },
    c: { set: 'constant' },
    f: { file: 'name' },
    p: { file: 'prefix' },
    m: { file: 'middle' },
  }
  expect(
    map({ time, fields }, { t: T, x: 'text', y: ' 1.5 ' }, '/data/ec2_cpu_utilization_24ae8d.csv.gz'),
  ).toEqual({
    timeMs: Date.UTC(2026, 4, 1, 12),
    fields: {
      a: 'text',
      n: 1.5,
      c: 'constant',
      f: 'ec2_cpu_utilization_24ae8d',
      p: 'ec2',
      m: 'cpu_utilization',
    },
  })
  expect(filePart('nyc_taxi.csv', 'middle')).toBe('taxi')
  expect(filePart('taxi.csv', 'middle')).toBe('taxi')
  expect(filePart('machine_temperature_system_failure.csv', 'middle')).toBe('temperature_system_failure')
})

test('every column goes along under its own name where no mapping names any', () => {
  expect(
    map({ time, columns: 'all', numbers: ['n'] }, { t: T, n: '7', s: 'x', empty: '', ['__proto__']: 'kept' }),
  ).toEqual({
    timeMs: expect.any(Number) as number,
    fields: Object.fromEntries([
      ['n', 7],
      ['s', 'x'],
      ['__proto__', 'kept'],
    ]),
  })
})

test('faults name the column', () => {
  expect(map({ time, fields: { n: { column: 'y', as: 'number' } } }, { t: T, y: '1,5' })).toEqual({
    fault: 'column y: "1,5" is not a number',
  })
  expect(map({ time, fields: { o: { column: 'y' } } }, { t: T, y: {} })).toHaveProperty('fault')
  expect(map({ time }, { t: 'soon' })).toEqual({ fault: 'column t: "soon" is not a time' })
  for (const column of ['toString', '__proto__', 'constructor'])
    expect(map({ time, fields: { a: { column } } }, { t: T })).toHaveProperty('fields', {})
})

test('hosts of addresses, kinds of device', () => {
  const host = (text: string) =>
    map({ time, fields: { host: { column: 'x', as: 'host' } } }, { t: T, x: text })
  expect(host('https://www.example.org:8080/a?b')).toHaveProperty('fields', { host: 'www.example.org' })
  expect(host('-')).toHaveProperty('fields', {})
  const device = (text: string) =>
    map({ time, fields: { device: { column: 'x', as: 'device' } } }, { t: T, x: text })
  expect(device('Mozilla/5.0 (iPhone; CPU iPhone OS 8_0 like Mac OS X) Mobile/12A365')).toHaveProperty(
    'fields.device',
    'mobile',
  )
  expect(device('Mozilla/5.0 (iPad; CPU OS 8_0 like Mac OS X) Mobile/12A365')).toHaveProperty(
    'fields.device',
    'tablet',
  )
  expect(device('Mozilla/5.0 (Linux; Android 4.4; Nexus 5) Mobile Safari')).toHaveProperty(
    'fields.device',
    'mobile',
  )
  expect(device('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)')).toHaveProperty(
    'fields.device',
    'bot',
  )
  expect(device('Mozilla/5.0 (X11; Linux x86_64) Chrome/32.0')).toHaveProperty('fields.device', 'desktop')
})

test('a cut keeps whole characters and the longest head that fits', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 30 }),
      (x, maxBytes) => {
        const mapped = map({ time, fields: { a: { column: 'x', maxBytes } } }, { t: T, x })
        const cut = 'fields' in mapped ? String(mapped.fields['a']) : ''
        expect(x.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
        const next = Array.from(x.slice(cut.length))[0]
        if (next !== undefined) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes)
      },
    ),
  )
})
