import { statSync } from 'node:fs'
import { once } from 'node:events'
import { ReplayError } from '../../ingest/replay/errors.ts'
import { replay, type ReplaySummary } from '../../ingest/replay/replay.ts'
import { replayItems, type ReplayItem } from '../../ingest/replay/source.ts'
import { createSender } from '../../ingest/simulate/send.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import { partitionFor } from '../../log/murmur2.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { errorText, ensureTopic, explainLog } from '../args/topic.ts'
import { listenForStop, type Stop } from '../args/stop-signal.ts'
import { createProgress } from './progress.ts'
import { help, readReplayConfig, type ReplayConfig } from './replay-config.ts'

const RETRY_FOR_MS = 60_000
/** Bad rows told one by one; the rest is only counted. */
const FAULTS_TOLD = 10

type Told = ReplaySummary & {
  topic: string | null
  /** Records per partition; null without a key, when the log spreads them. */
  partitions: number[] | null
  skipped: number
  /** Records sent again after an error: they may be in the log twice. */
  unsure: number
}

/** `replay --to stdout | head`: whoever read our output has enough. */
class ReaderGone extends Error {}

/** Where the events go. */
interface Sink {
  /** False when it was told to stop before the log had them. */
  send: (items: readonly ReplayItem[]) => Promise<boolean>
  partitions: number[] | null
  unsure: () => number
  close: () => Promise<void>
}

/** `tidemark replay`: sends the rows of files as events and prints what it sent. */
export async function run(argv: string[]): Promise<number> {
  const config = readReplayConfig(argv)
  if (config === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const stop = listenForStop()
  try {
    const told = await replayFiles(config, stop)
    const text = config.json ? `${JSON.stringify(told)}\n` : summaryText(told)
    // Where the events themselves go to stdout, the words about them must not.
    ;(config.to === 'stdout' ? process.stderr : process.stdout).write(text)
    return exitCodes.ok
  } catch (error) {
    if (error instanceof ReaderGone) return exitCodes.ok
    throw error instanceof ReplayError ? new CommandError(error.message) : explainLog(error, config.brokers)
  } finally {
    stop.release()
  }
}

async function replayFiles(config: ReplayConfig, stop: Stop): Promise<Told> {
  const { files, shift, limit, speed } = config
  const totalBytes = sizeOf(files) * (shift === 'none' ? 1 : 2)
  const sink = config.to === 'stdout' ? stdoutSink() : await kafkaSink(config, stop)
  const progress = createProgress(process.stderr)
  let bytes = 0
  let sent = 0
  let skipped = 0
  try {
    const items = replayItems({
      files,
      mapping: config.mapping,
      shift,
      nowMs: Date.now(),
      sort: config.sort,
      reorderRows: config.reorderRows,
      ...(config.format && { format: config.format }),
      ...(config.columns && { columns: config.columns }),
      onFault: config.skipBad
        ? (fault) => void (++skipped <= FAULTS_TOLD && errorText(`${fault.message} (left out)`))
        : 'stop',
      onBytes: (more) => progress.show((bytes += more), totalBytes, `${sent} events`),
    })
    const summary = await replay(items, {
      files,
      speed,
      limit,
      now: Date.now,
      sleep: stop.sleep,
      stopped: stop.stopped,
      send: async (batch) => {
        const done = await sink.send(batch)
        if (done) progress.show(bytes, totalBytes, `${(sent += batch.length)} events`)
        return done
      },
    })
    return {
      ...summary,
      topic: config.to === 'kafka' ? config.topic : null,
      partitions: sink.partitions,
      skipped,
      unsure: sink.unsure(),
    }
  } finally {
    progress.clear()
    await sink.close()
  }
}

/** Bytes of all files together. Throws CommandError, before anything is sent, for one that is not there. */
function sizeOf(files: readonly string[]): number {
  let bytes = 0
  for (const file of files) {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) throw new CommandError(`${file}: there is no such file.`)
    bytes += stat.size
  }
  return bytes
}

function stdoutSink(): Sink {
  return {
    partitions: null,
    unsure: () => 0,
    close: async () => {},
    send: async (items) => {
      if (process.stdout.errored) throw new ReaderGone()
      const wrote = process.stdout.write(items.map(({ value }) => `${value}\n`).join(''))
      if (!wrote) await once(process.stdout, 'drain').catch(() => Promise.reject(new ReaderGone()))
      return true
    },
  }
}

async function kafkaSink(config: ReplayConfig, { stopped, sleep }: Stop): Promise<Sink> {
  const logConfig = { brokers: config.brokers, ...config.access, clientId: 'tidemark-replay' }
  const admin = await openAdmin(logConfig)
  const partitions = await ensureTopic(admin, config.topic, config.partitions).finally(() => admin.close())
  const producer = await openProducer(logConfig)
  const send = createSender({
    producer,
    stopped,
    sleep,
    now: Date.now,
    retryForMs: RETRY_FOR_MS,
    warn: errorText,
  })
  const counts = config.mapping.key === undefined ? null : Array.from({ length: partitions }, () => 0)
  let unsure = 0
  return {
    partitions: counts,
    unsure: () => unsure,
    close: () => producer.close(),
    send: async (items) => {
      const records = items.map(({ key, value }) =>
        key === null ? { key, value } : { key, value, partition: partitionFor(Buffer.from(key), partitions) },
      )
      const sent = await send(config.topic, records)
      if (sent.unsure) unsure += records.length
      if (sent.acknowledged && counts !== null)
        for (const { partition } of records) if (partition !== undefined) counts[partition]!++
      return sent.acknowledged
    },
  }
}

function summaryText(told: Told): string {
  const lines = [`${told.records} events${told.topic === null ? '' : ` sent to topic ${told.topic}`}`]
  if (told.firstMs !== null && told.lastMs !== null)
    lines.push(
      `  event time   ${new Date(told.firstMs).toISOString()} to ${new Date(told.lastMs).toISOString()}`,
    )
  if (told.outOfOrder > 0)
    lines.push(`  out of order ${told.outOfOrder} (a larger --window or --sort puts them right)`)
  if (told.skipped > 0) lines.push(`  left out     ${told.skipped} rows that could not be read`)
  if (told.partitions !== null)
    lines.push(
      `  partitions   ${told.partitions.map((count, partition) => `${partition}: ${count}`).join('  ')}`,
    )
  if (told.unsure > 0)
    lines.push(`  unsure       ${told.unsure} were sent again after an error and may be in the log twice`)
  if (told.files.length > 1)
    for (const { file, records } of told.files) lines.push(`  ${String(records).padStart(8)}  ${file}`)
  return `${lines.join('\n')}\n`
}
