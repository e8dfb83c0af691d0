import Fastify, { type FastifyInstance } from 'fastify'
import * as fc from 'fast-check'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collector } from '../../ingest/collector/collector.ts'
import type { CollectAnswer } from '../../ingest/collector/verdicts.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import type { LogProducer } from '../../log/log.ts'
import { partitionFor } from '../../log/murmur2.ts'
import { compileDecoder } from '../../model/decode.ts'
import { readDefinition } from '../../model/definition-file.ts'
import { shipped } from '../../model/shipped.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { readTopic } from '../replay/read-topic.ts'

const sources = readDefinition(shipped)
const decode = compileDecoder(sources.find(({ name }) => name === 'clicks')!)
const partitions = 3
const logged: string[] = []
let broker: TestBroker
let producer: LogProducer
let app: FastifyInstance
let url: string

beforeAll(async () => {
  broker = await startTestBroker()
  const config = { brokers: [broker.address], clientId: 'tidemark-test' }
  const admin = await openAdmin(config)
  for (const { topic } of sources) await admin.createTopic(topic, partitions)
  await admin.close()
  producer = await openProducer(config)
  app = Fastify()
  await app.register(
    collector({ producer, sources, log: (line) => void logged.push(line), answerWithinMs: 3_000 }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/events`
})
afterAll(async () => {
  await app.close()
  await producer.close()
  await broker.stop()
})

interface Answer {
  status: number
  type: string | null
  retryAfter: string | null
  body: CollectAnswer & { type: string; title: string; status: number; detail: string }
}

interface Sending {
  source?: string
  type?: string
  query?: string
  headers?: Record<string, string>
}

async function post(
  body: string | Uint8Array | ReadableStream | unknown[] | Record<string, unknown>,
  { source = 'clicks', type = 'application/json', query = `?source=${source}`, headers = {} }: Sending = {},
): Promise<Answer> {
  const raw =
    typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
      ? body
      : JSON.stringify(body)
  const response = await fetch(url + query, {
    method: 'POST',
    body: raw,
    headers: { ...(type === '' ? {} : { 'content-type': type }), ...headers },
    ...(raw instanceof ReadableStream && { duplex: 'half' }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  }
}

const click = (more: Record<string, unknown> = {}) => ({
  ts: new Date().toISOString(),
  type: 'page_view',
  path: '/',
  visitor: 'v1',
  ...more,
})
const problem = (answer: Answer, status: number) => {
  expect(answer).toMatchObject({
    status,
    type: expect.stringContaining('application/problem+json') as string,
    body: { status, type: expect.stringMatching(/^urn:tidemark:problem:/) as string },
  })
  return answer.body.detail
}

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
          partition: partitionFor(Buffer.from('tide'), partitions),
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

describe('what is refused', () => {
  test('an unknown source, naming the known; unknown, absent and doubled parameters', async () => {
    expect(problem(await post(click(), { source: 'clocks' }), 404)).toContain('clicks, readings')
    for (const name of ['__proto__', 'constructor', '%00', ''])
      problem(await post(click(), { source: name }), 404)
    expect(problem(await post(click(), { query: '' }), 400)).toContain('source=NAME')
    expect(problem(await post(click(), { query: '?source=clicks&source=readings' }), 400)).toContain(
      'more than once',
    )
    expect(problem(await post(click(), { query: '?source=clicks&limit=1' }), 400)).toContain('"limit"')
  })

  test('other content types, unknown encodings, other letters', async () => {
    for (const type of [
      'application/xml',
      'multipart/form-data; boundary=x',
      'junk',
      'application/json-seq',
      '',
    ])
      expect(problem(await post(new Uint8Array([123, 125]), { type }), 415), type).toContain(
        'application/json',
      )
    for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'junk', '__proto__'])
      expect(
        problem(
          await post(gzipSync(JSON.stringify(click())), { headers: { 'content-encoding': encoding } }),
          415,
        ),
      ).toContain('gzip, deflate, br')
    expect(problem(await post(click(), { type: 'application/json; charset=latin1' }), 415)).toContain('UTF-8')
  })

  test('bodies that cannot be read', async () => {
    for (const body of ['', ' ', '{', 'null', '5', '"x"', '[]', 'not json', '{"a":1}{"b":2}'])
      problem(await post(body), 400)
    problem(await post(new Uint8Array([0x7b, 0xff, 0x7d])), 400)
    problem(await post('\n\n', { type: 'application/x-ndjson' }), 400)
    problem(await post('not json', { type: 'text/plain' }), 400)
  })

  test('too large, by bytes told or sent, and by items', async () => {
    expect(problem(await post(JSON.stringify([click({ path: 'x'.repeat(1_000_000) })])), 413)).toContain(
      '1000000 bytes',
    )
    let pieces = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        ++pieces > 4_000 ? controller.close() : controller.enqueue(new Uint8Array(65_536).fill(32)),
    })
    // The server hangs up on who goes on sending: either its answer is read in time, or the connection is gone.
    const answer = await post(endless).catch(() => null)
    if (answer !== null) problem(answer, 413)
    expect(pieces).toBeLessThan(4_000)
    expect(problem(await post(Array.from({ length: 5_001 }, () => ({}))), 413)).toContain('5001 events')
    expect(problem(await post('{}\n'.repeat(5_001), { type: 'text/plain' }), 413)).toContain('5001 events')
  })

  test('one event too large or too deep is a verdict of its own', async () => {
    const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
    const { body } = await post([
      click(),
      click({ path: 'x'.repeat(300_000) }),
      click({ a: deep(100) }),
      click({ a: deep(20) }),
    ])
    expect(body.items.map((item) => (item.status === 'accepted' ? 'accepted' : item.reason))).toEqual([
      'accepted',
      'record_too_large',
      'too_deep',
      'accepted',
    ])
    const abyss = await post(`{"type":"click","path":"/","x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`)
    expect(abyss.status).toBe(400)
  })
})

describe('when the log does not answer', () => {
  test('503 with Retry-After and an operator who is told; afterwards it goes on', async () => {
    const told = logged.length
    await broker.kill9()
    const answer = await post(click())
    problem(answer, 503)
    expect(answer.retryAfter).toBe('1')
    expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|ECONN|localhost/)
    expect(logged.length).toBeGreaterThan(told)
    // What is bad is told so without the log.
    expect((await post({})).status).toBe(400)
    await broker.restart()
    await expect.poll(async () => (await post(click())).status, { timeout: 15_000 }).toBe(202)
  })
})
