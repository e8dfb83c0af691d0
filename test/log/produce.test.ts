/** What is written: the bytes, against kafkajs's own; and which records travel together, and who is told. */
import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBatch, encodeRecords } from '../../log/encode.ts'
import { LogError } from '../../log/errors.ts'
import { Outbox, type QueuedRecord } from '../../log/kafka/outbox.ts'
import { groupByPartition, produceRequest } from '../../log/kafka/request.ts'
import { notAcknowledged, type SendError } from '../../log/send-error.ts'
import { openBatch } from '../../log/walk.ts'
import { makeBatch } from './batches.ts'

const require = createRequire(import.meta.url)
const shippedRequest = require('kafkajs/src/protocol/requests/produce/v3/request') as typeof produceRequest // this file never loads the seam

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const held = fc.option(fc.oneof(bytes, fc.string({ maxLength: 50 })), { nil: null })
const headers = fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), { maxKeys: 4 })

describe('encoding', () => {
  test('the request is byte for byte what kafkajs would send', async () => {
    // Times of one length, all there: else kafkajs sorts them as text.
    const message = fc.record({
      key: held,
      value: held,
      headers,
      timestamp: fc.integer({ min: 1e12, max: 2e12 }).map(String),
    })
    const batch = fc.record({
      partition: fc.nat(9),
      firstSequence: fc.nat(1e6),
      messages: fc.array(message, { minLength: 1, maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            topic: fc.stringMatching(/^[a-z]{1,8}$/),
            partitions: fc.array(batch, { maxLength: 3 }),
          }),
          { maxLength: 3 },
        ),
        fc.option(fc.string({ maxLength: 5 }), { nil: null }),
        async (topicData, transactionalId) => {
          // An empty transactional id is none to kafkajs's flag, and one to its text: not a case anybody has.
          const id = transactionalId === '' ? null : transactionalId
          for (const { partitions } of topicData)
            for (const { messages } of partitions)
              messages.sort((a, b) => Number(a.timestamp) - Number(b.timestamp)) // and counts from the least
          const options = {
            acks: -1,
            timeout: 30_000,
            producerId: 12_345n,
            producerEpoch: 3,
            compression: 0,
            transactionalId: id,
            topicData,
          }
          expect((await produceRequest(options).encode()).buffer.toString('hex')).toBe(
            (await shippedRequest(options).encode()).buffer.toString('hex'),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('any times, in any order, come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4e12), { minLength: 1, maxLength: 30 }),
        fc.constantFrom(0, 1),
        async (times, compression) => {
          const request = produceRequest({
            acks: -1,
            timeout: 1,
            compression,
            topicData: [
              {
                topic: 't',
                partitions: [
                  {
                    partition: 0,
                    firstSequence: 0,
                    messages: times.map((timestamp) => ({ value: 'v', timestamp })),
                  },
                ],
              },
            ],
          })
          const { buffer } = await request.encode()
          const cursor = openBatch(buffer.subarray(2 + 2 + 4 + 4 + 3 + 4 + 4 + 4)) // ids, acks, timeout, counts, the topic's name
          for (const time of times) expect([cursor.next(), cursor.timestampMs]).toEqual([true, time])
          expect([cursor.next(), cursor.batch.maxTimestampMs]).toEqual([false, Math.max(...times)])
        },
      ),
    )
  })

  test('a batch is byte for byte what the tests make by hand', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            key: fc.option(bytes, { nil: null }),
            value: fc.option(bytes, { nil: null }),
            headers,
            timestampDelta: fc.integer({ min: -1e13, max: 1e13 }),
          }),
          { minLength: 1, maxLength: 10 },
        ),
        (made) => {
          const header = {
            attributes: 0,
            count: made.length,
            lastOffsetDelta: made.length - 1,
            firstTimestampMs: 5n,
            maxTimestampMs: 6n,
            producerId: -1n,
            producerEpoch: -1,
            firstSequence: -1,
          }
          const mine = encodeBatch(
            header,
            encodeRecords(
              made.map(({ timestampDelta, ...record }, offsetDelta) => ({
                ...record,
                offsetDelta,
                timestampDeltaMs: timestampDelta,
              })),
            ),
          )
          const byHand = makeBatch({
            records: made.map((record, offsetDelta) => ({
              ...record,
              offsetDelta,
              headers: Object.entries(record.headers).map(([name, value]): [string, Buffer] => [
                name,
                Buffer.from(value),
              ]),
            })),
            baseTimestampMs: 5,
            maxTimestampMs: 6,
          })
          expect(mine.toString('hex')).toBe(byHand.toString('hex'))
        },
      ),
    )
  })

  test('grouping is what kafkajs groups', () => {
    const shipped = require('kafkajs/src/producer/groupMessagesPerPartition') as typeof groupByPartition
    const messages = Array.from({ length: 50 }, (_, index) => ({ index, partition: (index * 7) % 5 }))
    const asked = {
      topic: 't',
      partitionMetadata: [1],
      messages,
      partitioner: (one: object) => (one as { message: { partition: number } }).message.partition,
    }
    expect(groupByPartition(asked)).toEqual(shipped(asked))
  })
})

