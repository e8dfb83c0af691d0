/** `tidemark ingest`: the worker process. Nothing but Kafka and the store holds its state. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Halt } from '../ingest/halt.ts'
import { runSource, type RunningSource } from '../ingest/source.ts'
import { LogError } from '../log/errors.ts'
import { openStore, type Store } from '../store/connection.ts'
import { StoreError } from '../store/errors.ts'
import { CommandError, exitCodes } from './exit.ts'
import { ingestHelp, readIngestConfig, type IngestConfig } from './ingest-config.ts'
import { untilStopped } from './until-stopped.ts'

const START_PATIENCE_MS = 60_000

export async function run(argv: string[]): Promise<number> {
  const config = readIngestConfig(argv)
  if (config === null) {
    process.stdout.write(ingestHelp)
    return exitCodes.ok
  }
  const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`)
  const stopped = untilStopped()
  const store = await openStore({ url: config.store, log })
  let crash: (error: Error) => void = () => {}
  const crashed = new Promise<Error>((resolve) => {
    crash = resolve
  })
  const sources = await startAll(config, store, log, (error) => crash(error))
  process.stdout.write('ingest ready\n')
  const cause = await Promise.race([stopped, crashed])
  if (cause) log(`ingest: ${cause.message}`)
  await Promise.race([Promise.all(sources.map((source) => source.stop())), sleep(15_000, undefined, { ref: false })])
  for (const { stats } of sources) log(`ingest: ${stats.records} records, ${stats.cells} cells in ${stats.applies} calls of ${(stats.callMs / Math.max(stats.applies, 1)).toFixed(2)} ms`)
  await store.close()
  return cause ? exitCodes.failed : exitCodes.ok
}

/** The engines may still be starting: what is worth another try gets it for a minute. */
async function startAll(config: IngestConfig, store: Store, log: (line: string) => void, crashed: (error: Error) => void): Promise<RunningSource[]> {
  const kafka = { brokers: config.brokers, clientId: 'tidemark-ingest' }
  const deadlineMs = Date.now() + START_PATIENCE_MS
  const running: RunningSource[] = []
  for (;;) {
    try {
      await store.check()
      for (const source of config.sources.slice(running.length))
        running.push(await runSource({ source, store, kafka, partitions: config.partitions, sessionTimeoutMs: config.sessionTimeoutMs, log, crashed }))
      return running
    } catch (error) {
      if (error instanceof Halt) throw new CommandError(error.message, exitCodes.config)
      const again = (error instanceof StoreError || error instanceof LogError) && error.retry && Date.now() < deadlineMs
      if (!again) throw error instanceof StoreError || error instanceof LogError ? new CommandError(error.message, error.retry ? exitCodes.failed : exitCodes.config) : error
      log(`ingest: ${error.message}; trying again`)
      await sleep(500)
    }
  }
}
