import { spawnSync } from 'node:child_process'
import { CompressionTypes, ConfigResourceTypes } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { needs } from '../harness/needs.ts'
import { adminOf, kafkaAt, memberOf, producerOf, unique, until, type Got } from './kafka.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker([])
})
afterAll(() => broker.stop())

describe('kafkajs', () => {
  test('makes a topic, describes its configuration, deletes it', async () => {
    const admin = await adminOf(kafkaAt(broker.address))
    const topic = unique('made')
    const make = {
      topic,
      numPartitions: 3,
      configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }],
    }
    expect(await admin.createTopics({ topics: [make] })).toBe(true)
    expect(await admin.createTopics({ topics: [make] })).toBe(false)
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    expect(topics[0]!.partitions.map((p) => p.partitionId)).toEqual([0, 1, 2])
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    })
    const configs = Object.fromEntries(
      resources[0]!.configEntries.map((entry) => [entry.configName, entry.configValue]),
    )
    expect(configs).toMatchObject({ 'message.timestamp.type': 'CreateTime', 'cleanup.policy': 'delete' })
    await admin.deleteTopics({ topics: [topic] })
    expect(await admin.listTopics()).not.toContain(topic)
  })

  test.each([
    ['an unknown setting', { topic: 'x1', configEntries: [{ name: 'no.such', value: '1' }] }],
    ['an illegal value', { topic: 'x2', configEntries: [{ name: 'retention.ms', value: 'soon' }] }],
    ['an illegal name', { topic: 'x 3' }],
    ['two replicas', { topic: 'x4', replicationFactor: 2 }],
    ['no partitions', { topic: 'x5', numPartitions: 0 }],
  ])('is refused %s', async (_, topic) => {
    const admin = await adminOf(kafkaAt(broker.address))
    await expect(admin.createTopics({ topics: [topic] })).rejects.toThrow()
    expect(await admin.listTopics()).not.toContain(topic.topic)
  })

  test("sends keys, headers, gzip and idempotent batches; a group reads them all, in order, with the broker's time", async () => {
    const kafka = kafkaAt(broker.address)
    const topic = unique('mixed')
    await (await adminOf(kafka)).createTopics({ topics: [{ topic, numPartitions: 2 }] })
    const producer = await producerOf(kafka, true)
    const messages = Array.from({ length: 100 }, (_, i) => ({
      key: `k${i % 10}`,
      value: `v${i}`,
      headers: { n: String(i) },
    }))
    const before = Date.now()
    await producer.send({ topic, messages: messages.slice(0, 50), acks: -1 })
    await producer.send({ topic, messages: messages.slice(50), acks: -1, compression: CompressionTypes.GZIP })
    const got: Got[] = []
    await memberOf(kafka, unique('group'), topic, got)
    await until(() => got.length === 100)
    expect(new Set(got.map((m) => m.value)).size).toBe(100)
    for (const partition of [0, 1]) {
      const offsets = got.filter((m) => m.partition === partition).map((m) => m.offset)
      expect(offsets).toEqual(offsets.map((_, i) => i))
    }
    for (const m of got) {
      expect(m.headers['n']).toBe(m.value.slice(1))
      expect(m.key).toBe(`k${Number(m.headers['n']) % 10}`)
      expect(Number(m.timestamp)).toBeGreaterThanOrEqual(before)
    }
  })

  test('two members share the partitions; when one leaves, the other takes over where it stood', async () => {
    const kafka = kafkaAt(broker.address)
    const [topic, group] = [unique('shared'), unique('group')]
    const admin = await adminOf(kafka)
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
    const producer = await producerOf(kafka)
    const send = (from: number, to: number) =>
      producer.send({
        topic,
        messages: Array.from({ length: to - from }, (_, i) => ({
          partition: (from + i) % 4,
          value: String(from + i),
        })),
      })
    const [a, b]: [Got[], Got[]] = [[], []]
    await memberOf(kafka, group, topic, a)
    const second = await memberOf(kafka, group, topic, b)
    await until(async () => {
      const { groups } = await admin.describeGroups([group])
      return groups[0]!.state === 'Stable' && groups[0]!.members.length === 2
    })
    await send(0, 200)
    await until(() => a.length + b.length === 200)
    expect(b.length).toBe(100)
    expect(new Set(a.map((m) => m.partition)).size).toBe(2)
    await second.stop()
    await send(200, 400)
    await until(() => new Set([...a, ...b].map((m) => m.value)).size === 400)
    expect(a.length).toBe(300)
    expect((await admin.listGroups()).groups.map((g) => g.groupId)).toContain(group)
  })

  test('committed offsets and records outlive a restart and a kill; the cluster keeps its id', async () => {
    const own = await startTestBroker()
    try {
      const kafka = kafkaAt(own.address)
      const admin = await adminOf(kafka)
      const [topic, group] = [unique('kept'), unique('group')]
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
      await (await producerOf(kafka)).send({ topic, messages: [{ value: 'a' }, { value: 'b' }] })
      await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '1' }] })
      const cluster = (await admin.describeCluster()).clusterId
      for (const end of ['kill', 'term']) {
        if (end === 'kill') await own.kill9()
        await own.restart()
        expect((await admin.describeCluster()).clusterId).toBe(cluster)
        expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ offset: '2', low: '0', high: '2' }])
        expect(await admin.fetchOffsets({ groupId: group, topics: [topic] })).toMatchObject([
          { partitions: [{ offset: '1' }] },
        ])
      }
    } finally {
      await own.stop()
    }
  })

  test('hears at once that there are no transactions', async () => {
    const producer = kafkaAt(broker.address).producer({
      transactionalId: unique('t'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    await expect(producer.transaction()).rejects.toThrow(/transactional id authorization/i)
    await producer.disconnect()
  })

  test('finds offsets by time', async () => {
    const kafka = kafkaAt(broker.address)
    const topic = unique('timed')
    const admin = await adminOf(kafka)
    await admin.createTopics({
      topics: [
        { topic, numPartitions: 1, configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }] },
      ],
    })
    const messages = [1000, 2000, 3000, 4000].map((time) => ({ value: 'x', timestamp: String(time) }))
    await (await producerOf(kafka)).send({ topic, messages })
    await (await producerOf(kafka)).send({
      topic,
      messages: [{ value: 'x', timestamp: '5000' }],
      compression: CompressionTypes.GZIP,
    })
    for (const [time, offset] of [
      [0, '0'],
      [2000, '1'],
      [2001, '2'],
      [4500, '4'],
      [9000, '5'],
    ] as const) {
      expect(await admin.fetchTopicOffsetsByTimestamp(topic, time)).toMatchObject([{ offset }])
    }
  })

  test('waits for news and gets it at once', async () => {
    const kafka = kafkaAt(broker.address)
    const topic = unique('polled')
    await (await adminOf(kafka)).createTopics({ topics: [{ topic, numPartitions: 1 }] })
    const consumer = kafka.consumer({
      groupId: unique('group'),
      maxWaitTimeInMs: 60_000,
      sessionTimeout: 90_000,
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const got: string[] = []
    await consumer.run({ eachMessage: async ({ message }) => void got.push(String(message.value)) })
    const producer = await producerOf(kafka)
    for (let i = 0; i < 3; i++) {
      await producer.send({ topic, messages: [{ value: String(i) }] })
      await until(() => got.length === i + 1) // long before the minute it would wait for nothing
    }
    // kafkajs waits for its last fetch before it goes; one more record ends that too.
    const gone = consumer.disconnect()
    await producer.send({ topic, messages: [{ value: 'last' }] })
    await gone
  })

  test('may send a record of 1 MB, and hears clearly that a larger one is too large', async () => {
    const kafka = kafkaAt(broker.address)
    const topic = unique('large')
    await (await adminOf(kafka)).createTopics({ topics: [{ topic, numPartitions: 1 }] })
    const producer = await producerOf(kafka)
    await producer.send({ topic, messages: [{ value: Buffer.alloc(2 ** 20 - 200, 'x') }] })
    await expect(
      producer.send({ topic, messages: [{ value: Buffer.alloc(2 ** 20 + 1, 'x') }] }),
    ).rejects.toThrow(/larger than the max message size/)
  })
})

const kcat = (args: readonly string[], input = ''): string => {
  const { status, stdout, stderr } = spawnSync('kcat', ['-b', broker.address, ...args], {
    input,
    encoding: 'utf8',
    timeout: 15_000,
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`kcat ${args.join(' ')}: ${status} ${stderr}`)
  return stdout
}

describe('librdkafka', () => {
  const { test: it } = needs('kcat')

  it('lists, makes a topic by sending, reads back every codec', () => {
    const topic = unique('kcat')
    const lines = Array.from({ length: 500 }, (_, i) => `k${i}:value ${i}`)
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    for (const codec of codecs)
      kcat(['-P', '-t', topic, '-K:', '-z', codec, '-X', 'enable.idempotence=true'], `${lines.join('\n')}\n`)
    expect(kcat(['-L'])).toContain(`topic "${topic}" with 4 partitions`)
    const back = kcat(['-C', '-t', topic, '-e', '-q', '-K:', '-X', 'check.crcs=true']).trim().split('\n')
    expect(back.sort()).toEqual(codecs.flatMap(() => lines).sort())
  })

  it('reads as a group, commits, and goes on from there', () => {
    const [topic, group] = [unique('kcat'), unique('group')]
    kcat(['-P', '-t', topic], 'a\nb\nc\n')
    const read = () => kcat(['-G', group, topic, '-e', '-q', '-X', 'auto.offset.reset=earliest'])
    expect(read().trim().split('\n').sort()).toEqual(['a', 'b', 'c'])
    kcat(['-P', '-t', topic], 'd\n')
    expect(read().trim()).toBe('d')
  })

  it('hears at once that there are no transactions', () => {
    const { status, stderr } = spawnSync(
      'kcat',
      ['-b', broker.address, '-P', '-t', unique('kcat'), '-X', `transactional.id=${unique('t')}`],
      { input: 'a\n', encoding: 'utf8', timeout: 15_000 },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/no transactions|authorization failed/i)
  })

  it('asks for offsets by time and from the end', () => {
    const topic = unique('kcat')
    kcat(['-P', '-t', topic, '-p', '0'], 'a\nb\nc\n')
    expect(kcat(['-Q', '-t', `${topic}:0:1`])).toContain('offset 0')
    expect(kcat(['-C', '-t', topic, '-p', '0', '-o', '-1', '-e', '-q'])).toBe('c\n')
  })
})
