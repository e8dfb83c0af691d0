/** Topics that change under running workers: they grow, they are made anew under their name, their timestamps are the producers' own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { openClient } from '../../log/kafka/client.ts'
import { kafkajs } from '../../log/kafka/kafkajs-patches.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readGenerations } from '../../store/calls/read-generations.ts'
import { type KafkaServer, startKafka } from '../harness/kafka.ts'
import { locate, needs } from '../harness/needs.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'
import { uniqueName, until } from '../log/log-tools.ts'
import type { StatusAnswer, TopAnswer } from '../../query-api/wire.ts'
import { TestEventSource } from '../query-api/event-source.ts'

const { describe, test } = needs('java', 'kafka-jars')
/** The messages of a test share one machine with everything else. */
const PATIENCE_MS = 60_000

describe('a topic that changes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-topics-'))
  let kafka: KafkaServer
  let server: TestStore
  let store: Store
  let admin: ReturnType<ReturnType<typeof openClient>['admin']>
  const running: RunningCommand[] = []

  beforeAll(async () => {
    ;[kafka, server] = await Promise.all([startKafka(locate('kafka-jars') ?? ''), startTestStore()])
    store = await openStore({ url: server.url })
    admin = openClient({ brokers: kafka.brokers, clientId: 'test' }).admin()
    await admin.connect()
  }, 180_000)
  afterAll(async () => {
    await Promise.all(running.map((worker) => worker.stop()))
    await admin?.disconnect()
    await store?.close()
    await server?.stop()
    await kafka?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function topicOf(
    numPartitions: number,
    timestamps: 'LogAppendTime' | 'CreateTime' = 'LogAppendTime',
  ): Promise<string> {
    const topic = uniqueName('t').replace('-', '')
    await make(topic, numPartitions, timestamps)
    return topic
  }

  const make = (topic: string, numPartitions: number, timestamps: string) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions,
          configEntries:
            timestamps === 'CreateTime' ? [] : [{ name: 'message.timestamp.type', value: timestamps }],
        },
      ],
    })

  const definitionOf = (topic: string): string => join(folder, `${topic}.yaml`)

  /** Workers over one definition; a source a topic, of its name. */
  async function count(topics: readonly string[], workers = 1): Promise<RunningCommand[]> {
    const file = definitionOf(topics[0]!)
    const source = (topic: string) =>
      `  ${topic}: { topic: ${topic}, key: device, time: ts, fields: { device: string, value: number }, breakdowns: [device], metrics: { readings: count } }\n`
    writeFileSync(
      file,
      `sources:\n${topics.map(source).join('')}keep: { 1s: 45m, 1m: 2d, 15m: 14d, 1h: 90d }\n`,
    )
    const started = Array.from({ length: workers }, () =>
      startTidemark([
        'ingest',
        '--kafka',
        kafka.brokers.join(','),
        '--store',
        server.url,
        '--definition',
        file,
        '--session-timeout-ms',
        '6000',
      ]),
    )
    running.push(...started)
    await Promise.all(started.map((worker) => worker.until('ingest ready')))
    return started
  }

  /** One event of its own device to each of these partitions; by a new producer, because one that is older than a topic's growth drops what is for the new partitions. */
  async function send(topic: string, partitions: readonly number[], value = 0): Promise<void> {
    const producer = openClient({ brokers: kafka.brokers, clientId: 'test' }).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    // One a request: the client sends a request again as a whole where one partition of it is not there yet, and the others would hold theirs twice.
    for (const partition of partitions)
      await producer.send({
        topic,
        messages: [
          {
            partition,
            key: `d${partition}`,
            value: JSON.stringify({ device: `d${partition}`, ts: Date.now() - 1000, value }),
          },
        ],
      })
    await producer.disconnect()
  }

  /** `next` by partition, as the store has it. */
  async function counted(topic: string, partitions: number): Promise<number[]> {
    const answers = await store.pipeline(
      Array.from(
        { length: partitions },
        (_, partition) => ['HGET', partitionKeys(topic, partition, 1).pos, 'next'] as [string, ...string[]],
      ),
    )
    return answers.map((next) => (next === null ? 0 : Number(String(next))))
  }
  const span = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
  const grow = (topic: string, count: number) =>
    admin.createPartitions({ topicPartitions: [{ topic, count }] })

  test.each([
    ['one worker, 4 to 6', 1, [4, 6]],
    ['two workers, 1 to 3 to 4', 2, [1, 3, 4]],
  ])(
    'partitions that are added are counted, and in the catalog, with nobody restarted: %s',
    async (_, workers, counts) => {
      const topic = await topicOf(counts[0]!)
      await count([topic], workers)
      for (const [step, partitions] of counts.entries()) {
        if (step > 0) await grow(topic, partitions)
        // The catalog says so though nothing came: whoever answers then knows that it does not know all.
        await until(
          `the catalog has ${partitions}`,
          async () => (await readGenerations(store, topic))?.partitions === partitions,
          PATIENCE_MS,
        )
        await send(topic, span(partitions))
        const sent = span(partitions).map(
          (partition) => counts.slice(0, step + 1).filter((had) => partition < had).length,
        )
        await until(
          `all ${partitions} are counted`,
          async () => String(await counted(topic, partitions)) === String(sent),
          PATIENCE_MS,
        )
      }
    },
    180_000,
  )

  test('while a topic grows, no answer calls itself whole without its new partitions; a live stream takes them too', async () => {
    const topic = await topicOf(4)
    await count([topic])
    const places = ['--kafka', kafka.brokers.join(','), '--store', server.url]
    const serve = startTidemark(['serve', ...places, '--definition', definitionOf(topic), '--port', '0'])
    running.push(serve)
    await serve.until('serve ready on ')
    const base = /serve ready on (\S+)/.exec(serve.said())![1]!
    const get = async <T>(path: string): Promise<T> => (await (await fetch(`${base}${path}`)).json()) as T
    const seen: TopAnswer[] = []
    const ask = async (): Promise<TopAnswer> => {
      seen.push(await get<TopAnswer>(`/v1/top?metric=${topic}.readings&by=device&from=now-1h`))
      return seen.at(-1)!
    }
    const devices = ({ rows }: TopAnswer): string =>
      rows
        .map(({ labels, value }) => `${labels['device']}:${value}`)
        .sort()
        .join(' ')
    const isWhole = ({ meta }: TopAnswer): boolean => meta.complete === 1 && meta.behindRecords === 0

    await send(topic, span(4))
    await until(
      'four are whole',
      async () => devices(await ask()).length === 19 && isWhole(seen.at(-1)!),
      PATIENCE_MS,
    )
    const stream = new TestEventSource(
      `${base}/v1/live?q=${encodeURIComponent(`series?metric=${topic}.readings&by=device&from=now-1h&interval=1m`)}`,
    )
    await stream.until(({ event }) => event === 'reset')
    seen.length = 0
    await grow(topic, 6)
    const grownMs = Date.now()
    await send(topic, [4, 5])
    const sentMs = Date.now()
    await until(
      'six are whole',
      async () => devices(await ask()).length === 29 && isWhole(seen.at(-1)!),
      PATIENCE_MS,
    )
    expect(Date.now() - grownMs).toBeLessThan(PATIENCE_MS)
    expect(devices(seen.at(-1)!)).toBe(
      span(6)
        .map((n) => `d${n}:1`)
        .join(' '),
    )
    // Before that, an answer says that it lacks something, or that Kafka was last asked before they were there.
    for (const answer of seen.filter((one) => isWhole(one) && one.meta.logEnd.atMs! >= sentMs))
      expect(devices(answer).length, JSON.stringify(answer.meta)).toBe(29)
    const { sources } = await get<StatusAnswer>('/v1/status')
    const grown = sources.find(({ source }) => source === topic)!
    expect(grown.partitions.map(({ partition }) => partition)).toEqual(span(6))
    await until('the stream has six', () => stream.answer(0)?.series.length === 6, PATIENCE_MS)
    stream.close()
  }, 180_000)

  test('a topic that is deleted, made again and filled again at once is another log: nothing of it is counted, and other sources go on', async () => {
    const [topic, other] = [await topicOf(2), await topicOf(1)]
    const [worker] = await count([topic, other])
    await send(
      topic,
      span(50).map((at) => (at < 30 ? 0 : 1)),
    )
    await until('they are counted', async () => String(await counted(topic, 2)) === '30,20', PATIENCE_MS)
    await admin.deleteTopics({ topics: [topic] })
    await make(topic, 2, 'LogAppendTime')
    await send(
      topic,
      span(200).map((at) => at % 2),
      7,
    )
    for (const partition of [0, 1]) await worker!.until(`${topic}/${partition}: HALTED, ANOTHER_LOG`)
    await send(other, [0])
    await until('the other source goes on', async () => String(await counted(other, 1)) === '1', PATIENCE_MS)
    expect(await counted(topic, 2)).toEqual([30, 20])
  }, 120_000)

  test('a topic that is away for a while and comes back as another one halts, and says once that it was away', async () => {
    const topic = await topicOf(1)
    const [worker] = await count([topic])
    await send(topic, [0, 0])
    await until('they are counted', async () => String(await counted(topic, 1)) === '2', PATIENCE_MS)
    await admin.deleteTopics({ topics: [topic] })
    await worker!.until(`topic ${topic} is not there now`)
    await make(topic, 1, 'LogAppendTime')
    await worker!.until(`${topic}/0: HALTED, ANOTHER_LOG`)
    expect(worker!.said().match(/is not there now/g)).toHaveLength(1)
    expect(await counted(topic, 1)).toEqual([2])
  }, 120_000)

  test('whose clock the timestamps are is said at start, with the line that changes it, and kept in the catalog', async () => {
    const [producers, brokers] = [await topicOf(1, 'CreateTime'), await topicOf(1)]
    const [worker] = await count([producers, brokers])
    expect(worker!.said()).toContain(
      `--alter --entity-type topics --entity-name ${producers} --add-config message.timestamp.type=LogAppendTime`,
    )
    expect(worker!.said()).not.toContain(`--entity-name ${brokers} `)
    await until(
      'the catalog says it',
      async () =>
        (await readGenerations(store, producers))?.timestamps === 'CreateTime' &&
        (await readGenerations(store, brokers))?.timestamps === 'LogAppendTime',
      PATIENCE_MS,
    )
  }, 60_000)
})
