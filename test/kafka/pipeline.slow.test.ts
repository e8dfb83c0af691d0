/**
 * The whole way of a record, over the embedded broker and over Apache Kafka alike: written by our simulator, by librdkafka and by Java in every
 * codec, inside transactions where there are any, counted by a worker of its own process, recounted by a program that shares no code with it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ATTRIBUTES_AT, batchBytes, CODEC_MASK } from '../../log/batch.ts'
import { openClient } from '../../log/kafka/client.ts'
import { kafkajs } from '../../log/kafka/kafkajs-patches.ts'
import { startTestBroker } from '../harness/broker.ts'
import { dumpTopics, runKafkaTool, startKafka } from '../harness/kafka.ts'
import { locate, needs } from '../harness/needs.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { recount, runProgram, startTidemark, type RunningCommand } from '../harness/tidemark.ts'
import { countThroughCompaction } from './compacted-table.ts'

const { describe } = needs('kafka-jars', 'java', 'python3', 'kcat')
const EACH = 300

interface Engine {
  brokers: string[]
  /** `<topic>-<partition>/<20 digits>.log` */
  logDir: string
  stop(): Promise<void>
}

const engines: [string, boolean, () => Promise<Engine>][] = [
  [
    'the embedded broker',
    false,
    async () => {
      const broker = await startTestBroker()
      return { brokers: [broker.address], logDir: broker.dataDir, stop: () => broker.stop() }
    },
  ],
  ['Apache Kafka', true, () => startKafka(locate('kafka-jars') ?? '')],
]

/** Lines as kcat and Kafka's console producer take them: key, a bar, the event. */
function clicks(from: string, count = EACH): string {
  const ts = new Date().toISOString()
  return Array.from(
    { length: count },
    (_, at) =>
      `v${at}|${JSON.stringify({ ts, type: 'page_view', path: `/from/${from}/${at % 7}`, visitor: `v${at}`, country: 'DE' })}\n`,
  ).join('')
}

/** Kafka's numbers of the codecs that lie in the segments of a topic. */
function codecsIn(logDir: string, topic: string): number[] {
  const codecs = new Set<number>()
  for (const folder of readdirSync(logDir).filter((name) => name.startsWith(`${topic}-`)))
    for (const file of readdirSync(join(logDir, folder)).filter((name) => /^\d{20}\.log$/.test(name))) {
      const bytes = readFileSync(join(logDir, folder, file))
      for (let at = 0; at + 61 <= bytes.length && bytes.readInt32BE(at + 8) > 0; at += batchBytes(bytes, at))
        codecs.add(bytes.readInt16BE(at + ATTRIBUTES_AT) & CODEC_MASK)
    }
  return [...codecs].sort()
}

