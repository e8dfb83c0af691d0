/** Computed fields of odd values: what they come to, and that scanner, plain decoder and the recount agree on every one. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openBatch } from '../../log/walk.ts'
import { DecodedBatch } from '../../model/columns/batch.ts'
import type { Source } from '../../model/definition.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { urlParts } from '../../model/fields/url.ts'
import { compileRecordDecoder } from '../../model/scan/decoder.ts'
import { compileScan } from '../../model/scan/scanner.ts'
import { textHashOf } from '../../model/text-hash.ts'
import { makeBatch } from '../log/batches.ts'
import { needs } from '../harness/needs.ts'

test.each([
  ['https://Example.COM:8443/Docs/a/?q=1#top', 'example.com', '/Docs/a'],
  ['http://user:pa@ss@host.de', 'host.de', '/'],
  ['//cdn.example.org/x', 'cdn.example.org', '/x'],
  ['http://[2001:DB8::1]:80/a', '[2001:db8::1]', '/a'],
  ['http://[2001:DB8::1/a', null, '/a'],
  ['https://example.com./', 'example.com', '/'],
  ['https://B\u00dcCHER.de/%C3%A4', 'b\u00fccher.de', '/\u00e4'],
  ['https:///a', null, '/a'],
  ['http://ho st/a', null, '/a'],
  ['http://host:port/a', null, '/a'],
  ['http://a%20b/c', null, '/c'],
  ['/docs//a/%7Ejoe/?x', null, '/docs//a/~joe'],
  ['docs/a', null, 'docs/a'],
  ['../a?b', null, '../a'],
  ['/a%zz%2Fb%FF', null, '/a%zz%2Fb%FF'],
  ['?a=1', null, null],
  ['#/route', null, null],
  ['', null, null],
  ['mailto:a@b.de', null, null],
  ['localhost:8080/a', null, null],
  ['javascript:void(0)', null, null],
  ['not an address', null, 'not an address'],
  ['android-app://com.Example/x', 'com.example', '/x'],
])('%s: host %s, path %s', (text, host, path) => expect(urlParts(text)).toEqual({ host, path }))

const source: Source = readDefinition(
  {
    sources: {
      s: {
        topic: 's',
        key: 'text',
        time: 'ts',
        zone: 'Australia/Lord_Howe',
        fields: {
          text: 'string?',
          n: 'number?',
          low: { compute: 'lower', of: 'text' },
          up: { compute: 'upper', of: 'text' },
          trimmed: { compute: 'trim', of: 'text' },
          host: { compute: 'url.host', of: 'text' },
          path: { compute: 'url.path', of: 'text' },
          term: { compute: 'url.param.utm_source', of: 'text' },
          head: { compute: 'cut', of: 'text', chars: 3 },
          site: { compute: 'cut', of: 'text', before: '/' },
          area: { compute: 'cut', of: 'host', before: '.' },
          named: { lookup: 'campaigns', of: 'term', take: 'name' },
          edged: { compute: 'bucket', of: 'n', edges: [-0.5, 0, 0.3, 1e21] },
          wide: { compute: 'bucket', of: 'n', width: 0.1 },
          tens: { compute: 'bucket', of: 'n', width: 10 },
          hour: { compute: 'hour' },
          day: { compute: 'weekday' },
        },
        breakdowns: [
          'low',
          'up',
          'trimmed',
          'path',
          'head',
          'site',
          'area',
          'named',
          'edged',
          'wide',
          'tens',
          'hour',
          'day',
        ],
        metrics: {
          events: 'count',
          hosts: { uniques: 'host' },
          big: { count: true, where: ['(edged:is:<-0.5|tens:prefix:10)'] },
        },
      },
    },
    lookups: { campaigns: { file: 'c.csv', key: 'code' } },
    keep: { '1m': '2d' },
  },
  () => Buffer.from('code,name\nspring,Spring sale\nx y,"X, Y"\nnothing,\n'),
)[0]!

const TEXTS = [
  'https://Shop.Example.com/A/b/?utm_source=spring#x',
  '/x?utm_source=x+y&utm_source=spring',
  '?utm_source=nothing',
  '?utm_source=',
  '#/a?utm_source=spring',
  ' \u00a0\ufeffabc\u2003 ',
  ' ',
  '',
  '\u0130\u00df\u03a3\u03c3\u03a3',
  '\u{1F600}\u{1F600}\u{1F600}\u{1F600}',
  'e\u0301e\u0301',
  '\x1cfoo\x85',
  'a/b/c',
  '/a',
  'http://a@b:c@H\u00d6ST:1/%E4%C3%A4%2f',
  'HTTP://[::FFFF:1.2.3.4]/',
  null,
]
const NUMBERS = [0, -0, 0.3, 0.1, 0.7, -0.1, -0.5, -0.50001, 9.99, 10, 1e15, -1e15, 1e21, 1.5e300, null]
const TIMES = [
  '2026-04-04T14:59:59.999Z',
  '2026-04-04T15:00:00Z',
  '2026-10-03T15:30:00Z',
  '1999-12-31T12:59:59Z',
]
const PROGRAM = `
import json, sys
from decode import judged, Record
from definition import Source
from javascript import parse
given = parse(sys.stdin.read())  # as the catalog is read
source = Source(given["source"])
print(json.dumps([judged(source, event.encode(), Record(None))[0][0][1] for event in given["events"]]))
`

/** Every computed field of every event, through the columns. */
function columnsOf(events: readonly string[]): { rows: (string | null)[][]; hashes: number[] } {
  const batch = new DecodedBatch(source)
  const decode = compileRecordDecoder(source, batch)
  const records = events.map((event, offsetDelta) => ({ offsetDelta, key: null, value: Buffer.from(event) }))
  // What was known by codes that mean something else by now is forgotten.
  for (const order of [records.toReversed(), records]) {
    batch.clear()
    batch.dictionary.clear()
    const cursor = openBatch(makeBatch({ records: order.map((one, at) => ({ ...one, offsetDelta: at })) }))
    while (cursor.next()) decode(cursor, NaN)
  }
  const rows = events.map((_, at) =>
    source.fields.flatMap(({ compute }, place) => {
      const column = batch.layout.textOf[place]!
      return compute === undefined ? [] : [batch.dictionary.textOf(batch.events.texts[column]![at]!)]
    }),
  )
  return { rows, hashes: events.map((_, at) => batch.events.units[0]![at]!) }
}

