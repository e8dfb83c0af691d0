import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileAdmission } from '../../ingest/collector/admit.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinitionText } from '../../model/definition/file.ts'
import { compileGetter, parsePath, pathText, PATH_PATTERN, putAt } from '../../model/decode/path.ts'

const [orders] = readDefinitionText(readFileSync(join(import.meta.dirname, '../../examples/orders.yaml')))
const decode = compileDecoder(orders!)
const NOW = Date.UTC(2026, 4, 1, 12)
const order = {
  id: 'o-1001',
  meta: { placedAt: '2026-05-01T12:00:00.000Z' },
  status: 'paid',
  channel: 'web',
  customer: { id: 'c-17', address: { country: 'DE' } },
  payment: { amount: 149.9, fee: 2.35 },
}

/** Values by the name of their field, or the reason and its words. */
function read(event: unknown): unknown {
  const decoded = decode(Buffer.from(JSON.stringify(event)), NOW)
  if ('reject' in decoded) return `${decoded.reject.reason}: ${decoded.reject.detail}`
  return Object.fromEntries(orders!.fields.map(({ name }, at) => [name, decoded.events[0]!.values[at]]))
}

describe('the example of orders', () => {
  test('reads nested fields, an absent one and amounts', () => {
    expect(read(order)).toEqual({
      customer: 'c-17',
      status: 'paid',
      channel: 'web',
      country: 'DE',
      amount: 149.9,
      fee: 2.35,
    })
    expect(read({ ...order, channel: undefined, payment: { amount: 1 } })).toMatchObject({
      channel: null,
      fee: null,
      amount: 1,
    })
    const decoded = decode(Buffer.from(JSON.stringify(order)), NOW)
    expect('events' in decoded && decoded.events[0]!.units).toEqual([0, 0, 14990, 14990, 235])
  })

  test('takes the first path that holds a value', () => {
    const old = { ...order, customer: { id: 'c' }, country: 'FR' }
    expect(read(old)).toMatchObject({ country: 'FR' })
    expect(read({ ...old, customer: { id: 'c', address: { country: null } } })).toMatchObject({
      country: 'FR',
    })
    expect(read({ ...old, customer: { id: 'c', address: { country: 'IT' } } })).toMatchObject({
      country: 'IT',
    })
    expect(read({ ...old, customer: { id: 'c', address: ['IT'] } })).toMatchObject({ country: 'FR' })
    expect(read({ ...old, country: undefined })).toMatchObject({ country: null })
  })

  test('says where it looked when a value is wrong', () => {
    expect(read({ ...order, customer: 'c-17' })).toBe('missing_field: customer (customer.id) is required')
    expect(read({ ...order, customer: [{ id: 'c' }] })).toBe(
      'missing_field: customer (customer.id) is required',
    )
    expect(read({ ...order, payment: { amount: '149.90' } })).toBe(
      'wrong_type: amount (payment.amount): "149.90" is not a number; to count it, say  amount: { type: number, accept: text }',
    )
    expect(read({ ...order, customer: { id: 'c', address: { country: 49 } }, country: 'FR' })).toBe(
      'wrong_type: country (customer.address.country or country): 49 is not a string; to count it, say  country: { type: string?, accept: number }',
    )
    expect(read({ ...order, meta: null })).toMatch(/^bad_time: meta\.placedAt: nothing is not a time/)
    expect(read({ ...order, 'meta.placedAt': order.meta.placedAt, meta: 5 })).toMatch(/^bad_time: /)
  })

  test('finds nothing in prototypes', () => {
    expect(decode(Buffer.from('{"meta":{"__proto__":{"placedAt":1777636800}}}'), NOW)).toMatchObject({
      reject: { reason: 'bad_time' },
    })
  })
})

