import { expect, test } from 'vitest'
import { DefinitionError, readDefinition } from '../../model/definition/file.ts'
import { pathText } from '../../model/decode/path.ts'
import { sourceOf } from '../decode/source.ts'

/** What is wrong with these keys of a source, `place: words`. */
function faults(given: object): string[] {
  try {
    readDefinition({
      sources: {
        s: { topic: 's', key: 'k', time: 'ts', fields: { k: 'string?' }, metrics: { n: 'count' }, ...given },
      },
      keep: { '1m': '2d' },
    })
    return []
  } catch (error) {
    return (error as DefinitionError).faults.map(({ place, says }) => `${place.slice(2).join('.')}: ${says}`)
  }
}
const fields = (f: unknown): object => ({ fields: { k: 'string?', f } })

test.each<[object, string]>([
  [
    fields({ type: 'string', accept: 'text' }),
    'fields.f.accept: a string does not accept text; it may accept number, boolean',
  ],
  [
    fields({ type: 'number', accept: ['number'] }),
    'fields.f.accept: a number does not accept number; it may accept text, comma',
  ],
  [
    fields({ type: 'boolean', accept: 'comma' }),
    'fields.f.accept: a boolean does not accept comma; it may accept text',
  ],
  [
    fields({ type: 'number', absent: 'empty' }),
    'fields.f.absent: only an optional field can be absent: type: number?',
  ],
  [fields({ type: 'number', clean: 'path' }), 'fields.f.clean: only a string field has spellings'],
  [fields({ type: 'boolean', query: 'x' }), 'fields.f.query: only a string field has a query'],
  [
    fields({ type: 'string', clean: 'path', query: 'x' }),
    'fields.f.clean: clean and query of one field: make two fields of it, both from the same place',
  ],
  [fields({ type: 'string', from: '$.a' }), 'fields.f.from: a path begins with a name: a'],
  [fields({ type: 'string', from: '$headers' }), 'fields.f.from: say which one, such as $headers.device'],
  [
    fields({ type: 'string', from: '$headers.a.b' }),
    String.raw`fields.f.from: a header has no names inside it; a dot in its name is written \.`,
  ],
  [fields({ type: 'string', from: ['a', '$topic.b'] }), 'fields.f.from.1: $topic has no names inside it'],
  [
    fields({ type: 'string', from: '$name' }),
    'fields.f.from: $name is that of a pair: it needs  rows: { pairs: ... }',
  ],
  [
    fields({ type: 'string', from: '$outer.a' }),
    'fields.f.from: $outer is what holds the rows: it needs  rows: { in: ... }',
  ],
  [{ time: ['ts', '$value'] }, 'time: $value is that of a pair: it needs  rows: { pairs: ... }'],
  [{ zone: 'CET' }, 'zone: CET is the name of no zone; it takes one such as Europe/Berlin or UTC'],
  [
    { zone: 'europe/berlin' },
    'zone: europe/berlin: names of zones are told apart by capitals; it takes one such as Europe/Berlin or UTC',
  ],
  ...['tags[0]', 'in.tags[]', 'tags[*].a', 'a.*'].map((from): [object, string] => [
    fields({ type: 'string', from }),
    String.raw`fields.f.from: a path does not lead into lists; rows: { in: ... } makes events of their items, string[] counts their values (a name with brackets is written \[0])`,
  ]),
  [{ future: NaN }, 'future: NaN does not fit; it takes a duration such as 30s, 45m, 36h or 14d'],
  [{ framed: 'avro' }, 'framed: "avro" does not fit; it takes confluent, apicurio or glue'],
  [
    { rows: { in: '$key' } },
    'rows.in: rows stand inside the JSON of a record; it takes a path such as batch',
  ],
  [
    { rows: 'ndjson' },
    'rows: "ndjson" does not fit; it takes lines, or a block { lines: true, in: PATH, pairs: PATH, verdict: each }',
  ],
  [{ id: { from: 'id', within: '60d' } }, 'id.within: an id is remembered for 1s to 31d'],
  [
    { breakdowns: ['f'], ...fields('number') },
    'breakdowns.0: f is a number; a breakdown takes a string field, such as  f: { type: string, accept: number }',
  ],
  [
    fields({ type: 'strings' }),
    'fields.f.type: "strings" does not fit; it takes string, string?, number, number?, boolean, boolean? or string[]; several values are "string[]", which may be absent; { type: "string[]", accept: number } takes numbers by their text',
  ],
])('%j', (given, fault) => expect(faults(given)).toEqual([fault]))

test('what is not asked for is not in the definition that the store keeps: its hash stays', () => {
  const plain = sourceOf({ fields: { k: 'string', n: { type: 'number?', from: ['a.b', 'n'] } } })
  expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['zone']))
  expect(Object.keys(plain.fields[1]!)).toEqual(['name', 'type', 'optional', 'from'])
})

test('flags can split, and stand in conditions', () => {
  expect(
    faults({
      ...fields('boolean?'),
      breakdowns: ['f'],
      metrics: { n: { count: true, where: ['f:is:true'] } },
    }),
  ).toEqual([])
})

test('numbers from keys and headers are read from their text', () => {
  const source = sourceOf({
    fields: { k: 'string?', n: { type: 'number', from: '$headers.n' }, b: { type: 'boolean', from: '$key' } },
  })
  expect(source.fields.map(({ takes }) => takes)).toEqual([
    undefined,
    ['number', 'digits'],
    ['boolean', 'words'],
  ])
})

test('a time may stand in several places, tried in their order', () => {
  const source = sourceOf({ time: ['$headers.t', 'ts'] })
  expect([source.timePath, ...source.timeElse!].map(pathText)).toEqual(['$headers.t', 'ts'])
})
