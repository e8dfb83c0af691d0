/** What a Kafka client of ours owes its consumers. */
import { expect, test } from 'vitest'
import { openReader } from '../../log/kafka.ts'
import type { LogConfig } from '../../log/log.ts'
import { openBatch } from '../../log/walk.ts'
import {
  admin,
  newTopic,
  producer,
  range,
  Reader,
  recordsOf,
  sum,
  text,
  uniqueName,
  until,
  values,
} from './log-tools.ts'

/** Declares the tests. `config` is asked when they run. */
export function consumerTests(config: () => LogConfig): void {
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

  test('what was delivered stays as it was while later answers arrive', async () => {
    const topic = await newTopic(config(), 1)
    const out = await producer(config())
    // Answers of a few bytes to 100 KB, alone and several in one piece of a socket.
    const sent = range(0, 60).map((n) =>
      `${n}:`.padEnd(n % 3 === 0 ? 20 + n : (n * 7919) % 100_000, String(n)),
    )
    for (const value of sent) await out.send(topic, [{ key: null, value }])
    const reader = await Reader.open(config(), {
      topic,
      groupId: uniqueName('group'),
      maxBytesPerPartition: 50_000,
    })
    await until('all is read', () => reader.cursors.get(0) === sent.length)
    const batches = reader.fetched.flatMap((fetched) => fetched.batches)
    expect(reader.fetched.length).toBeGreaterThan(10)
    expect(batches.flatMap((batch) => recordsOf(batch).map(({ value }) => value))).toEqual(sent)
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
    const logAdmin = await admin(config())
    expect(await logAdmin.lastTimestampMs(topic)).toBeNull()
    expect(await logAdmin.readRecord(topic, 0, 0)).toBe('beyond-end')
    const beforeMs = Date.now()
    await out.send(topic, values(50))
    await out.send(topic, [
      { key: 'k', value: null, partition: 0 },
      { key: null, value: 'x'.repeat(300_000), partition: 0 },
    ])
    const found = async (offset: number): Promise<unknown> => {
      const record = await logAdmin.readRecord(topic, 0, offset)
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
    expect(Math.abs(((await logAdmin.lastTimestampMs(topic)) ?? 0) - beforeMs)).toBeLessThan(60_000)
    await expect(logAdmin.readRecord(uniqueName('absent'), 0, 0)).rejects.toMatchObject({
      code: 'TOPIC_UNKNOWN',
    })
    await expect(logAdmin.readRecord(topic, 9, 0)).rejects.toMatchObject({ code: 'LOG_REFUSED' })
  })

  test('offsets are read one span after the other, beside any consumer, as far as transactions are decided', async () => {
    const topic = await newTopic(config(), 2)
    await (await producer(config(), { compression: 'gzip' })).send(topic, values(300))
    const reader = openReader(config())
    try {
      const seen: number[] = []
      for (let next = 100; next < 300; ) {
        const span = (await reader.read(topic, 0, next))!
        for (const { bytes, lastOffset } of span.batches) {
          const cursor = openBatch(bytes)
          while (cursor.next()) if (cursor.offset >= next) seen.push(cursor.offset)
          next = lastOffset + 1
        }
        expect(span).toMatchObject({ logStart: 0, logEnd: 300 })
      }
      expect(seen).toEqual(range(100, 300))
      expect(await reader.read(topic, 0, 300)).toMatchObject({ batches: [], logEnd: 300 })
      expect(await reader.read(topic, 0, 301)).toBeNull()
      await expect(reader.read(topic, 9, 0)).rejects.toMatchObject({ code: 'LOG_REFUSED' })
      await expect(reader.read(uniqueName('absent'), 0, 0)).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' })
    } finally {
      reader.close()
    }
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

  test('members of one group that read two topics have all of both', async () => {
    const topics = [await newTopic(config(), 3), await newTopic(config(), 2)]
    const groupId = uniqueName('group')
    const readers = []
    for (const topic of [...topics, topics[0]!])
      readers.push(await Reader.open(config(), { topic, groupId, sessionTimeoutMs: 6_000 }))
    const [one, other, third] = readers.map((reader) => () => reader.owned)
    await until('all is given out', () => one!().length + third!().length === 3 && other!().length === 2)
    expect([...one!(), ...third!()].sort()).toEqual([0, 1, 2])
    expect(other!()).toEqual([0, 1])
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
