/** What the door promises, whatever broker stands behind it. One test file a broker runs these. */
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { LogError } from '../../log/errors.ts'
import { openAdmin, openConsumer, openProducer } from '../../log/kafka.ts'
import { partitionFor } from '../../log/murmur2.ts'
import type {
  ConsumerOptions,
  Fetched,
  LogAdmin,
  LogConfig,
  LogConsumer,
  LogProducer,
  ProducerOptions,
  RawBatch,
} from '../../log/log.ts'
import { openBatch } from '../../log/walk.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

export const uniqueName = (stem: string): string => `${stem}-${randomUUID().slice(0, 8)}`

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function admin(config: LogConfig): Promise<LogAdmin> {
  const opened = await openAdmin(config)
  closing.push(() => opened.close())
  return opened
}

export async function producer(config: LogConfig, options: ProducerOptions = {}): Promise<LogProducer> {
  const opened = await openProducer(config, options)
  closing.push(() => opened.close())
  return opened
}

export interface Seen {
  offset: number
  timestampMs: number
  key: string | null
  value: string | null
}

/** Records of a batch that count, from `cursor` on. */
export function recordsOf(batch: RawBatch, cursor = 0): Seen[] {
  const seen: Seen[] = []
  if (batch.control || batch.aborted) return seen
  const walk = openBatch(batch.bytes)
  while (walk.next()) {
    if (walk.offset >= cursor)
      seen.push({
        offset: walk.offset,
        timestampMs: walk.timestampMs,
        key: text(walk.key()),
        value: text(walk.value()),
      })
  }
  return seen
}
const text = (bytes: Buffer | null): string | null => bytes?.toString() ?? null

/** A consumer that does what a worker does, without a store: walks what comes and follows with its own cursor. */
export class Reader {
  consumer!: LogConsumer
  readonly fetched: Fetched[] = []
  readonly assigned: number[][] = []
  readonly revoked: number[][] = []
  readonly crashes: LogError[] = []
  readonly cursors = new Map<number, number>()
  readonly records = new Map<number, Seen[]>()
  starts: (partition: number) => number = () => 0

  static async open(
    config: LogConfig,
    options: ConsumerOptions,
    starts: (partition: number) => number = () => 0,
  ): Promise<Reader> {
    const reader = new Reader()
    reader.starts = starts
    reader.consumer = await openConsumer(
      config,
      { maxWaitMs: 100, ...options },
      {
        onAssigned: async (partitions) => {
          reader.assigned.push(partitions)
          for (const partition of partitions)
            if (!reader.cursors.has(partition)) reader.cursors.set(partition, reader.starts(partition))
          return new Map(partitions.map((partition) => [partition, reader.cursors.get(partition) ?? 0]))
        },
        onRevoked: async (partitions) => {
          reader.revoked.push(partitions)
          for (const partition of partitions) reader.cursors.delete(partition)
        },
        onFetched: (fetched) => reader.take(fetched),
        onCrash: (error) => void reader.crashes.push(error),
      },
    )
    closing.push(() => reader.consumer.stop())
    return reader
  }

  take(fetched: Fetched): void {
    this.fetched.push(fetched)
    const { partition, batches } = fetched
    const records = this.records.get(partition) ?? []
    this.records.set(partition, records)
    for (const batch of batches) {
      const cursor = this.cursors.get(partition) ?? 0
      if (batch.lastOffset < cursor)
        throw new Error(`a batch that ends at ${batch.lastOffset} came at cursor ${cursor}`)
      records.push(...recordsOf(batch, cursor))
      this.cursors.set(partition, batch.lastOffset + 1)
    }
  }

  seek(partition: number, offset: number): void {
    this.cursors.set(partition, offset)
    this.records.delete(partition)
    this.consumer.seek(partition, offset)
  }

  offsets(partition: number): number[] {
    return (this.records.get(partition) ?? []).map(({ offset }) => offset)
  }

  get owned(): number[] {
    return this.assigned.at(-1) ?? []
  }
}

export const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index)
const values = (count: number, from = 0): { key: null; value: string; partition: number }[] =>
  range(from, from + count).map((index) => ({ key: null, value: `value ${index}`, partition: 0 }))

