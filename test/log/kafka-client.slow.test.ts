/** The client against real Apache Kafka: the promises every broker must keep, and those that only transactions, trims and compaction can test. */
import { afterAll, beforeAll, expect } from 'vitest'
import type { LogConfig } from '../../log/log.ts'
import { openClient } from '../../log/kafka/client.ts'
import { kafkajs } from '../../log/kafka/kafkajs-patches.ts'
import { locate, needs } from '../harness/needs.ts'
import { clientTests } from './client-tests.ts'
import { admin, newTopic, producer, range, Reader, recordsOf, uniqueName, until } from './log-tools.ts'
import { type KafkaServer, startKafka } from '../harness/kafka.ts'

const { describe, test } = needs('java', 'kafka-jars')
let server: KafkaServer
const config = (): LogConfig => ({ brokers: server.brokers, clientId: 'tidemark-test' })

describe('Apache Kafka', () => {
  beforeAll(async () => {
    server = await startKafka(locate('kafka-jars') ?? '')
  }, 180_000)
  afterAll(async () => {
    await server?.stop()
  })

  clientTests(config)

  test('aborted records count for nothing, wherever the reading begins', async () => {
    const topic = await newTopic(config(), 1)
    const plain = await producer(config())
    const [one, two] = await Promise.all([transactional(), transactional()])
    const write = async (
      out: { send(record: { topic: string; messages: { key: Buffer; value: string }[] }): Promise<unknown> },
      values: string[],
    ): Promise<void> => {
      // A user's key of four zero bytes looks like the key of an abort marker.
      for (const value of values) await out.send({ topic, messages: [{ key: Buffer.alloc(4), value }] })
    }
    const t1 = await one.transaction()
    await write(t1, ['lost 1'])
    const t2 = await two.transaction()
    await write(t2, ['lost 2', 'lost 3'])
    await plain.send(topic, [{ key: null, value: 'kept 1' }])
    await write(t1, ['lost 4'])
    await t2.abort() // the later one ends first: the broker lists it first
    await write(t1, ['lost 5'])
    await t1.abort()
    const t3 = await one.transaction()
    await write(t3, ['kept 2', 'kept 3'])
    await t3.commit()
    await plain.send(topic, [{ key: null, value: 'kept 4' }])
    await Promise.all([one.disconnect(), two.disconnect()])

    // Kafka answers the end of a transaction before its marker stands in the log.
    const logAdmin = await admin(config())
    const end = 12
    await until(
      'the markers stand in the log',
      async () => (await logAdmin.ranges(topic)).get(0)?.end === end,
    )
    const all = new Map<number, string | null>()
    for (const start of range(0, end)) {
      const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') }, () => start)
      await until('the end is reached', () => reader.cursors.get(0) === end)
      const seen = reader.records.get(0) ?? []
      if (start === 0) for (const { offset, value } of seen) all.set(offset, value)
      expect(seen.map(({ offset, value }) => [offset, value])).toEqual(
        [...all].filter(([offset]) => offset >= start),
      )
      await reader.consumer.stop()
      if (start > 0) continue
      const batches = reader.fetched.flatMap((fetched) => fetched.batches)
      expect(batches.filter(({ control }) => control).length).toBe(3)
      expect(
        batches
          .filter(({ aborted }) => aborted)
          .flatMap((batch) => recordsOf({ ...batch, aborted: false }).map(({ value }) => value)),
      ).toEqual(['lost 1', 'lost 2', 'lost 3', 'lost 4', 'lost 5'])
    }
    expect([...all.values()]).toEqual(['kept 1', 'kept 2', 'kept 3', 'kept 4'])
    for (const offset of range(0, end)) {
      const record = await logAdmin.readRecord(topic, 0, offset)
      expect(typeof record === 'string' ? record : record.value?.toString()).toBe(all.get(offset) ?? 'gone')
    }
  })

  test('an open transaction holds the end back', async () => {
    const topic = await newTopic(config(), 1)
    await (await producer(config())).send(topic, [{ key: null, value: 'first' }])
    const out = await transactional()
    const open = await out.transaction()
    await open.send({ topic, messages: [{ value: 'undecided' }] })
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    await until('the first is read', () => reader.offsets(0).length === 1)
    expect(reader.fetched.at(-1)).toMatchObject({ logEnd: 2, stableEnd: 1 })
    expect((await (await admin(config())).ranges(topic)).get(0)).toEqual({ start: 0, end: 2, stableEnd: 1 })
    expect(await (await admin(config())).logEnds([topic])).toEqual(new Map([[topic, new Map([[0, 2]])]]))
    await open.commit()
    await until('the second is read', () => reader.offsets(0).length === 2)
    await out.disconnect()
  })

  test('a log that was trimmed above the cursor is told, not skipped', async () => {
    const topic = await newTopic(config(), 1)
    await (await producer(config())).send(
      topic,
      range(0, 20).map((index) => ({ key: null, value: `${index}` })),
    )
    await (await admin(config())).deleteRecords(topic, 0, 15)
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') }, () => 5)
    await until('it is told', () => reader.fetched.length > 0)
    expect(reader.fetched).toMatchObject([{ batches: [], logStart: 15, logEnd: 20 }])
    const logAdmin = await admin(config())
    expect([await logAdmin.readRecord(topic, 0, 14), await logAdmin.readRecord(topic, 0, 15)]).toEqual([
      'below-log-start',
      { key: null, value: Buffer.from('15') },
    ])
    reader.seek(0, 15)
    await until('the rest is read', () => reader.offsets(0).length === 5)
    expect(reader.crashes).toEqual([])
  })

  test('a compacted tail is passed in a few fetches', async () => {
    const tool = openClient(config()).admin()
    await tool.connect()
    const topic = uniqueName('compacted')
    const configEntries = Object.entries({
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'max.compaction.lag.ms': '100',
    }).map(([name, value]) => ({ name, value }))
    await tool.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true })
    await tool.disconnect()
    const logAdmin = await admin(config())
    expect(await logAdmin.cleanupPolicy(topic)).toBe('compact')
    const out = await producer(config())
    for (let sent = 0; sent < 30; sent++)
      await out.send(
        topic,
        range(0, 100).map((index) => ({ key: `k${index % 5}`, value: `${sent}` })),
      )
    await until(
      'it is compacted',
      async () => {
        await out.send(topic, [{ key: 'roll', value: 'x' }])
        const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
        const end = (await logAdmin.ranges(topic)).get(0)?.end ?? 0
        await until('the end is reached', () => reader.cursors.get(0) === end)
        const read = reader.offsets(0).length
        const fetches = reader.fetched.filter(({ batches }) => batches.length > 0).length
        await reader.consumer.stop()
        return read < 200 && fetches < 20
      },
      60_000,
    )
    expect(await logAdmin.readRecord(topic, 0, 1)).toBe('gone')
  }, 90_000)
})

async function transactional() {
  const out = openClient(config()).producer({
    transactionalId: uniqueName('transaction'),
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await out.connect()
  return out
}