needs('python3').test('the recount works out the same, of every odd value, however a record is read', () => {
  const values = TEXTS.flatMap((text, at) => [
    { ts: TIMES[at % TIMES.length], text, n: NUMBERS[at % NUMBERS.length] },
    { ts: TIMES[(at + 1) % TIMES.length], text, n: NUMBERS[(at * 7 + 3) % NUMBERS.length] },
  ])
  // Escapes and arrays of one are for the plain decoder.
  const events = values.flatMap((value) => [JSON.stringify(value), JSON.stringify([value])])
  const { rows, hashes } = columnsOf(events)
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', PROGRAM], {
    cwd: join(import.meta.dirname, '../../audit'),
    input: JSON.stringify({ source, events }),
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stderr).toBe('')
  const twin = JSON.parse(stdout) as (string | null)[][]
  for (const [at, event] of events.entries()) expect([event, rows[at]]).toEqual([event, twin[at]!.slice(2)])
  const hostAt = source.fields
    .filter(({ compute }) => compute !== undefined)
    .findIndex(({ name }) => name === 'host')
  expect(hashes).toEqual(rows.map((row) => (row[hostAt] === null ? NaN : textHashOf(row[hostAt]!))))
  const named = new Set(rows.flat())
  const wanted = [
    'Spring sale',
    'X, Y',
    '0.3..1e+21',
    '<-0.5',
    '0.7..0.8',
    '10..20',
    '01',
    '02',
    '23',
    '5',
    '7',
    'shop',
  ]
  for (const text of wanted) expect(named, text).toContain(text)
})

test('a definition with computed fields is read by the scanner', () => {
  const batch = new DecodedBatch(source)
  const scan = compileScan(source, batch)
  const value = Buffer.from('{"ts":1795555607,"text":"https://a.b/c","n":3}')
  const cursor = openBatch(makeBatch({ records: [{ offsetDelta: 0, key: null, value }] }))
  cursor.next()
  expect(scan?.(cursor, NaN)).toBe(true)
})