/** Two producers take turns; what one of them aborts lies between what counts. Answers how many count. */
async function writeTransactions(brokers: string[]): Promise<number> {
  const open = async (id: string) => {
    const producer = openClient({ brokers, clientId: id }).producer({
      transactionalId: id,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }
  const [one, two] = await Promise.all([open('one'), open('two')])
  const messages = (from: string) =>
    clicks(from, 50)
      .trim()
      .split('\n')
      .map((line) => ({ key: line.slice(0, line.indexOf('|')), value: line.slice(line.indexOf('|') + 1) }))
  let counts = 0
  for (let turn = 0; turn < 4; turn++) {
    const [kept, lost] = await Promise.all([one.transaction(), two.transaction()])
    await lost.send({ topic: 'clicks', messages: messages('aborted') })
    await kept.send({ topic: 'clicks', messages: messages('committed') })
    await lost.send({ topic: 'clicks', messages: messages('aborted') })
    counts += 50
    await (turn % 2 === 0 ? lost.abort().then(() => kept.commit()) : kept.commit().then(() => lost.abort()))
  }
  await Promise.all([one.disconnect(), two.disconnect()])
  return counts
}

describe.each(engines)('over %s', (_, isApache, start) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-pipeline-'))
  let engine: Engine
  let store: TestStore
  let worker: RunningCommand
  let bootstrap: string[]

  beforeAll(async () => {
    ;[engine, store] = await Promise.all([start(), startTestStore()])
    bootstrap = ['--bootstrap-server', engine.brokers.join(',')]
    worker = startTidemark(['ingest', '--kafka', engine.brokers.join(','), '--store', store.url])
    await worker.until('ingest ready')
  }, 180_000)
  afterAll(async () => {
    await worker?.stop()
    await store?.stop()
    await engine?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('what all of them write is counted, each record once', async () => {
    const brokers = engine.brokers.join(',')
    const simulator = startTidemark(['simulate', '--count', '5000', '--kafka', brokers, '--json'])
    const producing = [
      '-b',
      brokers,
      '-P',
      '-t',
      'clicks',
      '-K',
      '|',
      '-X',
      'linger.ms=100',
      '-X',
      'topic.partitioner=murmur2_random',
    ]
    const fromKcat = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec) =>
      runProgram('kcat', [...producing, '-z', codec], clicks(`kcat-${codec}`)),
    )
    expect(await simulator.ended).toBe(0)
    await Promise.all(fromKcat)
    const java = [
      '--topic',
      'clicks',
      '--property',
      'parse.key=true',
      '--property',
      'key.separator=|',
      '--property',
      'linger.ms=100',
    ]
    // Java's own frames of snappy; and each codec where the broker is ours.
    const javaCodecs = isApache ? ['snappy'] : ['snappy', 'lz4', 'zstd']
    const fromJava = javaCodecs.map((codec) =>
      runKafkaTool(
        'org.apache.kafka.tools.ConsoleProducer',
        [...bootstrap, ...java, '--compression-codec', codec],
        clicks(`java-${codec}`),
      ),
    )
    await Promise.all(fromJava)
    const committed = isApache ? await writeTransactions(engine.brokers) : 0

    const truth = JSON.parse(simulator.said()) as { sources: Record<string, { events: number }> }
    const expected = {
      clicks: truth.sources['clicks']!.events + (5 + javaCodecs.length) * EACH + committed,
      readings: truth.sources['readings']!.events,
    }
    const log = join(folder, 'log.ndjson')
    const withStore = [
      '--store',
      `127.0.0.1:${store.port}`,
      '--require-caught-up',
      '--min-cells',
      '1000',
      '--json',
    ]
    let last = { code: -1 as number | null, said: '' }
    // Dumped anew each time: markers are written after the end of a transaction was answered, and only then may its records be read.
    for (const endMs = Date.now() + 30_000; last.code !== 0 && Date.now() < endMs; ) {
      await dumpTopics(engine.brokers, ['clicks', 'readings'], log)
      last = await recount(['--kcat', log, ...withStore])
    }
    expect(last.code, last.said).toBe(0)
    const { sources, differences } = JSON.parse(last.said) as {
      differences: object
      sources: { source: string; events: { counted: number } }[]
    }
    expect(differences).toEqual({ missing: 0, extra: 0, different: 0 })
    expect(Object.fromEntries(sources.map(({ source, events }) => [source, events.counted]))).toEqual(
      expected,
    )
    // The files of the broker say the same where Python can read them, and they hold every codec.
    const fromFiles = await recount(['--log', engine.logDir, '--source', 'readings', ...withStore])
    expect(fromFiles.code, fromFiles.said).toBe(0)
    expect(codecsIn(engine.logDir, 'clicks')).toEqual([0, 1, 2, 3, 4])
    expect(
      await recount(['--log', engine.logDir, '--source', 'clicks', ...withStore.slice(0, 2)]),
    ).toMatchObject({ code: 3, said: expect.stringMatching(/packed with (snappy|lz4|zstd).*--kcat/) })
  }, 120_000)

  if (isApache) {
    test(
      'a table in a topic that is compacted joins as it stood, whatever is left of it',
      { timeout: 180_000 },
      () => countThroughCompaction(engine.brokers, engine.logDir, store.url),
    )
    return // that they can speak with their own broker is not ours to show
  }
  test("Kafka's own console clients make a topic, write lines and read them", async () => {
    await runKafkaTool('org.apache.kafka.tools.TopicCommand', [
      ...bootstrap,
      '--create',
      '--topic',
      'lines',
      '--partitions',
      '3',
      '--config',
      'message.timestamp.type=LogAppendTime',
    ])
    const lines = Array.from({ length: 200 }, (_, at) => `line ${at}`)
    await runKafkaTool(
      'org.apache.kafka.tools.ConsoleProducer',
      [...bootstrap, '--topic', 'lines', '--compression-codec', 'lz4'],
      `${lines.join('\n')}\n`,
    )
    const [read, topics, offsets] = await Promise.all([
      runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
        ...bootstrap,
        '--topic',
        'lines',
        '--from-beginning',
        '--max-messages',
        '200',
        '--timeout-ms',
        '20000',
        '--group',
        'console',
      ]),
      runKafkaTool('org.apache.kafka.tools.TopicCommand', [...bootstrap, '--describe', '--topic', 'lines']),
      runKafkaTool('org.apache.kafka.tools.GetOffsetShell', [...bootstrap, '--topic', 'lines']),
    ])
    expect(read.trim().split('\n').sort()).toEqual(lines.toSorted())
    expect(topics).toContain('PartitionCount: 3')
    expect(
      offsets
        .trim()
        .split('\n')
        .map((line) => Number(line.split(':')[2]))
        .reduce((sum, end) => sum + end),
    ).toBe(200)
    const groups = await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...bootstrap,
      '--list',
    ])
    expect(groups.trim().split('\n')).toEqual(
      expect.arrayContaining(['console', 'tidemark-clicks-g1', 'tidemark-readings-g1']),
    )
  }, 60_000)
})
