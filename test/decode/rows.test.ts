import { describe, expect, test } from 'vitest'
import { MOST_ROW_REJECTS } from '../../model/decode/decode.ts'
import type { DefinitionFile } from '../../model/definition/file.ts'
import type { Decoded } from '../../model/decode/decoded.ts'
import type { Source } from '../../model/definition.ts'
import { decodeWith, rowsOf, sourceOf } from './source.ts'

const TS = 1_795_555_600_000
type Given = DefinitionFile['sources'][string]
const reading = (value: unknown, more = {}): string => JSON.stringify({ k: 'd', v: value, ts: TS, ...more })

const source = (rows: Given['rows'], more: Partial<Given> = {}): Source =>
  sourceOf({ rows, fields: { k: 'string?', v: 'number' }, ...more })
const values = (of: Source, text: string): unknown => {
  const read = rowsOf(of, text)
  return Array.isArray(read) ? read.map(({ v }: { v: unknown }) => v) : read
}
const rejects = (decoded: Decoded): unknown =>
  'reject' in decoded ? decoded.reject : decoded.rejects?.map(({ reason, row, raw }) => [reason, row, raw])

describe('values behind each other', () => {
  const lines = source('lines')
  test.each([
    `${reading(1)}\n${reading(2)}\n`,
    `${reading(1)}\r\n\r\n${reading(2)}`,
    `${reading(1)}${reading(2)}`,
    `\x1e${reading(1)}\n\x1e${reading(2)}\n`,
    `${reading(1)},\n${reading(2)},\n`,
    `[${reading(1)}]\n${reading(2)}`,
    JSON.stringify([JSON.parse(reading(1)), JSON.parse(reading(2))], null, 2),
    `${JSON.stringify(JSON.parse(reading(1)), null, 2)}\n${JSON.stringify(JSON.parse(reading(2)), null, 2)}`,
  ])('%j', (text) => expect(values(lines, text)).toEqual([1, 2]))

  test('a line that is no JSON is one row, which takes the others with it or goes alone', () => {
    const text = `${reading(1)}\n{"k":"d",\n\n${reading(4)}`
    expect(rowsOf(lines, text)).toMatch(
      /^not_json: event 1 \(of 3; the other 2 go with it\): the line is not JSON/,
    )
    const each = source({ lines: true, verdict: 'each' })
    expect(values(each, text)).toEqual([1, 4])
    expect(rejects(decodeWith(each, text))).toEqual([['not_json', 1, '{"k":"d",']])
  })

  test('without the word they are a reject that names it', () => {
    expect(rowsOf(source(undefined), `${reading(1)}\n${reading(2)}`)).toMatch(
      /^not_json: 2 JSON values in one record: .* rows: lines /,
    )
  })
})

describe('a row with a verdict of its own', () => {
  const each = source({ verdict: 'each' }, { future: '1m' })

  test('is a dead letter with its place, and the others count', () => {
    const text = `[${reading(3)},${reading(4)},${reading('x')},7,${reading(6)}]`
    expect(values(each, text)).toEqual([3, 4, 6])
    const decoded = decodeWith(each, text)
    expect(rejects(decoded)).toEqual([
      ['wrong_type', 2, reading('x')],
      ['not_an_object', 3, '7'],
    ])
    expect('rejects' in decoded && decoded.rejects![0]!.detail).toMatch(/^row 3 of 5: v: "x" is not a number/)
  })

  test('may be ahead of the log, alone', () => {
    const decoded = decodeWith(each, `[${reading(1)},${reading(2, { ts: TS + 61_000 })}]`, { tsMs: TS })
    expect(rejects(decoded)).toMatchObject([['future', 1, expect.any(String)]])
    expect('events' in decoded && decoded.events.length).toBe(1)
  })

  test('where many are refused the last dead letter counts for the rest: no event goes unsaid', () => {
    const text = `[${[1, ...Array<string>(499).fill('x')].map((value) => reading(value)).join(',')}]`
    const decoded = decodeWith(each, text)
    if (!('events' in decoded)) throw new Error('the record was refused')
    expect(decoded.rejects).toHaveLength(MOST_ROW_REJECTS)
    expect(decoded.events.length + decoded.rejects!.reduce((sum, { events }) => sum + events, 0)).toBe(500)
    expect(decoded.rejects!.at(-1)!.detail).toContain('and 479 more rows of this record')
    expect(values(each, `[${reading('x')}]`)).toEqual([])
  })

  test('a record that is no JSON at all is one reject', () => {
    expect(rejects(decodeWith(each, '{"k":'))).toMatchObject({ reason: 'not_json', events: 1 })
    expect(rejects(decodeWith(each, '[]'))).toMatchObject({ reason: 'no_events' })
  })
})

