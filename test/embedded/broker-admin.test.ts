/** What tools ask of a broker beside reading and writing: ids, partitions, settings, beginnings of logs, groups. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type Broker } from '../../embedded/broker/broker.ts'
import { errorCode, type ErrorName } from '../../embedded/broker/errors.ts'
import { NO_TOPIC_ID } from '../../embedded/broker/messages/message.ts'
import { crc32c } from '../../log/crc32c.ts'
import { batchOf, type Shape } from './batches.ts'
import { adminOf, kafkaAt, memberOf, unique, until } from './kafka.ts'
import { produced, producing, wireTo, type Wire } from './wire.ts'

let broker: Broker
let dataDir: string
const start = (): Promise<Broker> => startBroker({ host: '127.0.0.1', port: 0, dataDir, log: () => {} })
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-admin-'))
  broker = await start()
})
afterAll(async () => {
  await broker.close()
  await rm(dataDir, { recursive: true, force: true })
})
const admin = (): Promise<Admin> => adminOf(kafkaAt(`127.0.0.1:${broker.port}`))
const configEntries = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => ({ name, value }))

async function made(to: Admin, settings: Record<string, string> = {}, partitions = 1): Promise<string> {
  const topic = unique('admin')
  await to.createTopics({
    topics: [{ topic, numPartitions: partitions, configEntries: configEntries(settings) }],
  })
  return topic
}
const send = async (wire: Wire, topic: string, shape: Shape) =>
  produced(await wire.ask(0, 7, producing(topic, batchOf(shape))))
const code = (name: ErrorName): number => errorCode(name)

/** Metadata v12, by name or by id. */
async function described(
  wire: Wire,
  ref: { name: string } | { id: string },
): Promise<{ error: number; name: string | null; id: string; partitions: number }> {
  const body = await wire.askFlexible(3, 12, (w) => {
    w.structs([ref], (x, r) =>
      x.uuid('id' in r ? r.id : NO_TOPIC_ID).nullableString('name' in r ? r.name : null),
    )
    w.boolean(false).boolean(false)
  })
  body.int32()
  body.structs((r) => [r.int32(), r.string(), r.int32(), r.nullableString()])
  body.nullableString()
  body.int32()
  const [topic] = body.structs((r) => {
    const said = { error: r.int16(), name: r.nullableString(), id: r.uuid() }
    r.boolean()
    const partitions = r.structs((p) => [
      p.int16(),
      p.int32(),
      p.int32(),
      p.int32(),
      p.array((q) => q.int32()),
      p.array((q) => q.int32()),
      p.array((q) => q.int32()),
    ])
    r.int32()
    return { ...said, partitions: partitions.length }
  })
  return topic!
}

/** Fetch v13, which names topics by their ids: the error of the partition. */
async function fetchedById(wire: Wire, id: string, offset: number, maxWaitMs = 0): Promise<number> {
  const body = await wire.askFlexible(1, 13, (w) => {
    w.int32(-1).int32(maxWaitMs).int32(1).int32(1000).int8(0).int32(0).int32(-1)
    w.structs([id], (x, one) =>
      x
        .uuid(one)
        .structs([0], (y, index) => y.int32(index).int32(-1).int64(offset).int32(-1).int64(-1).int32(1000)),
    )
    w.count(0).string('')
  })
  body.int32()
  body.int16()
  body.int32()
  const [error] = body.structs((r) => {
    r.uuid()
    return r.structs((p) => {
      p.int32()
      const found = p.int16()
      for (let i = 0; i < 3; i++) p.int64()
      p.structs((a) => [a.int64(), a.int64()])
      p.int32()
      p.nullableBytes()
      return found
    })[0]
  })
  return error!
}

/** ListOffsets v7: where a time lies in partition 0. */
async function placeOf(
  wire: Wire,
  topic: string,
  timeMs: number,
): Promise<{ timestampMs: number; offset: number }> {
  const body = await wire.askFlexible(2, 7, (w) =>
    w
      .int32(-1)
      .int8(0)
      .structs([topic], (x, name) =>
        x.string(name).structs([0], (y, i) => y.int32(i).int32(-1).int64(timeMs)),
      ),
  )
  body.int32()
  const [place] = body.structs((r) => {
    r.string()
    return r.structs((p) => {
      p.int32()
      p.int16()
      const found = { timestampMs: p.int64(), offset: p.int64() }
      p.int32()
      return found
    })[0]
  })
  return place!
}

