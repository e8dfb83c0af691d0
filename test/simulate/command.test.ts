import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run as simulate } from '../../cli/commands/simulate.ts'
import { createSender } from '../../ingest/simulate/send.ts'
import type { Truth } from '../../ingest/simulate/truth.ts'
import type { LogProducer } from '../../log/log.ts'
import { LogError } from '../../log/errors.ts'
import { openProducer } from '../../log/kafka.ts'
import { openClient } from '../../log/kafka/client.ts'
import { SendError } from '../../log/send-error.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { readTopic, type ReadRecord } from '../replay/read-topic.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(() => broker.stop())

/** Runs the command in this process; answers its exit code and what it printed. */
async function printed(argv: string[]): Promise<{ code: number; out: string }> {
  let out = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  try {
    return { code: await simulate(argv), out }
  } finally {
    spy.mockRestore()
  }
}

const decoders = new Map(readDefinition(shipped).map((source) => [source.name, compileDecoder(source)]))
/** Sent as SIGTERM would be, without ending the runner of the tests. */
function signalOnly(known: readonly unknown[]): void {
  for (const listener of process.listeners('SIGTERM')) if (!known.includes(listener)) listener('SIGTERM')
}

/** What a plain recount of the log finds for one source. */
function recount(source: string, records: readonly ReadRecord[]) {
  const partitions = [0, 0, 0, 0]
  const malformed: Record<string, number> = {}
  const sums = { events: 0, cents: 0 }
  for (const { partition, value, timestampMs } of records) {
    partitions[partition]!++
    const decoded = decoders.get(source)!(value, timestampMs)
    if ('reject' in decoded) malformed[decoded.reject.reason] = (malformed[decoded.reject.reason] ?? 0) + 1
    else {
      sums.events++
      const { amount } = decoded.events[0]!.raw as { amount?: number }
      sums.cents += Math.round((amount ?? 0) * 100)
    }
  }
  return { partitions, malformed, ...sums }
}

test('what --count says it sent is what the log holds, to the cent and to the partition', async () => {
  const argv = [
    '--kafka',
    broker.address,
    '--count',
    '6000',
    '--seed',
    '5',
    '--malformed',
    '0.05',
    '--clicks-topic',
    'c-count',
    '--readings-topic',
    'r-count',
    '--json',
  ]
  const { code, out } = await printed(argv)
  expect(code).toBe(0)
  const truth = JSON.parse(out) as Truth
  expect(truth.unsure).toBe(0)
  expect(truth.sources.clicks!.records + truth.sources.readings!.records).toBe(6_000)
  for (const source of ['clicks', 'readings'] as const) {
    const of = truth.sources[source]!
    expect(recount(source, await readTopic(broker.address, of.topic))).toEqual({
      partitions: of.partitions,
      malformed: of.malformed,
      events: of.events,
      cents: of.sums['amountCents'] ?? 0,
    })
  }
  // Again, into other topics: the same truth, event times apart.
  const again = JSON.parse(
    (
      await printed([
        ...argv.slice(0, -5),
        '--clicks-topic',
        'c-again',
        '--readings-topic',
        'r-again',
        '--json',
      ])
    ).out,
  ) as Truth
  expect(again.sources.clicks!.by).toEqual(truth.sources.clicks!.by)
  expect(again.sources.clicks!.partitions).toEqual(truth.sources.clicks!.partitions)
})

test('--live fills empty topics with the past, goes on until SIGTERM, and tells the truth', async () => {
  const known = process.listeners('SIGTERM')
  const argv = [
    '--kafka',
    broker.address,
    '--live',
    '--rate',
    '200',
    '--backfill',
    '30s',
    '--clicks-topic',
    'c-live',
    '--readings-topic',
    'r-live',
    '--late',
    '0',
  ]
  const running = printed(argv)
  const startedMs = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  signalOnly(known)
  const { code, out } = await running
  expect(code).toBe(0)
  expect(process.listeners('SIGTERM')).toEqual(known)
  const clicks = await readTopic(broker.address, 'c-live')
  expect(out).toContain(`clicks: ${clicks.length} records to topic c-live`)
  const times = clicks.flatMap(({ value, timestampMs }) => {
    const decoded = decoders.get('clicks')!(value, timestampMs)
    return 'events' in decoded ? decoded.events.map(({ timeMs }) => timeMs) : []
  })
  expect(Math.min(...times)).toBeLessThan(startedMs - 20_000)
  expect(Math.max(...times)).toBeGreaterThan(startedMs)
  // A second start finds data and adds no past.
  const again = printed([...argv, '--json'])
  await new Promise((resolve) => setTimeout(resolve, 700))
  signalOnly(known)
  const truth = JSON.parse((await again).out) as Truth
  expect(truth.sources.clicks!.firstMs).toBeGreaterThan(Math.max(...times) - 1_000)
})