describe('rows inside of an object', () => {
  const batch = source(
    { in: 'data.batch' },
    { fields: { k: { type: 'string', from: ['k', '$outer.gateway'] }, v: 'number' } },
  )

  test('are those of its list, and its other properties can be read', () => {
    const event = (list: unknown): string => JSON.stringify({ gateway: 'g', data: { batch: list } })
    expect(
      rowsOf(
        batch,
        event([
          { ts: TS, v: 1 },
          { ts: TS, v: 2, k: 'own' },
        ]),
      ),
    ).toEqual([
      { ts: TS, k: 'g', v: 1 },
      { ts: TS, k: 'own', v: 2 },
    ])
    expect(rowsOf(batch, event({ ts: TS, v: 1 }))).toMatchObject([{ v: 1 }])
    expect(rowsOf(batch, event([]))).toMatch(/^no_events/)
    expect(rowsOf(batch, '{}')).toBe('no_events: there is no data.batch, where the rows stand')
    expect(rowsOf(batch, event('x'))).toMatch(/^not_an_object: data\.batch is no JSON object/)
  })
})

describe('pairs as rows', () => {
  const fields = {
    device: { type: 'string', from: '$key' },
    signal: { type: 'string', from: '$name' },
    v: { type: 'number', from: '$value' },
  } as const
  const what = { key: 'plant-1', tsMs: TS + 9 }

  test('of a ThingsBoard telemetry: one row a signal, with the time of its item', () => {
    const board = sourceOf({ rows: { pairs: 'values' }, key: 'device', time: ['ts', '$kafka'], fields })
    expect(
      rowsOf(
        board,
        JSON.stringify([{ ts: TS, values: { temp: 21, hum: 40 } }, { values: { temp: 22 } }]),
        what,
      ),
    ).toEqual([
      { ts: TS, device: 'plant-1', signal: 'temp', v: 21 },
      { ts: TS, device: 'plant-1', signal: 'hum', v: 40 },
      { ts: TS + 9, device: 'plant-1', signal: 'temp', v: 22 },
    ])
    expect(rowsOf(board, '{"ts":1}', what)).toBe('no_events: there is no values, where the pairs stand')
  })

  test('of the event itself, but for what the definition reads by name', () => {
    const flat = sourceOf({
      rows: { pairs: true, verdict: 'each' },
      key: 'device',
      time: ['ts', '$kafka'],
      fields,
    })
    const decoded = decodeWith(
      flat,
      `{"ts":${TS},"temp":21,"state":"ok","9":1,"hum":12345678901234567890}`,
      what,
    )
    expect('events' in decoded && decoded.events.map(({ values }) => values)).toEqual([
      ['plant-1', '9', 1],
      ['plant-1', 'temp', 21],
    ])
    expect(rejects(decoded)).toMatchObject([
      ['wrong_type', 2, expect.any(String)],
      ['too_large', 3, expect.any(String)],
    ])
  })

  test('without rows of their own an array of items is wide events', () => {
    const wide = sourceOf({
      key: 'device',
      fields: { device: { type: 'string', from: '$key' }, temp: { type: 'number', from: 'values.temp' } },
    })
    expect(
      rowsOf(
        wide,
        JSON.stringify([
          { ts: TS, values: { temp: 21 } },
          { ts: TS, values: { temp: 22 } },
        ]),
        what,
      ),
    ).toMatchObject([
      { device: 'plant-1', temp: 21 },
      { device: 'plant-1', temp: 22 },
    ])
  })
})

test('an id is that of its event; one outside of it is told apart by the place of the row, one of pairs by their names', () => {
  const ids = (of: Source, text: string, headers = {}): unknown => {
    const decoded = decodeWith(of, text, { headers })
    return 'events' in decoded && decoded.events.map(({ id }) => id)
  }
  const own = sourceOf({ id: ['id', '$headers.ce_id'] })
  expect(
    ids(
      own,
      `[{"ts":${TS},"id":"a"},{"ts":${TS},"id":12345678901234567890},{"ts":${TS},"id":""},{"ts":${TS}}]`,
    ),
  ).toEqual(['a', '12345678901234567890', null, null])
  expect(ids(own, `[{"ts":${TS}},{"ts":${TS},"id":7}]`, { ce_id: 'h' })).toEqual(['h\u00000', '7'])
  const pairs = sourceOf({ id: 'id', rows: { pairs: 'values' } })
  expect(ids(pairs, `{"ts":${TS},"id":"a","values":{"x":1,"y":2}}`)).toEqual(['a\0x', 'a\0y'])
  expect(ids(sourceOf({}), `{"ts":${TS},"id":"a"}`)).toEqual([undefined])
})
