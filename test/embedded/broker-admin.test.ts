/** What tools ask of a broker beside reading and writing: ids, partitions, settings, beginnings of logs, groups. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_TOPIC_ID } from '../../embedded/broker/messages/message.ts'
import { crc32c } from '../../log/crc32c.ts'
import { batchOf } from './batches.ts'
import { produced, producing, wireTo } from './wire.ts'
import {
  broker,
  dataDir,
  begin,
  admin,
  made,
  send,
  code,
  described,
  fetchedById,
  placeOf,
} from './admin-broker.ts'

describe('the id of a topic', () => {
  test('is found by name and by id, outlives a restart, and is another one when the topic is made again', async () => {
    const topic = await made(await admin())
    let wire = await wireTo(broker.port)
    const before = await described(wire, { name: topic })
    expect(before).toMatchObject({ error: 0, name: topic, partitions: 1 })
    expect(await described(wire, { id: before.id })).toEqual(before)
    await broker.close()
    await begin()
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
    await begin()
    const { id } = await described(await wireTo(broker.port), { name: topic })
    expect(id).toMatch(/^[\w-]{22}$/)
    await broker.close()
    await begin()
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
    await begin()
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