describe('the id of a topic', () => {
  test('is found by name and by id, outlives a restart, and is another one when the topic is made again', async () => {
    const topic = await made(await admin())
    let wire = await wireTo(broker.port)
    const before = await described(wire, { name: topic })
    expect(before).toMatchObject({ error: 0, name: topic, partitions: 1 })
    expect(await described(wire, { id: before.id })).toEqual(before)
    await broker.close()
    broker = await start()
    wire = await wireTo(broker.port)
    expect((await described(wire, { name: topic })).id).toBe(before.id)
    expect(await fetchedById(wire, before.id, 0)).toBe(0)
    const other = await admin()
    await other.deleteTopics({ topics: [topic] })
    await other.createTopics({ topics: [{ topic, numPartitions: 1 }] })
    const after = await described(wire, { name: topic })
    expect(after.id).not.toBe(before.id)
    expect(await described(wire, { id: before.id })).toMatchObject({
      error: code('UNKNOWN_TOPIC_ID'),
      name: null,
    })
    expect(await fetchedById(wire, before.id, 0)).toBe(code('UNKNOWN_TOPIC_ID'))
    expect(await fetchedById(wire, after.id, 0)).toBe(0)
  })

  test('fields that are not known, behind a number of their own, are passed over', async () => {
    const topic = await made(await admin())
    const wire = await wireTo(broker.port)
    const body = await wire.askFlexible(3, 12, (w) => {
      w.count(1).uuid(NO_TOPIC_ID).nullableString(topic)
      for (const byte of [2, 5, 3, 1, 2, 3, 0x80, 1, 0]) w.int8(byte > 127 ? byte - 256 : byte) // two fields: number 5 of three bytes, number 128 of none
      w.boolean(false).boolean(false)
    })
    body.int32()
    body.structs((r) => [r.int32(), r.string(), r.int32(), r.nullableString()])
    body.nullableString()
    body.int32()
    expect(body.nullableArray((r) => [r.int16(), r.nullableString()])).toEqual([[0, topic]])
  })

  test('a fetch that waits hears at once that its topic is gone', async () => {
    const to = await admin()
    const topic = await made(to)
    const wire = await wireTo(broker.port)
    const { id } = await described(wire, { name: topic })
    const waiting = fetchedById(wire, id, 0, 200_000)
    await described(await wireTo(broker.port), { name: topic }) // the fetch has begun to wait
    await to.deleteTopics({ topics: [topic] })
    expect(await waiting).toBe(code('UNKNOWN_TOPIC_ID'))
  })

  test('is given to the topics of a folder from before there were ids, and kept', async () => {
    const topic = await made(await admin())
    await broker.close()
    const path = join(dataDir, 'registry.json')
    const registry = JSON.parse(await readFile(path, 'utf8')) as { topics: Record<string, { id?: string }> }
    for (const entry of Object.values(registry.topics)) delete entry.id
    await writeFile(path, JSON.stringify(registry))
    broker = await start()
    const { id } = await described(await wireTo(broker.port), { name: topic })
    expect(id).toMatch(/^[\w-]{22}$/)
    await broker.close()
    broker = await start()
    expect((await described(await wireTo(broker.port), { name: topic })).id).toBe(id)
  })
})