/** Declares the tests. `config` is asked when they run. */
export function doorTests(config: () => LogConfig): void {
  test('topics are made once, and told about', async () => {
    const door = await admin(config())
    const topic = uniqueName('made')
    expect(await door.partitions(topic)).toBeNull()
    expect(await door.createTopic(topic, 3)).toBe(true)
    expect(await door.createTopic(topic, 3)).toBe(false)
    await until('the topic is known', async () => (await door.partitions(topic)) === 3)
    expect(await door.ranges(topic)).toEqual(
      new Map([0, 1, 2].map((partition) => [partition, { start: 0, end: 0, stableEnd: 0 }])),
    )
    expect(await door.cleanupPolicy(topic)).toBe('delete')
    expect((await door.clusterId()).length).toBeGreaterThan(0)
    expect(await door.committed('nobody', topic)).toEqual(new Map())
  })

  test('ends and counts of many topics are told at once, absent ones left out', async () => {
    const [one, two] = [await newTopic(config(), 3), await newTopic(config(), 1)]
    await (await producer(config())).send(
      one,
      [0, 0, 2].map((partition) => ({ key: null, value: 'x', partition })),
    )
    const door = await admin(config())
    const topics = [one, two, uniqueName('absent')]
    expect(await door.logEnds(topics)).toEqual(
      new Map([
        [
          one,
          new Map([
            [0, 2],
            [1, 0],
            [2, 1],
          ]),
        ],
        [two, new Map([[0, 0]])],
      ]),
    )
    expect(await door.partitionCounts(topics)).toEqual(
      new Map([
        [one, 3],
        [two, 1],
      ]),
    )
    expect(await door.logEnds([])).toEqual(new Map())
    expect(await door.timestampType(one)).toBe('LogAppendTime')
  })

  test.each(['none', 'gzip'] as const)('what is written comes back, compression %s', async (compression) => {
    const topic = await newTopic(config(), 3)
    const records = range(0, 500).map((index) => ({
      key: `key ${index % 17}`,
      value: `value ${index}`,
      headers: { kind: 'x' },
      timestampMs: 1_000 + index,
    }))
    const beforeMs = Date.now()
    const landed = await (await producer(config(), { compression })).send(topic, records)
    expect(landed.map(({ partition }) => partition).sort()).toEqual([0, 1, 2])
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    await until(
      'all records are read',
      () => [0, 1, 2].every((p) => reader.offsets(p).length > 0) && sum(reader) === 500,
    )
    for (const partition of [0, 1, 2]) {
      const expected = records
        .filter(({ key }) => partitionFor(Buffer.from(key), 3) === partition)
        .map(({ value }) => value)
      const seen = reader.records.get(partition) ?? []
      expect(seen.map(({ value }) => value)).toEqual(expected)
      expect(seen.every(({ timestampMs }) => Math.abs(timestampMs - beforeMs) < 60_000)).toBe(true) // the broker's clock, not 1970
      expect(reader.offsets(partition)).toEqual(range(0, expected.length))
    }
    expect((await (await admin(config())).ranges(topic)).get(0)).toEqual({
      start: 0,
      end: reader.offsets(0).length,
      stableEnd: reader.offsets(0).length,
    })
  })

  test('sends at the same time are told their own offsets', async () => {
    const topic = await newTopic(config(), 1)
    const out = await producer(config())
    const told = await Promise.all(range(0, 20).map((index) => out.send(topic, values(index + 1))))
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    await until('all are read', () => sum(reader) === 210)
    told.forEach((landed, index) => {
      const first = landed[0]?.baseOffset ?? -1
      expect(
        reader.records
          .get(0)
          ?.slice(first, first + index + 1)
          .map(({ value }) => value),
      ).toEqual(values(index + 1).map(({ value }) => value))
    })
  })

  test('null keys, null values and nothing at all', async () => {
    const topic = await newTopic(config(), 1)
    const out = await producer(config())
    expect(await out.send(topic, [])).toEqual([])
    await out.send(topic, [
      { key: null, value: null },
      { key: Buffer.from([0, 0, 0, 0]), value: '' },
    ])
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    await until('both are read', () => sum(reader) === 2)
    expect(reader.records.get(0)?.map(({ key, value }) => [key, value])).toEqual([
      [null, null],
      ['\0\0\0\0', ''],
    ])
  })

  test('a topic that is not there is said so', async () => {
    const topic = uniqueName('absent')
    await expect(Reader.open(config(), { topic, groupId: 'group' })).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
      retry: false,
    })
    await expect((await producer(config())).send(topic, [{ key: null, value: 'x' }])).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
    })
  })

  test('the first delivery is for the offset that onAssigned named', async () => {
    const topic = await newTopic(config(), 1)
    const out = await producer(config())
    for (const from of range(0, 10)) await out.send(topic, values(100, from * 100))
    for (const start of [0, 1, 555, 999]) {
      const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') }, () => start)
      await until('the rest is read', () => reader.offsets(0).at(-1) === 999)
      expect(reader.offsets(0)).toEqual(range(start, 1000))
      const first = reader.fetched.find(({ batches }) => batches.length > 0)?.batches[0]
      expect(first?.baseOffset).toBe(Math.floor(start / 100) * 100)
      await reader.consumer.stop()
    }
  })

  test('after a seek nothing of before is delivered', async () => {
    const topic = await newTopic(config(), 1)
    const out = await producer(config())
    for (const from of range(0, 20)) await out.send(topic, values(50, from * 50))
    const reader = await Reader.open(config(), {
      topic,
      groupId: uniqueName('group'),
      maxBytesPerPartition: 2_000,
    })
    for (const target of [700, 3, 999, 400, 0]) {
      await until('something is read', () => (reader.records.get(0)?.length ?? 0) > 0)
      reader.seek(0, target)
      await until('the end is reached', () => reader.offsets(0).at(-1) === 999)
      expect(reader.offsets(0)).toEqual(range(target, 1000))
    }
    expect(reader.crashes).toEqual([])
  })

  test('a paused partition rests, the others go on, and it resumes where it stood', async () => {
    const topic = await newTopic(config(), 2)
    const out = await producer(config())
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group'), maxWaitMs: 500 })
    await until('both are assigned', () => reader.owned.length === 2)
    reader.consumer.pause(0)
    await until(
      'the pause is felt',
      () =>
        reader.fetched.slice(-3).length === 3 &&
        reader.fetched.slice(-3).every(({ partition }) => partition === 1),
    )
    await out.send(
      topic,
      range(0, 40).map((index) => ({ key: null, value: 'x', partition: index % 2 })),
    )
    await until('the other is read', () => reader.offsets(1).length === 20)
    expect(reader.offsets(0)).toEqual([])
    reader.consumer.resume(0)
    await until('it is read', () => reader.offsets(0).length === 20)
    expect(reader.offsets(0)).toEqual(range(0, 20))
  })

  test('an offset past the end is told, not repaired', async () => {
    const topic = await newTopic(config(), 2)
    const groupId = uniqueName('group')
    await (await producer(config())).send(topic, [...values(10), { key: null, value: 'x', partition: 1 }])
    const reader = await Reader.open(config(), { topic, groupId }, (partition) => (partition === 0 ? 50 : 0))
    await until('it is told', () => reader.fetched.some(({ partition }) => partition === 0))
    expect(reader.fetched.filter(({ partition }) => partition === 0)).toMatchObject([
      { batches: [], logStart: 0, logEnd: 10 },
    ])
    await until('the other partition is read', () => reader.offsets(1).length === 1)
    expect(await reader.consumer.committed([0])).toEqual(new Map([[0, null]])) // kafkajs alone would have committed a reset
    reader.seek(0, 4)
    await until('it is read after a seek', () => reader.offsets(0).length === 6)
    expect(reader.crashes).toEqual([])
  })

  test('one record is read by its offset, beside any consumer', async () => {
    const topic = await newTopic(config(), 2)
    const out = await producer(config(), { compression: 'gzip' })
    const door = await admin(config())
    expect(await door.lastTimestampMs(topic)).toBeNull()
    expect(await door.readRecord(topic, 0, 0)).toBe('beyond-end')
    const beforeMs = Date.now()
    await out.send(topic, values(50))
    await out.send(topic, [
      { key: 'k', value: null, partition: 0 },
      { key: null, value: 'x'.repeat(300_000), partition: 0 },
    ])
    const found = async (offset: number): Promise<unknown> => {
      const record = await door.readRecord(topic, 0, offset)
      return typeof record === 'string' ? record : [text(record.key), text(record.value)]
    }
    expect(await Promise.all([0, 31, 49, 50, 51, 52, 1e9].map(found))).toEqual([
      [null, 'value 0'],
      [null, 'value 31'],
      [null, 'value 49'],
      ['k', null],
      [null, 'x'.repeat(300_000)],
      'beyond-end',
      'beyond-end',
    ])
    expect(Math.abs(((await door.lastTimestampMs(topic)) ?? 0) - beforeMs)).toBeLessThan(60_000)
    await expect(door.readRecord(uniqueName('absent'), 0, 0)).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    await expect(door.readRecord(topic, 9, 0)).rejects.toMatchObject({ code: 'LOG_REFUSED' })
  })

  test('commits are kept, and absent ones are null', async () => {
    const topic = await newTopic(config(), 2)
    const groupId = uniqueName('group')
    const reader = await Reader.open(config(), { topic, groupId })
    await until('it is assigned', () => reader.owned.length === 2)
    expect(await reader.consumer.committed([0, 1])).toEqual(
      new Map([
        [0, null],
        [1, null],
      ]),
    )
    await until('it owns', () => reader.consumer.isOwner(0))
    await reader.consumer.commit(new Map([[1, 7]]))
    expect(await reader.consumer.committed([0, 1])).toEqual(
      new Map([
        [0, null],
        [1, 7],
      ]),
    )
    expect(await (await admin(config())).committed(groupId, topic)).toEqual(new Map([[1, 7]]))
  })

  test('members share, keep what they had, and lose no record', async () => {
    const topic = await newTopic(config(), 6)
    const groupId = uniqueName('group')
    const out = await producer(config())
    const one = await Reader.open(config(), { topic, groupId, sessionTimeoutMs: 6_000 })
    await until('one has all', () => one.owned.length === 6)
    const two = await Reader.open(config(), { topic, groupId, sessionTimeoutMs: 6_000 })
    await until('they share', () => one.owned.length === 3 && two.owned.length === 3)
    expect(one.revoked.flat().sort()).toEqual(two.owned)
    expect([...one.owned, ...two.owned].sort()).toEqual(range(0, 6))
    await until(
      'each owns',
      () =>
        one.owned.every((p) => one.consumer.isOwner(p)) && two.owned.every((p) => two.consumer.isOwner(p)),
    )
    expect(two.owned.some((partition) => one.consumer.isOwner(partition))).toBe(false)
    await out.send(
      topic,
      range(0, 600).map((index) => ({ key: null, value: 'x', partition: index % 6 })),
    )
    await until('all is read', () => sum(one) + sum(two) === 600)
    const held = one.owned
    await two.consumer.stop()
    await until('one has all again', () => one.owned.length === 6)
    expect(one.owned).toEqual(expect.arrayContaining(held))
    expect(one.revoked.length).toBe(1) // nothing of its own was taken away and given back
  })

  test('a heartbeat can be waited for, and a stop ends the wait', async () => {
    const topic = await newTopic(config(), 1)
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    const early = reader.consumer.waitForHeartbeat()
    await early
    expect(reader.consumer.isOwner(0)).toBe(true)
    const askedAtMs = Date.now()
    await reader.consumer.waitForHeartbeat()
    expect(reader.consumer.lastActivityMs().heartbeat).toBeGreaterThanOrEqual(askedAtMs)
    await until('a fetch was answered since', () => reader.consumer.lastActivityMs().fetch > askedAtMs)
    await reader.consumer.stop()
    await expect(reader.consumer.waitForHeartbeat()).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    expect(reader.consumer.isOwner(0)).toBe(false)
  })

  test('a quiet partition still tells its end', async () => {
    const topic = await newTopic(config(), 1)
    await (await producer(config())).send(topic, values(5))
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') })
    await until('all is read', () => reader.offsets(0).length === 5)
    const heard = reader.fetched.length
    await until('news of nothing come', () => reader.fetched.length > heard + 2)
    expect(reader.fetched.at(-1)).toMatchObject({ partition: 0, batches: [], logStart: 0, logEnd: 5 })
  })

  test('a batch wider than the fetch comes all the same', async () => {
    const topic = await newTopic(config(), 1)
    await (await producer(config())).send(topic, [
      { key: null, value: 'w'.repeat(300_000) },
      { key: null, value: 'last' },
    ])
    const reader = await Reader.open(config(), {
      topic,
      groupId: uniqueName('group'),
      maxBytesPerPartition: 1_000,
    })
    await until('both are read', () => reader.offsets(0).length === 2)
  })

  test('a handler that throws ends the consumer, and its error is kept', async () => {
    const topic = await newTopic(config(), 1)
    const reader = await Reader.open(config(), { topic, groupId: uniqueName('group') }, () => {
      throw new Error('the store is away')
    })
    await until('it is told', () => reader.crashes.length > 0)
    expect(reader.crashes).toMatchObject([
      { code: 'LOG_HANDLER', message: expect.stringContaining('the store is away') },
    ])
  })
}

const sum = (reader: Reader): number =>
  [...reader.records.values()].reduce((total, records) => total + records.length, 0)

export async function newTopic(config: LogConfig, partitions: number): Promise<string> {
  const door = await admin(config)
  const topic = uniqueName('topic')
  await door.createTopic(topic, partitions)
  await until('the topic is known', async () => (await door.partitions(topic)) === partitions)
  return topic
}
