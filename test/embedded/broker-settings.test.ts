/** Partitions and settings of topics, asked for as admin tools do. */
import type { Admin } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../log/crc32c.ts'
import { batchOf } from './batches.ts'
import { unique } from './kafka.ts'
import { produced, producing, wireTo } from './wire.ts'
import { broker, begin, admin, configEntries, made, send, code, described, placeOf } from './admin-broker.ts'

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
    await begin()
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
      ['retention.ms', '9223372036854775808'],
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
