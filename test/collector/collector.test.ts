import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partitionFor } from '../../log/murmur2.ts'
import { readTopic } from '../replay/read-topic.ts'
import { decode, PARTITIONS, broker, post, click } from './test-collector.ts'

describe('what is taken', () => {
  test('an object is in the log when 202 is answered: at the told place, under its key, marked as sent by HTTP', async () => {
    const event = click({
      visitor: 'tide',
      path: '/first',
      amount: 12.5,
      more: { kept: ['as', 'it', 'came'] },
    })
    const { status, body } = await post(event)
    expect(status).toBe(202)
    expect(body).toEqual({
      accepted: 1,
      rejected: 0,
      items: [
        {
          status: 'accepted',
          partition: partitionFor(Buffer.from('tide'), PARTITIONS),
          offset: expect.any(Number) as number,
        },
      ],
    })
    const [item] = body.items
    const found = (await readTopic(broker.address, 'clicks')).find(
      ({ partition, offset }) =>
        item?.status === 'accepted' && partition === item.partition && offset === item.offset,
    )
    expect(found).toMatchObject({ key: 'tide', via: 'http' })
    expect(JSON.parse(found!.value!.toString())).toEqual(event)
  })

  test('an array, NDJSON, and either of them as plain text', async () => {
    const lines = `${JSON.stringify(click())}\r\n\n${JSON.stringify(click())}\n`
    for (const [body, type, count] of [
      [[click(), click(), click()], 'application/json; charset=utf-8', 3],
      [lines, 'application/x-ndjson', 2],
      [lines, 'text/plain;charset=UTF-8', 2],
      [JSON.stringify([click()]), 'text/plain', 1],
      [JSON.stringify(click(), null, 2), 'text/plain', 1],
    ] as const) {
      const answer = await post(body as string, { type })
      expect(answer.status, type).toBe(202)
      expect(answer.body.accepted, type).toBe(count)
    }
  })

  test('a missing time is the time of arrival, a missing key is anonymous', async () => {
    const beforeMs = Date.now()
    const { status, body } = await post({ type: 'click', path: '/anonymous', visitor: null, ts: null })
    expect(status).toBe(202)
    const [item] = body.items
    const found = (await readTopic(broker.address, 'clicks')).find(
      ({ partition, offset }) =>
        item?.status === 'accepted' && partition === item.partition && offset === item.offset,
    )
    const event = JSON.parse(found!.value!.toString()) as { ts: string; visitor: string }
    expect(found!.key).toBe('anonymous')
    expect(event.visitor).toBe('anonymous')
    expect(Date.parse(event.ts)).toBeGreaterThanOrEqual(beforeMs)
    expect(Date.parse(event.ts)).toBeLessThanOrEqual(Date.now())
  })

  test('each item has its verdict, in order, and 5,000 learn their own offsets', async () => {
    const { status, body } = await post([
      click(),
      { path: 1 },
      'text',
      null,
      [click()],
      click({ ts: 'soon' }),
      click({ ts: Date.now() + 3_600_000 }),
      click({ loadMs: 'fast' }),
      click(),
    ])
    expect(status).toBe(207)
    expect(body.items.map((item) => (item.status === 'accepted' ? 'accepted' : item.reason))).toEqual([
      'accepted',
      'missing_field',
      'not_an_object',
      'not_an_object',
      'not_an_object',
      'bad_time',
      'future',
      'wrong_type',
      'accepted',
    ])
    expect(body).toMatchObject({ accepted: 2, rejected: 7 })
    const many = await post(
      Array.from({ length: 5_000 }, (_, at) => ({ type: 'click', path: `/${at}`, visitor: `v${at % 50}` })),
    )
    expect(many.status).toBe(202)
    const places = new Map(
      many.body.items.map((item, at) => [
        item.status === 'accepted' ? `${item.partition}/${item.offset}` : '',
        `/${at}`,
      ]),
    )
    expect(places.size).toBe(5_000)
    const stored = new Map(
      (await readTopic(broker.address, 'clicks')).map(({ partition, offset, value }) => [
        `${partition}/${offset}`,
        value,
      ]),
    )
    for (const [place, path] of places)
      expect((JSON.parse(stored.get(place)!.toString()) as { path: string }).path).toBe(path)
  })

  test('an unreadable line is one verdict, no reason to lose the others; none taken is 400', async () => {
    const some = await post(`${JSON.stringify(click())}\n{"ts":\n`, { type: 'application/x-ndjson' })
    expect(some.status).toBe(207)
    expect(some.body.items[1]).toMatchObject({ status: 'rejected', reason: 'not_json' })
    const none = await post([{}, {}])
    expect(none.status).toBe(400)
    expect(none.body).toMatchObject({ accepted: 0, rejected: 2 })
  })

  test('what is accepted, the decoder of the worker accepts; hostile names and numbers included', async () => {
    const hostile = fc.record(
      {
        ts: fc.constantFrom<unknown>(undefined, null, '2026-01-01T00:00:00Z', 0, 'x'),
        type: fc.constantFrom<unknown>('click', '\u0000', '\ud800', 1, null),
        path: fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.jsonValue()),
        visitor: fc.oneof(fc.string(), fc.jsonValue()),
        amount: fc.constantFrom<unknown>(-0, 2 ** 53 + 2, 1e300, 0.005, '1'),
      },
      { requiredKeys: [] },
    )
    const items = fc.sample(hostile, { numRuns: 400, seed: 7 }).map((item) => JSON.stringify(item))
    items.push(
      '{"type":"click","path":"/","__proto__":{"visitor":"x"},"constructor":1,"toString":"x"}',
      '{"type":"a","type":"click","path":"/dup"}',
      '{"type":"click","path":"/","amount":1e999}',
    )
    const { body } = await post(items.join('\n'), { type: 'application/x-ndjson' })
    expect(body.items.length).toBe(items.length)
    expect(body.accepted).toBeGreaterThan(10)
    expect(body.items.at(-1)).toMatchObject({ reason: 'not_finite' })
    for (const { value, timestampMs } of await readTopic(broker.address, 'clicks'))
      expect(decode(value, timestampMs), value?.toString()).toHaveProperty('events')
  })
})