describe('deleted records', () => {
  test('are given to nobody any more, also after a restart; the offsets after them go on', async () => {
    const to = await admin()
    const topic = await made(to, { 'segment.bytes': '1024' })
    let wire = await wireTo(broker.port)
    for (let i = 0; i < 10; i++) await send(wire, topic, { values: [`v${i}`.padEnd(300), 'w'] })
    const files = async (): Promise<number> =>
      (await readdir(join(dataDir, `${topic}-0`))).filter((name) => name.endsWith('.log')).length
    const before = await files()
    await to.fetchTopicOffsets(topic) // kafkajs deletes only from topics that it has asked about
    await to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '13' }] })
    expect(await to.fetchTopicOffsets(topic)).toMatchObject([{ low: '13', high: '20' }])
    expect(await files()).toBeLessThan(before)
    await expect(
      to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '21' }] }),
    ).rejects.toThrow()
    await to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] }) // behind the beginning: nothing to do
    await broker.close()
    broker = await start()
    const again = await admin()
    expect(await again.fetchTopicOffsets(topic)).toMatchObject([{ low: '13', high: '20' }])
    await again.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
    expect(await again.fetchTopicOffsets(topic)).toMatchObject([{ low: '20', high: '20' }])
    wire = await wireTo(broker.port)
    expect((await send(wire, topic, { values: ['next'] })).baseOffset).toBe(20)
  })

  test('are found by no time', async () => {
    const to = await admin()
    const topic = await made(to, { 'message.timestamp.type': 'CreateTime' })
    const wire = await wireTo(broker.port)
    await send(wire, topic, { values: ['a', 'b', 'c'], timesMs: [1000, 9000, 3000] })
    await to.fetchTopicOffsets(topic)
    await send(wire, topic, { values: ['d', 'e'], timesMs: [4000, 5000] })
    expect(await placeOf(wire, topic, -3)).toEqual({ offset: 1, timestampMs: 9000 })
    expect(await placeOf(wire, topic, -4)).toEqual({ offset: 0, timestampMs: -1 })
    expect(await placeOf(wire, topic, -5)).toEqual({ offset: -1, timestampMs: -1 })
    await to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
    expect(await placeOf(wire, topic, -2)).toEqual({ offset: 2, timestampMs: -1 })
    expect(await placeOf(wire, topic, 0)).toEqual({ offset: 2, timestampMs: 3000 })
    await to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    expect(await placeOf(wire, topic, -3)).toEqual({ offset: 4, timestampMs: 5000 })
    await to.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] })
    expect(await placeOf(wire, topic, -3)).toEqual({ offset: -1, timestampMs: -1 })
  })
})

