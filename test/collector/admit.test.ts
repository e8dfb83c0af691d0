import { expect, test } from 'vitest'
import { compileAdmission, type Admitted } from '../../ingest/collector/admit.ts'
import { decodeWith, rowsOf, sourceOf } from '../decode/source.ts'

const NOW = Date.UTC(2026, 10, 24, 21, 26, 47)
const ISO = '2026-11-24T21:26:47.000Z'

interface Came {
  headers?: Record<string, string>
  at?: number
  of?: number
}

/** Sends one event to a source that is made of these keys. */
function send(
  source: ReturnType<typeof sourceOf>,
  value: object,
  { headers = {}, at = 0, of = 1 }: Came = {},
): Admitted {
  const header = (name: string): string | undefined => headers[name]
  return compileAdmission(source)({ value, text: JSON.stringify(value) }, NOW, 0, { header, at, of })
}
const written = (admitted: Admitted): unknown => {
  if ('reason' in admitted) return `${admitted.reason}: ${admitted.detail}`
  const { key, value, headers } = admitted
  return { key, event: JSON.parse(value.toString()) as unknown, ...(headers && { headers }) }
}

const bridge = sourceOf({
  key: 'device',
  time: '$headers.ce_time',
  fields: {
    device: { type: 'string', from: '$key' },
    gateway: { type: 'string?', from: '$headers.ce_source' },
    temp: 'number',
  },
  entity: { online: '1m' },
})

test('what the definition reads from key and headers of a record is put there', () => {
  const admitted = send(bridge, { device: 'plant-1', temp: 21 }, { headers: { 'ce-source': 'gw' } })
  expect(written(admitted)).toEqual({
    key: 'plant-1',
    event: { device: 'plant-1', temp: 21 },
    headers: { ce_source: 'gw', ce_time: ISO },
  })
  if ('reason' in admitted) throw new Error(admitted.detail)
  expect(rowsOf(bridge, admitted.value, { key: admitted.key, headers: { ...admitted.headers } })).toEqual([
    { ts: NOW, device: 'plant-1', gateway: 'gw', temp: 21 },
  ])
  expect(written(send(bridge, { device: 7, temp: 21 }))).toMatchObject({ key: '7' })
  expect(written(send(bridge, { temp: 21 }))).toBe('missing_field: device ($key) is required')
})

test('a source of devices refuses a reading without its device; one of visitors gives it a name', () => {
  const fields = { k: 'string', v: 'number?' } as const
  expect(written(send(sourceOf({ fields, entity: { online: '1m' } }), { v: 1 }))).toBe(
    'missing_field: k is required',
  )
  expect(written(send(sourceOf({ fields }), { v: 1 }))).toEqual({
    key: 'anonymous',
    event: { v: 1, ts: ISO, k: 'anonymous' },
  })
})

test('ids: the event says its own, or the request does, so that a retry can be told', () => {
  const named = sourceOf({ id: 'messageId' })
  const from = (value: object, came?: Came): unknown =>
    (written(send(named, value, came)) as { event: { messageId?: unknown } }).event.messageId
  expect(from({ messageId: 'm-1', id: 'x' })).toBe('m-1')
  expect(from({ id: 'i-1' })).toBe('i-1')
  expect(from({ id: 17 })).toBe('17')
  const headers = { 'idempotency-key': 'key-9' }
  expect(from({}, { headers })).toBe('key-9')
  expect(from({}, { headers, at: 1, of: 2 })).toBe('key-9/1')
  expect(from({ messageId: 'm-1' }, { headers })).toBe('m-1')
  expect(from({})).toBe(undefined)

  const inHeader = sourceOf({ id: '$headers.ce_id' })
  expect(written(send(inHeader, { id: 'i-1' }))).toMatchObject({ headers: { ce_id: 'i-1' } })
  expect(written(send(inHeader, {}, { headers: { 'ce-id': 'c-1' } }))).toMatchObject({
    headers: { ce_id: 'c-1' },
  })
  expect(written(send(sourceOf({}), { id: 'i-1' }, { headers }))).toEqual({
    key: 'anonymous',
    event: { id: 'i-1', ts: ISO, k: 'anonymous' },
  })
})

test('rows are judged as the record that is written', () => {
  const board = sourceOf({
    rows: { pairs: 'values', verdict: 'each' },
    key: 'device',
    time: ['ts', '$kafka'],
    fields: {
      device: { type: 'string', from: '$key' },
      signal: { type: 'string', from: '$name' },
      v: { type: 'number', from: '$value' },
    },
  })
  const admitted = send(board, { device: 'd', values: { temp: 21, state: 'ok' } })
  if ('reason' in admitted) throw new Error(admitted.detail)
  const decoded = decodeWith(board, admitted.value, { key: admitted.key, tsMs: NOW })
  expect('events' in decoded && [decoded.events.length, decoded.rejects?.length]).toEqual([1, 1])
  expect(written(send(board, { device: 'd', values: { state: 'ok' } }))).toMatch(/^wrong_type: row 1 of 1: v/)
  expect(written(send(board, { device: 'd' }))).toMatch(/^no_events/)
  const all = sourceOf({ rows: { in: 'batch' } })
  const ahead = new Date(NOW + 61_000).toISOString()
  expect(written(send(all, { batch: [{ ts: ISO }, { ts: ahead }] }))).toMatch(
    /^future: ts is 61000 ms ahead of the clock here/,
  )
  expect(written(send(all, { batch: [{ ts: ISO, k: 'first' }, { ts: ISO }] }))).toMatchObject({
    key: 'first',
  })
})
