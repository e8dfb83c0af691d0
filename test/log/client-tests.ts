/** What the client promises, whatever broker it speaks to. One test file a broker runs these. */
import { expect, test } from 'vitest'
import { partitionFor } from '../../log/murmur2.ts'
import type { LogConfig } from '../../log/log.ts'
import { admin, newTopic, producer, range, Reader, sum, uniqueName, until, values } from './log-tools.ts'
import { consumerTests } from './consumer-tests.ts'

/** Declares the tests. `config` is asked when they run. */
export function clientTests(config: () => LogConfig): void {
  test('topics are made once, and told about', async () => {
    const logAdmin = await admin(config())
    const topic = uniqueName('made')
    expect(await logAdmin.partitions(topic)).toBeNull()
    expect(await logAdmin.createTopic(topic, 3)).toBe(true)
    expect(await logAdmin.createTopic(topic, 3)).toBe(false)
    await until('the topic is known', async () => (await logAdmin.partitions(topic)) === 3)
    expect(await logAdmin.ranges(topic)).toEqual(
      new Map([0, 1, 2].map((partition) => [partition, { start: 0, end: 0, stableEnd: 0 }])),
    )
    expect(await logAdmin.cleanupPolicy(topic)).toBe('delete')
    expect((await logAdmin.clusterId()).length).toBeGreaterThan(0)
    expect(await logAdmin.committed('nobody', topic)).toEqual(new Map())
  })

  test('ends and counts of many topics are told at once, absent ones left out', async () => {
    const [one, two] = [await newTopic(config(), 3), await newTopic(config(), 1)]
    await (await producer(config())).send(
      one,
      [0, 0, 2].map((partition) => ({ key: null, value: 'x', partition })),
    )
    const logAdmin = await admin(config())
    const topics = [one, two, uniqueName('absent')]
    expect(await logAdmin.logEnds(topics)).toEqual(
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
    expect(await logAdmin.partitionCounts(topics)).toEqual(
      new Map([
        [one, 3],
        [two, 1],
      ]),
    )
    expect(await logAdmin.logEnds([])).toEqual(new Map())
    expect(await logAdmin.timestampType(one)).toBe('LogAppendTime')
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
    const acknowledged = await (await producer(config(), { compression })).send(topic, records)
    expect(acknowledged.map(({ partition }) => partition).sort()).toEqual([0, 1, 2])
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
    told.forEach((acknowledged, index) => {
      const first = acknowledged[0]?.baseOffset ?? -1
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

  consumerTests(config)
}
