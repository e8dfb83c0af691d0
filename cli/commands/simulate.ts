import { produce } from '../../ingest/simulate/produce.ts'
import { backfill, paced, spread } from '../../ingest/simulate/schedule.ts'
import { createSender } from '../../ingest/simulate/send.ts'
import { createSimulation } from '../../ingest/simulate/simulation.ts'
import { busyness } from '../../ingest/simulate/site.ts'
import { openLedger, truthTable } from '../../ingest/simulate/truth.ts'
import type { LogAdmin } from '../../log/log.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import { partitionFor } from '../../log/murmur2.ts'
import { exitCodes } from '../args/exit.ts'
import { errorText, ensureTopic, explainLog } from '../args/topic.ts'
import { listenForStop, type Stop } from '../args/stop-signal.ts'
import { createProgress } from './progress.ts'
import { help, readSimulateConfig, type SimulateConfig } from './simulate-config.ts'

/** Between two sends of a paced run, ms. */
const TICK_MS = 50
/** What a live run missed while it was away is made up for, unless it is shorter than this. */
const LEAST_GAP_MS = 10_000
/** A run with an end gives up a batch after this long; one without end never does. */
const RETRY_FOR_MS = 60_000

/** `tidemark simulate`: sends made-up events and prints what is true of them. */
export async function run(argv: string[]): Promise<number> {
  const config = readSimulateConfig(argv)
  if (config === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const stop = listenForStop()
  try {
    return await simulate(config, stop)
  } catch (error) {
    throw explainLog(error, config.brokers)
  } finally {
    stop.release()
  }
}

async function simulate(config: SimulateConfig, stop: Stop): Promise<number> {
  const logConfig = { brokers: config.brokers, ...config.access, clientId: 'tidemark-simulate' }
  const admin = await openAdmin(logConfig)
  try {
    const topics = new Map<SimulateConfig['sources'][number], { topic: string; partitions: number }>()
    for (const source of config.sources) {
      const topic = config.topics[source]
      topics.set(source, { topic, partitions: await ensureTopic(admin, topic, config.partitions) })
    }
    const { schedule, sinceMs } = await scheduleOf(config, admin, stop)
    const producer = await openProducer(logConfig)
    // What supervises this process waits for that line; a reader of JSON gets nothing but JSON.
    if (config.live && !config.json) process.stdout.write('simulate ready\n')
    const progress = createProgress(process.stderr)
    const ledger = openLedger(config.seed, topics)
    let records = 0
    const { stopped, sleep } = stop
    const send = createSender({
      producer,
      stopped,
      sleep,
      now: Date.now,
      retryForMs: config.live ? Number.POSITIVE_INFINITY : RETRY_FOR_MS,
      warn: errorText,
    })
    try {
      await produce(schedule, {
        simulation: createSimulation({ ...config, ...(sinceMs !== undefined && { sinceMs }) }),
        ledger,
        send,
        topics,
        partitionFor,
        stopped,
        onProgress: (more) => progress.show((records += more), config.count, `${records} events`),
      })
    } finally {
      progress.clear()
      // The truth is told even where the run ends in an error: what was acknowledged is in the log.
      process.stdout.write(config.json ? `${JSON.stringify(ledger.truth)}\n` : truthTable(ledger.truth))
      await producer.close()
    }
    return exitCodes.ok
  } finally {
    await admin.close()
  }
}

interface Times {
  /** The event times of this run. */
  schedule: Iterable<number[]> | AsyncIterable<number[]>
  /** Of a live run into empty topics: when all of it begins. An event that came late from before would date the log back to it. */
  sinceMs?: number
}

async function scheduleOf(config: SimulateConfig, admin: LogAdmin, stop: Stop): Promise<Times> {
  const nowMs = Date.now()
  const { count, rate, live } = config
  if (!live && rate === undefined)
    return { schedule: spread(count, config.startMs ?? nowMs - config.spanMs, config.spanMs) }
  const perSecond = live ? (timeMs: number) => (rate ?? 0) * busyness(timeMs) : () => rate ?? 0
  const pacedTimes = paced({
    ratePerSecond: perSecond,
    sinceMs: nowMs,
    count,
    tickMs: TICK_MS,
    now: Date.now,
    sleep: stop.sleep,
    stopped: stop.stopped,
  })
  if (!live) return { schedule: pacedTimes }
  const lastMs = await lastTimestampMs(
    admin,
    config.sources.map((source) => config.topics[source]),
  )
  const fromMs = Math.max(lastMs, nowMs - config.backfillMs)
  const isMissed = nowMs - fromMs >= LEAST_GAP_MS
  return {
    schedule: isMissed ? inTurn(backfill(fromMs, nowMs, perSecond), pacedTimes) : pacedTimes,
    ...(lastMs < 0 && { sinceMs: fromMs }),
  }
}

/** When the log last took an event of any of these topics; -1 for never. */
async function lastTimestampMs(admin: LogAdmin, topics: readonly string[]): Promise<number> {
  const times = await Promise.all(topics.map((topic) => admin.lastTimestampMs(topic)))
  return Math.max(-1, ...times.map((ms) => ms ?? -1))
}

async function* inTurn(first: Iterable<number[]>, then: AsyncIterable<number[]>): AsyncGenerator<number[]> {
  yield* first
  yield* then
}