test('--live makes up for what it missed since the last event', async () => {
  const admin = openClient({ brokers: [broker.address], clientId: 'tidemark-test' }).admin()
  await admin.connect()
  const topics = ['c-gap', 'r-gap']
  await admin.createTopics({
    topics: topics.map((topic) => ({
      topic,
      numPartitions: 1,
      configEntries: [{ name: 'message.timestamp.type', value: 'CreateTime' }],
    })),
    waitForLeaders: true,
  })
  await admin.disconnect()
  const out = await openProducer({ brokers: [broker.address], clientId: 'tidemark-test' })
  const nowMs = Date.now()
  await out.send('c-gap', [{ key: 'k', value: 'old', timestampMs: nowMs - 90_000 }])
  await out.send('r-gap', [{ key: 'k', value: 'newer', timestampMs: nowMs - 40_000 }])
  await out.close()
  const known = process.listeners('SIGTERM')
  const running = printed([
    '--kafka',
    broker.address,
    '--live',
    '--rate',
    '200',
    '--backfill',
    '5m',
    '--clicks-topic',
    'c-gap',
    '--readings-topic',
    'r-gap',
    '--late',
    '0',
    '--json',
  ])
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  signalOnly(known)
  const { firstMs, records } = (JSON.parse((await running).out) as Truth).sources.clicks!
  expect(firstMs! - nowMs).toBeGreaterThanOrEqual(-41_000)
  expect(firstMs! - nowMs).toBeLessThan(-30_000)
  expect(records).toBeGreaterThan(500)
})

test('a batch is tried again while the log is away, and told to be unsure', async () => {
  let failures = 3
  const warned: string[] = []
  const producer = {
    send: async () => {
      if (failures-- > 0) throw new LogError('LOG_UNREACHABLE', 'nobody there')
      return []
    },
  }
  let clockMs = 0
  const options = {
    producer,
    retryForMs: 60_000,
    now: () => clockMs,
    sleep: async (ms: number) => void (clockMs += ms),
    stopped: () => false,
    warn: (line: string) => void warned.push(line),
  }
  expect(await createSender(options)('t', [])).toEqual({ acknowledged: true, unsure: true })
  expect(warned.length).toBe(1)
  failures = Number.POSITIVE_INFINITY
  await expect(createSender(options)('t', [])).rejects.toThrow('nobody there')
  expect(await createSender({ ...options, stopped: () => true })('t', [])).toEqual({
    acknowledged: false,
    unsure: true,
  })
  // What was acknowledged of a send that was cut off is not sent again.
  const sizes: number[] = []
  const cutting = {
    send: async (_topic: string, records: { value: string }[]) => {
      sizes.push(records.length)
      if (records.length > 1)
        throw new SendError(new LogError('LOG_UNREACHABLE', 'cut off'), [
          { partition: 0, baseOffset: 7, places: [0, 1] },
        ])
      expect(records[0]?.value).toBe('third')
      return []
    },
  }
  expect(
    await createSender({ ...options, producer: cutting as unknown as Pick<LogProducer, 'send'> })(
      't',
      ['first', 'second', 'third'].map((value) => ({ key: null, value })),
    ),
  ).toEqual({ acknowledged: true, unsure: true })
  expect(sizes).toEqual([3, 1])
  const refusing = { send: () => Promise.reject(new LogError('LOG_NOT_AUTHORIZED', 'no')) }
  await expect(createSender({ ...options, producer: refusing })('t', [])).rejects.toThrow('no')
})

test.each([
  [[], /Say how much/],
  [['--count', '0'], /--count 0: write a whole number from 1/],
  [['--count', '1.5'], /whole number/],
  [['--count', 'many'], /whole number/],
  [['--count', '1', '--late', '2'], /from 0 to 1/],
  [['--live', '--span', '1h'], /go with --count alone/],
  [['--count', '1', '--backfill', '1m'], /goes with --live/],
  [['--count', '1', '--sources', 'clicks,clocks'], /not "clocks"/],
  [['--count', '1', '--kafka', 'nowhere'], /HOST:PORT/],
  [['--count', '1', '--kafka', 'host:70000'], /HOST:PORT/],
  [['--count', '1', '--start', '2026-05-01'], /write a time/],
  [['--count', '1', '--cuont', '2'], /unknown flag --cuont; did you mean --count\?/],
])('wrong usage %j is one sentence and exit code 2', async (argv, says) => {
  await expect(simulate(argv)).rejects.toMatchObject({
    name: 'CommandError',
    exitCode: 2,
    message: expect.stringMatching(says) as string,
  })
})

test('--help names every flag and the exit codes', async () => {
  const { code, out } = await printed(['--help'])
  expect(code).toBe(0)
  for (const word of ['--live', '--backfill', '--malformed', 'exit codes']) expect(out).toContain(word)
})
