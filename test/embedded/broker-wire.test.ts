import { describe, expect, test } from 'vitest'
import { errorCode } from '../../embedded/broker/protocol/errors.ts'
import { batchOf } from './batches.ts'
import { fetched, fetching, produced, producing, wireTo } from './wire.ts'
import { broker, said, topicOf } from './wire-broker.ts'

const everything = { minBytes: 1, maxWaitMs: 5000, maxBytes: 2 ** 24 }

describe('a connection', () => {
  test.each([
    ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a size beyond the limit', Buffer.from([0x07, 0, 0, 0])],
    ['a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a request too short for a header', Buffer.from([0, 0, 0, 2, 0, 0])],
    ['an unknown kind of request', Buffer.from([0, 0, 0, 10, 0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
    ['an unknown version', Buffer.from([0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff])],
    ['a body cut short', Buffer.from([0, 0, 0, 11, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0])],
    [
      'an array of two billion',
      Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
    ],
    ['half a request, and then nothing', Buffer.from([0, 0, 0, 100, 0, 3])],
    ['nothing at all', Buffer.alloc(0)],
  ])('that sends %s is closed, and the others do not notice', async (_, bytes) => {
    const bad = await wireTo(broker.port)
    bad.socket.write(bytes)
    await bad.closed
    const good = await wireTo(broker.port)
    expect((await good.ask(18, 2, () => {})).int16()).toBe(0)
  })

  test('is one of five hundred at once, each answered', async () => {
    const many = await Promise.all(Array.from({ length: 500 }, () => wireTo(broker.port)))
    const answers = await Promise.all(many.map((wire) => wire.ask(18, 2, () => {})))
    expect(answers.map((body) => body.int16())).toEqual(Array.from({ length: 500 }, () => 0))
  })

  test('that asks for a newer ApiVersions is told, in the oldest form, what there is', async () => {
    const wire = await wireTo(broker.port)
    const body = await wire.ask(18, 99, (w) => w.int8(0))
    expect(body.int16()).toBe(errorCode('UNSUPPORTED_VERSION'))
    const oldest = body.array((r) => [r.int16(), r.int16(), r.int16()])
    expect(oldest.find(([key]) => key === 18)).toEqual([18, 0, 4])
    expect(body.remaining).toBe(0)
    const flexible = await wire.askFlexible(18, 3, (w) => w.string('a client').string('1.0'))
    expect(flexible.int16()).toBe(0)
    expect(flexible.structs((r) => [r.int16(), r.int16(), r.int16()])).toEqual(oldest)
  })

  test('gets its answers in the order of its requests, however long one takes', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    const sent = Array.from({ length: 40 }, (_, i) =>
      wire.send(0, 7, producing(topic, batchOf({ values: [`v${i}`] }))),
    )
    sent.push(
      wire.send(
        1,
        11,
        fetching([{ topic, partition: 0, offset: 40, maxBytes: 1000 }], { ...everything, maxWaitMs: 300 }),
      ),
    )
    sent.push(wire.send(18, 0, () => {}))
    const offsets: number[] = []
    for (const correlation of sent) {
      const answer = await wire.next()
      expect(answer.correlation).toBe(correlation)
      if (offsets.length < 40) offsets.push(produced(answer.body).baseOffset)
    }
    expect(offsets).toEqual(offsets.map((_, i) => i))
  })

  test('gets no answer to acks 0, and the record is there', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    wire.send(0, 7, producing(topic, batchOf({ values: ['quiet'] }), 0))
    const correlation = wire.send(
      1,
      11,
      fetching([{ topic, partition: 0, offset: 0, maxBytes: 1000 }], everything),
    )
    const answer = await wire.next()
    expect(answer.correlation).toBe(correlation)
    expect(fetched(answer.body)[0]!.logEnd).toBe(1)
  })

  test('that takes no answers is closed, and holds no more than its socket', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    for (let i = 0; i < 12; i++)
      await wire.ask(0, 7, producing(topic, batchOf({ values: ['x'.repeat(2 ** 20 - 100)] })))
    const slow = await wireTo(broker.port)
    slow.socket.pause()
    for (let i = 0; i < 50; i++)
      slow.send(1, 11, fetching([{ topic, partition: 0, offset: 0, maxBytes: 2 ** 24 }], everything))
    while (!said.some((line) => line.includes(`:${slow.socket.localPort}:`)))
      await new Promise((resolve) => setTimeout(resolve, 50))
    slow.socket.resume()
    await slow.closed
  })
})

describe('a fetch', () => {
  test('honours its limits, brings at least one batch, and whole ones only', async () => {
    const wire = await wireTo(broker.port)
    const topics = [await topicOf(wire), await topicOf(wire)]
    for (const topic of topics)
      for (let i = 0; i < 10; i++)
        await wire.ask(0, 7, producing(topic, batchOf({ values: ['x'.repeat(1000)] })))
    const size = batchOf({ values: ['x'.repeat(1000)] }).length
    const ask = async (maxBytes: number, partitionMaxBytes: number) => {
      const asks = topics.map((topic) => ({ topic, partition: 0, offset: 3, maxBytes: partitionMaxBytes }))
      return fetched(await wire.ask(1, 11, fetching(asks, { ...everything, maxBytes })))
        .map(({ records }) => records.length / size)
        .sort()
    }
    expect(await ask(1, 1)).toEqual([0, 1])
    expect(await ask(2 ** 20, size * 2 + 50)).toEqual([2, 2])
    expect(await ask(size * 3, 2 ** 20)).toEqual([0, 3])
    expect(await ask(2 ** 20, 2 ** 20)).toEqual([7, 7])
  })

  test('waits for as many bytes as it wants, and for no longer than it says', async () => {
    const [wire, other] = [await wireTo(broker.port), await wireTo(broker.port)]
    const topic = await topicOf(wire)
    const from = (offset: number) => [{ topic, partition: 0, offset, maxBytes: 2 ** 20 }]
    const pending = wire.ask(1, 11, fetching(from(0), { ...everything, minBytes: 3000, maxWaitMs: 60_000 }))
    for (let i = 0; i < 4; i++)
      await other.ask(0, 7, producing(topic, batchOf({ values: ['x'.repeat(900)] })))
    expect(fetched(await pending)[0]!.records.length).toBeGreaterThanOrEqual(3000)
    const empty = fetched(await wire.ask(1, 11, fetching(from(4), { ...everything, maxWaitMs: 30 })))
    expect(empty).toMatchObject([{ error: 0, logEnd: 4, logStart: 0 }])
  })

  test('of what is not there answers at once', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    const ask = async (name: string, partition: number, offset: number) =>
      fetched(
        await wire.ask(
          1,
          11,
          fetching([{ topic: name, partition, offset, maxBytes: 100 }], { ...everything, maxWaitMs: 60_000 }),
        ),
      )[0]!.error
    expect(await ask(topic, 0, 1)).toBe(errorCode('OFFSET_OUT_OF_RANGE'))
    expect(await ask(topic, 0, -1)).toBe(errorCode('OFFSET_OUT_OF_RANGE'))
    expect(await ask(topic, 1, 0)).toBe(errorCode('UNKNOWN_TOPIC_OR_PARTITION'))
    expect(await ask('no-such-topic', 0, 0)).toBe(errorCode('UNKNOWN_TOPIC_OR_PARTITION'))
  })
})
