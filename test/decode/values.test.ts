import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { nameOfNumber } from '../../model/numbers/decimal-text.ts'
import { rowsOf, sourceOf } from './source.ts'

const TS = 1_795_555_600_000

/** What a field makes of a JSON text: its value, or the reason. */
function field(said: object | string, json: string): unknown {
  const source = sourceOf({ fields: { k: 'string?', f: said as 'string' } })
  const read = rowsOf(source, `{"ts":${TS},"f":${json}}`)
  return Array.isArray(read) ? (read[0] as { f: unknown }).f : String(read).split(':')[0]
}

describe('names made of numbers and flags', () => {
  const any = { type: 'string', accept: ['number', 'boolean'] }

  test.each([
    ['200', '200'],
    ['200.0', '200'],
    ['2e2', '200'],
    ['-0', '0'],
    ['0.10', '0.1'],
    ['1e-7', '1e-7'],
    ['true', 'true'],
    ['false', 'false'],
    ['"200"', '200'],
    ['1234567890123456788', '1234567890123456788'],
    ['1234567890123456789', '1234567890123456789'],
    ['1234567890123456789.0', '1234567890123456789'],
    ['123456789012345678900e-2', '1234567890123456789'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740993.50', '9007199254740993.5'],
    ['18446744073709551615', '18446744073709551615'],
    ['1e16', '10000000000000000'],
    ['10000000000000000', '10000000000000000'],
    ['1e22', '10000000000000000000000'],
  ])('%s is the name %s', (json, name) => expect(field(any, json)).toBe(name))

  test('each form is taken only where it is asked for', () => {
    expect(field('string', '404')).toBe('wrong_type')
    expect(field('string', 'true')).toBe('wrong_type')
    expect(field({ type: 'string', accept: 'number' }, 'true')).toBe('wrong_type')
    expect(field({ type: 'string', accept: 'boolean' }, '404')).toBe('wrong_type')
    for (const json of ['[]', '["a"]', '{}']) expect(field(any, json)).toBe('wrong_type')
    expect(field(any, '1e999')).toBe('not_finite')
    expect(field(any, 'null')).toBe('missing_field')
  })

  test('a flag is true or false, and a text only where it is asked for', () => {
    expect(['true', 'false', '"true"', '1', '"yes"'].map((json) => field('boolean', json))).toEqual([
      'true',
      'false',
      'wrong_type',
      'wrong_type',
      'wrong_type',
    ])
    const texts = { type: 'boolean?', accept: 'text' }
    expect(['true', '"false"', '"TRUE"', 'null'].map((json) => field(texts, json))).toEqual([
      'true',
      'false',
      'wrong_type',
      null,
    ])
  })

  test('no two whole numbers share a name', () => {
    const base = 9_007_199_254_740_000n
    const names = Array.from({ length: 5000 }, (_, n) => {
      const text = String(base + BigInt(n))
      return nameOfNumber(Number(text), text)
    })
    expect(new Set(names).size).toBe(names.length)
    expect(names.at(-1)).toBe('9007199254744999')
  })

  test('the dead letter names the line to add', () => {
    const detail = (
      type: 'string' | 'number?' | 'boolean' | { type: 'number'; accept: 'comma' },
      json: string,
    ): string => String(rowsOf(sourceOf({ fields: { k: 'string?', f: type } }), `{"ts":${TS},"f":${json}}`))
    expect(detail('string', '404')).toContain('say  f: { type: string, accept: number }')
    expect(detail('string', 'true')).toContain('say  f: { type: string, accept: boolean }')
    expect(detail('number?', '"412.07"')).toContain('say  f: { type: number?, accept: text }')
    expect(detail('number?', '"412,07"')).toContain('say  f: { type: number?, accept: comma }')
    expect(detail('boolean', '"true"')).toContain('say  f: { type: boolean, accept: text }')
    expect(detail('number?', '"N"')).toBe(
      'wrong_type: f: "N" is not a number; to let what is no number be absent, say  f: { type: number?, absent: unreadable }',
    )
    expect(detail({ type: 'number', accept: 'comma' }, '"---"')).toContain(
      'say  f: { type: number?, accept: comma, absent: unreadable }',
    )
    expect(detail('number?', '""')).toContain('say  f: { type: number?, absent: empty }')
    // three digits behind the comma may be thousands
    expect(detail('number?', '"1,234"')).toContain('if its comma is a decimal comma, say  f:')
    expect(detail('number?', '"0,234"')).toContain('to count it, say  f:')
    for (const odd of ['"+5"', '"1.234,5"', '" 5"', '"5 kWh"', '"１２ 3"'])
      expect(detail('number?', odd)).toContain('a number in quotes is read as JSON writes it')
  })
})

test('an array inside the array of several values is named', () => {
  const source = sourceOf({ fields: { k: 'string?', f: 'string[]' } })
  expect(rowsOf(source, `{"ts":${TS},"f":[["a"]]}`)).toBe(
    'wrong_type: f: an array inside the array is not a string',
  )
})

test('what is nearly JSON is told what it lacks', () => {
  const detail = (value: string | Buffer, given = {}): string => String(rowsOf(sourceOf(given), value))
  expect(detail('{"ts":1,"v":NaN}')).toContain('NaN is not JSON; send null')
  expect(detail('{"ts":1,"v":[-Infinity]}')).toContain('-Infinity is not JSON')
  expect(detail('{"ts":1,"v":None}')).toContain('None is not JSON')
  expect(detail("{'ts':1}")).toContain('single quotes')
  expect(detail('{ts:1}')).toContain('without quotes')
  expect(detail('{"ts":1}\0')).toContain('ends with a NUL')
  expect(detail('{"ts":1,"v":[1],}')).toContain('a comma stands before its last bracket')
  expect(detail('{"ts":1} // now')).toContain('it has a comment')
  expect(detail('{"ts":"a // b}')).toContain('Unterminated string')
  expect(detail('<event ts="1"/>')).toContain('like XML')
  expect(detail('"{\\"ts\\":1}"')).toContain('a JSON text that holds one: encode it once')
  expect(detail(Buffer.from('{"ts":1}', 'utf16le'))).toContain('it is UTF-16')
  expect(detail(deflateSync('{"ts":1}'))).toContain('like zlib')
  expect(detail(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20]))).toContain('zstd')
  expect(detail('{"ts":1},\u001e{"ts":2}')).toContain('2 JSON values in one record')
  expect(detail(Buffer.from('\u0001\0\0\0\u0005{"ts":}'))).toContain('its first byte is 0x01')
  // Bytes before JSON are told by what they are: a length, a NUL, two marks, a word of a log; a frame also where white space follows it.
  for (const [before, said] of [
    ['\0\0\0\u0008', '4 bytes stand before the JSON, no frame of a schema registry (0x00000008)'],
    ['\0', 'a byte stands before the JSON'],
    ['\u0002', '(0x02); send the JSON alone'],
    ['\ufeff\ufeff', '6 bytes stand before the JSON'],
    ['\ufeff\0\0\0\0\u0001', '8 bytes stand before the JSON'],
    ['INFO ', '("INFO ")'],
    ['\u001e', 'say  rows: lines'],
    ['\0\0\0\0\u0001\n ', 'say  framed: confluent'],
    ['\0\0\0\0\u0001\ufeff', 'say  framed: confluent'],
  ] as const)
    expect([before, detail(`${before}{"ts":1}`)]).toEqual([before, expect.stringContaining(said)])
  expect(detail(Buffer.alloc(5), { framed: 'confluent' })).toContain(
    'there is nothing behind the five bytes of a schema registry',
  )
  expect(detail(Buffer.from([3, 5, ...Buffer.alloc(16), 0x78, 0x01]), { framed: 'glue' })).toContain(
    'turn compression off',
  )
  const framed = (payload: Buffer | string): string =>
    detail(Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), Buffer.from(payload)]), { framed: 'confluent' })
  expect(framed(gzipSync('{"ts":1}'))).toContain(
    'behind the five bytes of a schema registry: it is a gzip file',
  )
  expect(framed('{"ts":1,}')).toContain('a comma stands before its last bracket')
  expect(framed(Buffer.from([1, 0x80, 7]))).toContain('begins like Avro or Protobuf')
  const pairs = { fields: { k: 'string', v: { type: 'number', from: '$value' } }, rows: { pairs: 'values' } }
  expect(detail('"{\\"ts\\":1}"', pairs)).toContain('encode it once')
  expect(detail('\n \n', { rows: 'lines' })).toBe('no_events: there is no event in the value')
})