describe('the outbox', () => {
  const records = (count: number, size = 100, partition = 0, topic = 't'): QueuedRecord[] =>
    Array.from({ length: count }, () => ({ topic, partition, bytes: size, message: { value: 'x' } }))

  test('tells each send its own offsets', async () => {
    const outbox = new Outbox()
    const told = Promise.all([
      outbox.put(records(3)),
      outbox.put([...records(2, 100, 1), ...records(1)]),
      outbox.put(records(2, 100, 0, 'u')),
    ])
    const sent = outbox.take()
    expect([sent.length, outbox.isEmpty]).toEqual([8, true])
    outbox.acknowledged(sent, (topic, partition) => (topic === 'u' ? 500 : partition * 100 + 10))
    expect(await told).toEqual([
      [{ partition: 0, baseOffset: 10, places: [0, 1, 2] }],
      [
        { partition: 1, baseOffset: 110, places: [0, 1] },
        { partition: 0, baseOffset: 13, places: [2] },
      ],
      [{ partition: 0, baseOffset: 500, places: [0, 1] }],
    ])
  })

  test('a wide record travels alone, and a batch stays under the limit of a partition', () => {
    const outbox = new Outbox()
    void outbox.put([
      ...records(1, 500_000),
      ...records(1, 500_000),
      ...records(1, 500_000, 1),
      ...records(1, 5_000_000),
      ...records(1),
    ])
    expect([
      outbox.take().length,
      outbox.take().length,
      outbox.take().length,
      outbox.take().length,
      outbox.take().length,
    ]).toEqual([1, 2, 1, 1, 0])
  })

  test('a failure reaches every send it touched, and no other', async () => {
    const outbox = new Outbox()
    const first = outbox.put(records(3, 500_000))
    const second = outbox.put(records(1))
    outbox.failed(outbox.take(), new LogError('LOG_UNREACHABLE', 'away'))
    await expect(first).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
    const sent = outbox.take()
    expect(sent.length).toBe(1)
    outbox.acknowledged(sent, () => 7)
    expect(await second).toEqual([{ partition: 0, baseOffset: 7, places: [0] }])
  })

  test('a send cut off in its middle tells what was acknowledged, so that only the rest is sent again', async () => {
    const outbox = new Outbox()
    const wide = [
      ...records(1, 500_000),
      ...records(1, 500_000, 1),
      ...records(1, 500_000),
      ...records(1, 500_000, 1),
    ]
    const told = outbox.put(wide)
    const sent = outbox.take()
    outbox.acknowledged(sent, (_, partition) => partition * 10)
    outbox.failed(outbox.take(), new LogError('LOG_UNREACHABLE', 'away'))
    const error = await told.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'LOG_UNREACHABLE',
      retry: true,
      acknowledged: [
        { partition: 0, baseOffset: 0, places: [0] },
        { partition: 1, baseOffset: 10, places: [1] },
      ],
    })
    expect(notAcknowledged(wide, (error as SendError).acknowledged)).toEqual(wide.slice(2))
    expect((error as Error).message).toBe(new LogError('LOG_UNREACHABLE', 'away').message)
    expect(outbox.isEmpty).toBe(true)
  })

  test('is bounded', async () => {
    const outbox = new Outbox()
    void outbox.put(records(60, 1_000_000))
    await expect(outbox.put(records(10, 1_000_000))).rejects.toMatchObject({ code: 'LOG_BUSY', retry: true })
    while (!outbox.isEmpty) outbox.acknowledged(outbox.take(), () => 0)
    await new Outbox().put([])
    const alone = outbox.put(records(1, 100_000_000)) // one send, however wide, may always wait
    outbox.acknowledged(outbox.take(), () => 0)
    await alone
  })
})