describe('partitions and settings', () => {
  test('a topic grows, keeps its id and records, and never shrinks', async () => {
    const to = await admin()
    const topic = await made(to, {}, 2)
    const wire = await wireTo(broker.port)
    await send(wire, topic, { values: ['kept'] })
    const { id } = await described(wire, { name: topic })
    await to.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
    for (const count of [4, 3, 0, 2_000_000])
      await expect(to.createPartitions({ topicPartitions: [{ topic, count }] })).rejects.toThrow()
    await broker.close()
    broker = await start()
    expect(await described(await wireTo(broker.port), { name: topic })).toEqual({
      error: 0,
      name: topic,
      id,
      partitions: 4,
    })
    const ends = await (await admin()).fetchTopicOffsets(topic)
    expect(ends.map(({ high }) => high).sort()).toEqual(['0', '0', '0', '1'])
  })

  const settingOf = async (to: Admin, topic: string, name: string): Promise<string | undefined> => {
    const { resources } = await to.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic }],
    })
    return resources[0]!.configEntries.find((entry) => entry.configName === name)?.configValue
  }

  test('settings that tools send are taken and told; what would be a lie is refused by name', async () => {
    const to = await admin()
    const given = {
      'cleanup.policy': 'compact,delete',
      'min.compaction.lag.ms': '60000',
      'delete.retention.ms': '1000',
      'message.timestamp.difference.max.ms': '1000',
      'retention.ms': '9223372036854775807',
    }
    const topic = await made(to, given)
    for (const [name, value] of Object.entries(given)) expect(await settingOf(to, topic, name)).toBe(value)
    for (const [name, value] of [
      ['compression.type', 'gzip'],
      ['flush.messages', '1'],
      ['cleanup.policy', 'shred'],
      ['min.insync.replicas', '2'],
    ] as const) {
      await expect(
        to.createTopics({ topics: [{ topic: unique('refused'), configEntries: [{ name, value }] }] }),
      ).rejects.toThrow()
    }
  })

  test('a configuration is replaced as a whole, or setting by setting, and is in force at once', async () => {
    const to = await admin()
    const topic = await made(to, { 'retention.ms': '5000', 'max.message.bytes': '2000' })
    await to.alterConfigs({
      validateOnly: false,
      resources: [
        { type: 2, name: topic, configEntries: configEntries({ 'message.timestamp.type': 'CreateTime' }) },
      ],
    })
    expect(await settingOf(to, topic, 'retention.ms')).toBe('-1')
    const wire = await wireTo(broker.port)
    await send(wire, topic, { values: ['x'.repeat(3000)], timesMs: [777] })
    expect(await placeOf(wire, topic, -3)).toEqual({ offset: 0, timestampMs: 777 })
    const change = async (name: string, operation: number, value: string | null): Promise<number> => {
      const body = await wire.askFlexible(44, 1, (w) => {
        w.structs([topic], (x, resource) =>
          x
            .int8(2)
            .string(resource)
            .structs([name], (y, one) => y.string(one).int8(operation).nullableString(value)),
        )
        w.boolean(false)
      })
      body.int32()
      return body.structs((r) => [r.int16(), r.nullableString(), r.int8(), r.string()][0] as number)[0]!
    }
    expect(await change('max.message.bytes', 0, '1500')).toBe(0)
    expect(await change('cleanup.policy', 2, 'compact')).toBe(0)
    expect(await settingOf(to, topic, 'cleanup.policy')).toBe('delete,compact')
    expect(await change('cleanup.policy', 3, 'delete')).toBe(0)
    expect(await settingOf(to, topic, 'cleanup.policy')).toBe('compact')
    expect(await settingOf(to, topic, 'message.timestamp.type')).toBe('CreateTime')
    expect((await send(wire, topic, { values: ['x'.repeat(3000)] })).error).toBe(code('MESSAGE_TOO_LARGE'))
    expect(await change('max.message.bytes', 1, null)).toBe(0)
    expect((await send(wire, topic, { values: ['x'.repeat(3000)] })).error).toBe(0)
    expect(await change('max.message.bytes', 0, 'many')).toBe(code('INVALID_CONFIG'))
    expect(await change('no.such', 0, '1')).toBe(code('INVALID_CONFIG'))
  })

  test('a time further from now than the topic allows is refused; without limits the header says the youngest that is there', async () => {
    const to = await admin()
    const strict = await made(to, {
      'message.timestamp.type': 'CreateTime',
      'message.timestamp.after.max.ms': '60000',
      'message.timestamp.before.max.ms': '60000',
    })
    const wire = await wireTo(broker.port)
    const now = Date.now()
    for (const [timesMs, error] of [
      [[now, now + 3_600_000], 'INVALID_TIMESTAMP'],
      [[now - 3_600_000, now], 'INVALID_TIMESTAMP'],
      [[now - 1000, now], 'NONE'],
      [[-1, -1], 'NONE'],
    ] as const) {
      expect((await send(wire, strict, { values: ['a', 'b'], timesMs })).error).toBe(code(error))
    }
    const free = await made(to, { 'message.timestamp.type': 'CreateTime' })
    const lying = batchOf({ values: ['a'], timesMs: [5000] })
    lying.writeBigInt64BE(99_000n, 35) // a maximum that no record has; with its checksum
    lying.writeUInt32BE(crc32c(lying, 21), 17)
    expect(produced(await wire.ask(0, 7, producing(free, lying))).error).toBe(0)
    expect(await placeOf(wire, free, -3)).toEqual({ offset: 0, timestampMs: 5000 })
  })
})

test('a record of the largest time there is can be looked for', async () => {
  const topic = await made(await admin(), { 'message.timestamp.type': 'CreateTime' })
  const wire = await wireTo(broker.port)
  const farthest = batchOf({ values: ['a'] })
  for (const at of [27, 35]) farthest.writeBigInt64BE(2n ** 63n - 1n, at)
  farthest.writeUInt32BE(crc32c(farthest, 21), 17)
  expect(produced(await wire.ask(0, 7, producing(topic, farthest))).error).toBe(0)
  expect((await placeOf(wire, topic, -3)).offset).toBe(0)
  expect((await placeOf(wire, topic, 1)).offset).toBe(0)
})