describe('numbers in quotes', () => {
  const text = { type: 'number', accept: 'text' }
  const comma = { type: 'number', accept: 'comma' }

  test('in the form of JSON, zeros before them let be', () => {
    const good = ['"412.0731"', '412.4964', '"00412.2000"', '"-3"', '"1e3"', '"1.5E-2"', '"0"']
    expect(good.map((json) => field(text, json))).toEqual([412.0731, 412.4964, 412.2, -3, 1000, 0.015, 0])
    const bad = [
      '"412,52"',
      '"N"',
      '""',
      '"0x1F"',
      '"1e3 "',
      '" 1"',
      '"１２"',
      '"1_000"',
      '"1."',
      '".5"',
      '"+1"',
      '"--1"',
      '"NaN"',
      '"Infinity"',
      '"1\\n"',
      'true',
      '["1"]',
    ]
    for (const json of bad) expect([json, field(text, json)]).toEqual([json, 'wrong_type'])
    expect(field(text, '"1e999"')).toBe('not_finite')
    expect(field(text, '"9007199254740993"')).toBe('too_large')
    expect(field(text, '"9007199254740992"')).toBe(9007199254740992)
    expect(field('number', '"412.0731"')).toBe('wrong_type')
  })

  test('with a decimal comma where that is asked for, never with grouped digits', () => {
    expect(['"412,52"', '"412.52"', '"-0,5"', '7'].map((json) => field(comma, json))).toEqual([
      412.52, 412.52, -0.5, 7,
    ])
    for (const json of ['"1.649,46"', '"1,649,46"', '"1,"', '",5"', '"1,5e3"', '"1, 5"'])
      expect([json, field(comma, json)]).toEqual([json, 'wrong_type'])
  })

  test('what cannot be read is absent only where the definition says so', () => {
    const empty = { type: 'number?', accept: 'text', absent: 'empty' }
    const unreadable = { type: 'number?', accept: 'text', absent: 'unreadable' }
    expect(['""', '"N"', '"7"', 'null'].map((json) => field(empty, json))).toEqual([
      null,
      'wrong_type',
      7,
      null,
    ])
    expect(['""', '"N"', '"7"', '[7]'].map((json) => field(unreadable, json))).toEqual([null, null, 7, null])
    expect(field(unreadable, '"1e999"')).toBe('not_finite')
    expect(field({ type: 'string?', absent: 'empty' }, '""')).toBe(null)
    expect(field('string?', '""')).toBe('')
  })
})
