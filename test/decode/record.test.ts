import { describe, expect, test } from 'vitest'
import { rowsOf, sourceOf } from './source.ts'

const TS = 1_795_555_600_000

describe('what stands outside of the JSON', () => {
  const bridge = sourceOf({
    key: 'device',
    time: ['$headers.ce_time', '$kafka'],
    fields: {
      device: { type: 'string', from: ['$key.id', '$key'] },
      gateway: { type: 'string?', from: '$headers.ce_source' },
      topic: { type: 'string', from: '$topic' },
      level: { type: 'number?', from: ['level', '$headers.level'] },
      temp: 'number',
    },
    metrics: { temp: { sum: 'temp', decimals: 0 } },
  })

  test('the key, headers, topic and timestamp of the record', () => {
    const headers = { ce_time: '2026-11-24T21:26:40Z', ce_source: 'gw', level: '7.5' }
    expect(rowsOf(bridge, '{"temp":21}', { key: 'plant-1', headers, tsMs: TS })).toEqual([
      { ts: TS, device: 'plant-1', gateway: 'gw', topic: 's', level: 7.5, temp: 21 },
    ])
    const other = { device: 'plant-2', gateway: null, level: null }
    expect(rowsOf(bridge, '{"temp":21}', { key: '{"id":"plant-2"}', tsMs: TS + 5 })).toMatchObject([
      { ts: TS + 5, ...other },
    ])
    expect(rowsOf(bridge, '[{"temp":1},{"temp":2}]', { key: 'plant-2', tsMs: TS })).toMatchObject([
      { temp: 1, ...other },
      { temp: 2, ...other },
    ])
  })

  test('a key or header that is a JSON text, behind a frame too, is what stands in its quotes', () => {
    const device = (key: string | Buffer, given = {}): unknown =>
      rowsOf(sourceOf({ fields: { k: { type: 'string', from: '$key' } }, ...given }), `{"ts":${TS}}`, { key })
    expect(device('"plant \\u00fc"')).toMatchObject([{ k: 'plant ü' }])
    expect(device('"')).toMatchObject([{ k: '"' }])
    expect(device('"a" or "b"')).toMatchObject([{ k: '"a" or "b"' }])
    const framed = Buffer.from('\0\0\0\0\u0009"plant"')
    expect(device(framed, { framed: 'confluent' })).toMatchObject([{ k: 'plant' }])
    expect(device(Buffer.from('\0\0\0\0\u0009plant'), { framed: 'confluent' })).toMatchObject([
      { k: 'plant' },
    ])
    const headers = { ce_time: '"2026-11-24T21:26:40Z"', ce_source: '"gw"' }
    expect(rowsOf(bridge, '{"temp":1}', { key: '"p"', headers })).toMatchObject([
      { ts: TS, device: 'p', gateway: 'gw' },
    ])
  })

  test('what is not there, or is no text, is told', () => {
    expect(rowsOf(bridge, '{"temp":21}', { tsMs: TS })).toMatch(
      /^missing_field: device \(\$key\.id or \$key\) is required/,
    )
    for (const key of [
      Buffer.from([0xff, 1]),
      Buffer.from([0, 0, 0, 42]), // IntegerSerializer
      Buffer.from('plant-1', 'utf16le'),
      Buffer.from('\0\0\0\0\u0009"plant-1"'), // a frame that nobody told of
    ])
      expect(rowsOf(bridge, '{"temp":21}', { key, tsMs: TS })).toMatch(
        /^wrong_type: device \(\$key\.id or \$key\): the bytes there are no text.*framed: confluent/,
      )
    const headers = { ce_time: '\0\0\0\u0001' }
    expect(rowsOf(bridge, '{"temp":1}', { key: 'd', headers })).toContain(
      'bytes that are no text is not a time',
    )
    expect(rowsOf(bridge, '{"temp":21}', { key: 'd' })).toMatch(
      /^bad_time: \$headers\.ce_time or \$kafka: nothing/,
    )
    expect(rowsOf(bridge, '{"temp":21}', { key: 'd', tsMs: TS, headers: { level: 'high' } })).toMatch(
      /^wrong_type/,
    )
  })

  test('an empty key or header names nothing, and a byte order mark is passed', () => {
    for (const key of ['', '""', '\ufeff'])
      expect(rowsOf(bridge, '{"temp":21}', { key, tsMs: TS })).toMatch(/^missing_field: device/)
    const either = sourceOf({
      fields: { k: { type: 'string', from: ['$key', 'd'] } },
      time: ['$headers.at', 'ts'],
    })
    expect(rowsOf(either, `{"ts":${TS},"d":"x"}`, { key: '', headers: { at: '' } })).toMatchObject([
      { ts: TS, k: 'x' },
    ])
    for (const key of ['\ufeffp', '\ufeff"p"', '\ufeff{"id":"p"}'])
      expect(rowsOf(bridge, '{"temp":1}', { key, tsMs: TS })).toMatchObject([{ device: 'p' }])
  })

  test('an entity has a name that is not empty', () => {
    const fields = { k: { type: 'string' as const, from: ['$key', 'k'] } }
    const entity = { online: '1m' }
    const of = (given: object, value: string, key?: string): unknown =>
      rowsOf(sourceOf({ fields, ...given }), `{"ts":${TS},"k":${value}}`, key === undefined ? {} : { key })
    for (const key of ['', undefined])
      expect(of({ entity }, '""', key)).toMatch(/^missing_field: k \(\$key or k\) is empty/)
    expect(of({ entity }, '" "')).toMatchObject([{ k: ' ' }])
    expect(of({}, '""')).toMatchObject([{ k: '' }])
  })

  test('a name that begins with $ is a name where it is none of these, or where it is escaped', () => {
    const source = sourceOf({
      fields: {
        k: { type: 'string', from: String.raw`\$key` },
        d: { type: 'string', from: '$date' },
        i: { type: 'string', from: 'in.$key' },
      },
    })
    const value = JSON.stringify({ ts: TS, $key: 'a', $date: 'b', in: { $key: 'c' } })
    expect(rowsOf(source, value, { key: 'x' })).toMatchObject([{ k: 'a', d: 'b', i: 'c' }])
  })
})