describe('paths', () => {
  test.each([
    ['a', ['a']],
    ['a.b.c', ['a', 'b', 'c']],
    [String.raw`a\.b.c`, ['a.b', 'c']],
    [String.raw`a\\.b`, ['a\\', 'b']],
    [String.raw`a\[0]`, ['a[0]']],
    ['a[b]', ['a[b]']],
    ['user-id', ['user-id']],
    ['@t. x', ['@t', ' x']],
    ['größe.0', ['größe', '0']],
  ])('%s', (text, path) => {
    expect(text).toMatch(PATH_PATTERN)
    expect(parsePath(text)).toEqual(path)
    expect(pathText(path)).toBe(text)
  })

  test.each(['', '.', 'a.', '.a', 'a..b', 'a\\', String.raw`a\b`, Array(17).fill('a').join('.')])(
    '%j is none',
    (text) => expect(text).not.toMatch(PATH_PATTERN),
  )

  test('names of objects go through own properties of objects only', () => {
    const get = (...path: string[]) => compileGetter([path])
    expect(get('a', 'length')({ a: 'text' })).toBe(undefined)
    expect(get('a', 'length')({ a: [1] })).toBe(undefined)
    expect(get('a', '0')({ a: [1] })).toBe(undefined)
    expect(get('constructor', 'name')({})).toBe(undefined)
    expect(get('__proto__', 'a')(JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>)).toBe(1)
  })

  test('putting a value makes what is absent, copies what is there and leaves what is no object', () => {
    const inner = { kept: 1 }
    const event: Record<string, unknown> = { a: inner, s: 'text', n: null }
    for (const path of [
      ['a', 'b', 'c'],
      ['s', 'x'],
      ['n', 'x'],
      ['__proto__', 'y'],
    ])
      putAt(event, path, 'new')
    expect(JSON.parse(JSON.stringify(event))).toEqual(
      JSON.parse('{"a":{"kept":1,"b":{"c":"new"}},"s":"text","n":{"x":"new"},"__proto__":{"y":"new"}}'),
    )
    expect(inner).toEqual({ kept: 1 })
    expect(({} as Record<string, unknown>)['y']).toBe(undefined)
  })
})

test('the collector keeps the digits of long numbers, and refuses those that would be counted as others', () => {
  const admit = compileAdmission(orders!)
  const text =
    '{"status":"paid","customer":{"id":"c"},"payment":{"amount":1,"trace":12345678901234567890,"share":0.12345678901234567890},"list":[9007199254740993,{"n":-9007199254740993}],"9007199254740993":"9007199254740993"}'
  const admitted = admit({ value: JSON.parse(text) as unknown, text }, NOW)
  if ('reason' in admitted) throw new Error(admitted.detail)
  for (const piece of [
    '"trace":12345678901234567890',
    '"share":0.12345678901234567890',
    '[9007199254740993,{"n":-9007199254740993}]',
    '"9007199254740993":"9007199254740993"',
    '"placedAt":"2026-05-01T12:00:00.000Z"',
  ])
    expect(admitted.value.toString()).toContain(piece)
  const wrong = '{"status":"paid","customer":{"id":"c"},"payment":{"amount":9007199254740993}}'
  expect(admit({ value: JSON.parse(wrong) as unknown, text: wrong }, NOW)).toMatchObject({
    reason: 'too_large',
  })
})

test('the collector stamps the time where the definition looks for it, and a key where nobody is shown by it', () => {
  const admit = compileAdmission({ ...orders!, entity: null })
  const sent = { status: 'paid', payment: { amount: 1 } }
  const item = (value: object) => ({ value, text: JSON.stringify(value) })
  const admitted = admit(item(sent), NOW)
  if ('reason' in admitted) throw new Error(admitted.detail)
  expect(admitted.key).toBe('anonymous')
  expect(JSON.parse(admitted.value.toString())).toEqual({
    ...sent,
    meta: { placedAt: '2026-05-01T12:00:00.000Z' },
    customer: { id: 'anonymous' },
  })
  expect(admit(item({ ...order, customer: { id: 'c-9' } }), NOW)).toMatchObject({ key: 'c-9' })
  expect(admit(item({ ...sent, meta: 'no object' }), NOW)).toMatchObject({ reason: 'bad_time' })
  // a source of devices or customers: all that came without a name would be one of them
  expect(compileAdmission(orders!)(item(sent), NOW)).toMatchObject({ reason: 'missing_field' })
})