describe('groups', () => {
  test('offsets are forgotten by partition, by group, and with their topic; never under a member', async () => {
    const to = await admin()
    const [topic, other, group] = [await made(to, {}, 2), await made(to), unique('group')]
    const wire = await wireTo(broker.port)
    // OffsetCommit v3 from outside of the group: kafkajs would take five seconds for each.
    const commit = (name: string, indexes: readonly number[]) =>
      wire.ask(8, 3, (w) =>
        w
          .string(group)
          .int32(-1)
          .string('')
          .int64(-1)
          .array([name], (x, one) =>
            x.string(one).array(indexes, (y, i) => y.int32(i).int64(0).nullableString(null)),
          ),
      )
    await commit(topic, [0, 1])
    await commit(other, [0])
    const forget = async (groupId: string): Promise<[number, number | undefined]> => {
      const body = await wire.ask(47, 0, (w) =>
        w.string(groupId).array([topic], (x, name) => x.string(name).array([1], (y, i) => y.int32(i))),
      )
      const error = body.int16()
      body.int32()
      const [first] = body.array(
        (r) => [r.string(), r.array((p) => [p.int32(), p.int16()] as const)] as const,
      )
      return [error, first?.[1][0]?.[1]]
    }
    const offsets = async (): Promise<string[]> =>
      (await to.fetchOffsets({ groupId: group, topics: [topic, other] })).flatMap((t) =>
        t.partitions.map((p) => p.offset),
      )
    expect(await forget('no-such-group')).toEqual([code('GROUP_ID_NOT_FOUND'), undefined])
    expect(await forget(group)).toEqual([0, 0])
    expect(await offsets()).toEqual(['0', '-1', '0'])
    await to.deleteTopics({ topics: [other] })
    await to.createTopics({ topics: [{ topic: other, numPartitions: 1 }] })
    expect(await offsets()).toEqual(['0', '-1', '-1'])
    const member = await memberOf(kafkaAt(`127.0.0.1:${broker.port}`), group, topic, [])
    await until(async () => (await to.describeGroups([group])).groups[0]!.state === 'Stable')
    expect(await forget(group)).toEqual([0, code('GROUP_SUBSCRIBED_TO_TOPIC')])
    const answer = await wire.askFlexible(42, 2, (w) =>
      w.array([group, 'no-such-group'], (x, id) => x.string(id)),
    )
    answer.int32()
    expect(answer.structs((r) => [r.string(), r.int16()][1])).toEqual([
      code('NON_EMPTY_GROUP'),
      code('GROUP_ID_NOT_FOUND'),
    ])
    await member.disconnect()
    await until(async () => (await to.describeGroups([group])).groups[0]!.state !== 'Stable')
    await to.deleteGroups([group])
    expect((await to.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
    await broker.close()
    broker = await start()
    expect((await (await admin()).listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
  })

  test('a member that gives no time to rebalance joins and syncs all the same', async () => {
    const wire = await wireTo(broker.port)
    const group = unique('group')
    const body = await wire.ask(11, 3, (w) => {
      w.string(group).int32(10_000).int32(0).string('').string('consumer')
      w.array(['range'], (x, name) => x.string(name).bytes(Buffer.from('m')))
    })
    body.int32()
    expect(body.int16()).toBe(0)
    const generation = body.int32()
    body.string()
    body.string()
    const member = body.string()
    await new Promise((resolve) => setTimeout(resolve, 50)) // long enough for a patience of 0 to run out
    const synced = await wire.ask(14, 2, (w) =>
      w
        .string(group)
        .int32(generation)
        .string(member)
        .array([member], (x, id) => x.string(id).bytes(Buffer.from('all'))),
    )
    synced.int32()
    expect([synced.int16(), String(synced.bytes())]).toEqual([0, 'all'])
  })

  test('the newer group protocol, and transactions, are refused in words that clients report', async () => {
    const wire = await wireTo(broker.port)
    const beat = await wire.askFlexible(68, 0, () => {})
    beat.int32()
    expect([beat.int16(), beat.nullableString()]).toEqual([
      code('UNSUPPORTED_VERSION'),
      expect.stringContaining('group.protocol=classic'),
    ])
    const found = await wire.askFlexible(10, 4, (w) => w.int8(1).array(['t'], (x, key) => x.string(key)))
    found.int32()
    const [coordinator] = found.structs((r) => [
      r.string(),
      r.int32(),
      r.string(),
      r.int32(),
      r.int16(),
      r.nullableString(),
    ])
    expect(coordinator!.slice(4)).toEqual([
      code('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'),
      expect.stringContaining('no transactions'),
    ])
  })
})