describe('bytes before the JSON', () => {
  const framed = (bytes: number[]): Buffer =>
    Buffer.concat([Buffer.from(bytes), Buffer.from(`{"ts":${TS},"k":"d"}`)])
  const confluent = framed([0, 0, 0, 0, 12])
  const wide = framed([0, 0, 0, 1, 0xc8])

  test('those of a schema registry are passed where the source says whose they are', () => {
    const source = sourceOf({ framed: 'confluent' })
    for (const value of [confluent, wide, framed([]), framed([0, 0, 0, 0, 9, 0xef, 0xbb, 0xbf])])
      expect(rowsOf(source, value)).toMatchObject([{ k: 'd' }])
    expect(rowsOf(sourceOf({ framed: 'apicurio' }), framed([0, 0, 0, 0, 0, 0, 0, 0, 5]))).toMatchObject([
      { k: 'd' },
    ])
    expect(
      rowsOf(sourceOf({ framed: 'glue' }), framed([3, 0, ...Array<number>(16).fill(0xaa)])),
    ).toMatchObject([{ k: 'd' }])
    const keyed = sourceOf({ framed: 'confluent', fields: { k: { type: 'string', from: '$key.k' } } })
    expect(rowsOf(keyed, confluent, { key: confluent })).toMatchObject([{ k: 'd' }])
  })

  test('else the dead letter says what they are', () => {
    const source = sourceOf({})
    expect(rowsOf(source, confluent)).toBe(
      'not_json: the value is not JSON: five bytes of a schema registry before JSON; say  framed: confluent  for this source in the definition',
    )
    expect(rowsOf(source, wide)).toMatch(/^not_utf8: .*say {2}framed: confluent/)
    expect(rowsOf(source, framed([0, 0, 0, 0, 0, 0, 0, 0, 5]))).toMatch(/framed: apicurio/)
    expect(rowsOf(source, framed([3, 0, ...Array<number>(16).fill(1)]))).toMatch(/framed: glue/)
    expect(rowsOf(source, Buffer.from([0, 0, 0, 0, 12, 4, 8, 2]))).toMatch(/Avro or Protobuf/)
    expect(rowsOf(source, Buffer.from([0x1f, 0x8b, 8, 0]))).toMatch(/gzip/)
    expect(rowsOf(source, Buffer.from('\ufeff{}', 'utf16le'))).toMatch(/UTF-16/)
  })

  test('a byte order mark is passed, one', () => {
    expect(rowsOf(sourceOf({}), framed([0xef, 0xbb, 0xbf]))).toMatchObject([{ k: 'd' }])
    expect(rowsOf(sourceOf({}), framed([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]))).toMatch(/^not_json/)
  })
})
