/** Computed fields and lookups in a definition: what is taken, what is part of its hash, what is refused. */
import { expect, test } from 'vitest'
import { readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { readTable } from '../../model/joins/table.ts'
import { definitionHash } from '../../store/calls/catalog.ts'

const TABLES: Record<string, string> = {
  'devices.csv': 'device,site,model\nd2,"north, hall",m1\nd1,south,\nd3,,\n',
  'devices.json': '[{"device":"d1","site":"south"},\n {"device":"d2","site":"north, hall","model":"m1"}]',
}
const read = (name: string): Uint8Array | string =>
  TABLES[name] === undefined ? 'there is no such file' : Buffer.from(TABLES[name])

function sourceWith(fields: object, lookups?: object, tables = read): Source {
  const file = {
    sources: {
      s: {
        topic: 's',
        key: 'device',
        time: 'ts',
        fields: { device: 'string', url: 'string?', tags: 'string[]', amount: 'number?', ...fields },
        metrics: { events: 'count' },
      },
    },
    ...(lookups !== undefined && { lookups }),
    keep: { '1m': '2d' },
  }
  return readDefinition(file, tables)[0]!
}
function faultOf(fields: object, lookups?: object): string {
  try {
    sourceWith(fields, lookups)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
const DEVICES = { devices: { file: 'devices.csv', key: 'device' } }
const SITE = { site: { lookup: 'devices', of: 'device', take: 'site' } }

test('each is spelled out, and is a text that may be absent', () => {
  const { fields } = sourceWith({
    host: { compute: 'url.host', of: 'url' },
    term: { compute: 'url.param.utm.term', of: 'url' },
    short: { compute: 'cut', of: 'host', before: '.' },
    size: { compute: 'bucket', of: 'amount', edges: [-1, 0.5, 10] },
    hour: { compute: 'hour' },
  })
  expect(fields.slice(4)).toEqual(
    [
      ['host', { op: 'url.host', of: 'url' }],
      ['term', { op: 'url.param', of: 'url', name: 'utm.term' }],
      ['short', { op: 'cut', of: 'host', before: '.' }],
      ['size', { op: 'bucket', of: 'amount', edges: [-1, 0.5, 10] }],
      ['hour', { op: 'hour' }],
    ].map(([name, compute]) => ({ name, type: 'string', optional: true, from: [], compute })),
  )
})

test.each([
  [{ a: { compute: 'md5', of: 'url' } }, 'fields.a.compute: "md5" does not fit; it takes lower, upper, trim'],
  [{ a: { compute: 'lower', of: 'ulr' } }, 'fields.a.of: ulr is not among the fields; did you mean "url"?'],
  [{ a: { compute: 'lower', of: 'amount' } }, 'amount is a number; lower takes a text'],
  [{ a: { compute: 'bucket', of: 'url', width: 5 } }, 'url is a text; bucket takes a number'],
  [{ a: { compute: 'lower', of: 'tags' } }, 'tags has several values'],
  [{ a: { compute: 'lower', of: 'b' }, b: { compute: 'lower', of: 'a' } }, 'b does not stand above a'],
  [{ a: { compute: 'lower', of: 'a' } }, 'a does not stand above a'],
  [{ a: { compute: 'cut', of: 'url' } }, 'cut needs one of chars and before'],
  [
    { a: { compute: 'cut', of: 'url', chars: 2, before: '/' } },
    'cut needs one of chars and before, not both',
  ],
  [{ a: { compute: 'bucket', of: 'amount', edges: [1, 1] } }, 'edges stand in ascending order'],
  [{ a: { compute: 'bucket', of: 'amount', width: 0 } }, 'a width is above 0'],
  [{ a: { compute: 'hour', of: 'url' } }, 'hour is that of the time of the event'],
  [{ a: { compute: 'lower' } }, 'lower needs of'],
  [{ a: { compute: 'lower', of: 'url', width: 3 } }, 'lower has no width'],
  [{ a: { compute: 'lower', off: 'url' } }, 'fields.a.off: not known here; did you mean "of"?'],
  [{ device: { compute: 'lower', of: 'url' } }, 's.key: device is worked out'],
])('%j is refused', (fields, says) => expect(faultOf(fields)).toContain(says))

test('a table is part of the definition: what is taken of it, in the order of its keys', () => {
  const source = sourceWith(SITE, DEVICES)
  expect(source.lookups).toEqual([
    {
      name: 'devices',
      columns: ['site'],
      rows: [
        ['d1', 'south'],
        ['d2', 'north, hall'],
      ],
    },
  ])
  const hash = (csv: string): string => definitionHash(sourceWith(SITE, DEVICES, () => Buffer.from(csv)))
  const was = definitionHash(source)
  expect(hash('device,site\nd1,south\nd2,"north, hall"\n')).toBe(was) // a column that nobody takes, another order
  expect(hash('device,site\nd1,south\nd2,north\n')).not.toBe(was)
  const json = sourceWith(SITE, { devices: { file: 'devices.json', key: 'device' } })
  expect(definitionHash(json)).toBe(was)
})

test.each([
  [SITE, undefined, 'fields.site.lookup: devices is not among the lookups'],
  [
    SITE,
    { devices: { file: 'gone.csv', key: 'device' } },
    'lookups.devices.file: gone.csv: there is no such file',
  ],
  [SITE, { devices: { file: 'devices.csv', key: 'id' } }, 'it has no column id; it has device, site, model'],
  [
    { a: { ...SITE.site, take: 'sit' } },
    DEVICES,
    'fields.a.take: devices has no column sit; did you mean "site"?',
  ],
  [{}, DEVICES, 'lookups.devices: no field looks anything up in it'],
  [
    SITE,
    { devices: { topic: 'devices', key: 'device' } },
    'lookups.devices.key: rows of a topic go by the keys of its records',
  ],
  [
    SITE,
    { devices: { topic: 'devices', file: 'devices.csv' } },
    'lookups.devices.topic: a table is kept in a file or in a topic, not in both',
  ],
  [SITE, { devices: {} }, 'lookups.devices: it needs a file or a topic'],
  [SITE, { devices: { file: 'devices.csv' } }, 'lookups.devices: it needs key: the column that is looked up'],
  [
    SITE,
    { devices: { topic: 'a b' } },
    'lookups.devices.topic: "a b" does not fit; it takes the name of a Kafka topic',
  ],
  [SITE, { devices: { topic: 's' } }, 'is the topic of the source; a table is kept in one of its own'],
  [SITE, { devices: { topic: 'x'.repeat(240) } }, 'are too long together'],
])('%j with %j is refused', (fields, lookups, says) => expect(faultOf(fields, lookups)).toContain(says))

test('faults of a text have the line of the definition', () => {
  const text = 'lookups:\n  devices: { file: gone.csv, key: device }\n'
  expect(() => readDefinitionText(Buffer.from(text), read)).toThrow(
    /line 2, column \d+: lookups\.devices\.file: gone\.csv: there is no such file/,
  )
})

test.each([
  ['a.csv', 'k,v\na,1\nb,2\na,3\n', 'line 4: k "a" stands in line 2 already; each key stands once'],
  ['a.csv', 'k,v\na\n', 'line 2: 1 cells; the first line has 2'],
  ['a.csv', 'k,v\n,1\n', 'line 2: the row has no k'],
  ['a.csv', 'k,k\n', 'line 1: the column k is there twice'],
  ['a.csv', '', 'it is empty; its first line holds the names of the columns'],
  ['a.csv', 'k,v\n"a,1\n', 'line 2: a quote is never closed'],
  ['a.json', '[{"k":"a"},\n{"k":"b"},\n\n{"k":"a"}]', 'line 4: k "a" stands in line 1 already'],
  ['a.json', '[{"k":{}}]', 'line 1: k is no text, number or flag'],
  ['a.json', '{"k":1}', 'it is no list'],
  ['a.json', '[', 'it is not JSON'],
  [
    'a.csv',
    `k\n${Array.from({ length: 20_001 }, (_, n) => n).join('\n')}\n`,
    'it has 20001 rows; at most 20000 are allowed',
  ],
])('%s: %j is no table', (file, text, says) => {
  expect(readTable(Buffer.from(text), file, 'k')).toContain(says)
})

test('numbers and flags of JSON are texts; semicolons and tabs part too', () => {
  const rows = (file: string, text: string): unknown => {
    const table = readTable(Buffer.from(text), file, 'k')
    return typeof table === 'string' ? table : [...table.rows]
  }
  expect(rows('a.json', '[{"k":1,"v":true},{"k":2.50,"v":null}]')).toEqual([
    ['1', ['true']],
    ['2.5', [null]],
  ])
  expect(rows('a.csv', '\ufeffk;v\r\n1;"a;b"\r\n')).toEqual([['1', ['a;b']]])
  expect(rows('a.tsv', 'k\tv\n1\t"a"\n')).toEqual([['1', ['"a"']]])
})
