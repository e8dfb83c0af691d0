/** `tidemark ingest`: the worker process. Nothing but Kafka and the store holds its state. */
import { setTimeout as sleep } from 'node:timers/promises'
import { runSource, type RunningSource } from '../../ingest/source.ts'
import type { Source } from '../../model/definition.ts'
import { LogError } from '../../log/errors.ts'
import { openStoreClock } from '../../store/calls/clock.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { testRights } from '../../store/users/self-test.ts'
import { StoreError } from '../../store/errors.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { DRAIN_MS, ingestHelp, readIngestConfig, type IngestConfig } from './ingest-config.ts'
import { definitionFileMs } from '../args/definition.ts'
import { followDefinition } from './redefine.ts'
import { ingestMetrics, type IngestMetrics } from '../telemetry/ingest-metrics.ts'
import { openLog, type Log } from '../telemetry/log.ts'
import { startMetricsServer } from '../telemetry/metrics-server.ts'
import { whyNotReady } from '../telemetry/readiness.ts'
import { openMetrics } from '../telemetry/registry.ts'
import { storeMetrics } from '../telemetry/store-metrics.ts'
import { listBackups } from './store/list-backups.ts'
import { BEHIND_READERS, giveWay } from './give-way.ts'
import { letHeapGrow } from './heap.ts'
import { startUpkeep } from './store/upkeep.ts'
import { untilStopped } from './until-stopped.ts'
import { readVersion } from '../args/version.ts'
import { backupMetrics } from '../telemetry/backup-metrics.ts'

const START_PATIENCE_MS = 60_000
/** A store that refuses us while it starts may not have read its users yet; after this long it means it. */
const REFUSED_PATIENCE_MS = 10_000
/** A probe waits no longer for a store that hangs. */
const STORE_PATIENCE_MS = 1000
const STORE_SILENT = 'the store did not answer'

/**
 * What is fetched lies outside of V8's heap but counts in its limit: with the small heap of a worker each fetch of 16 MB was a full collection of its own.
 * So the heap may grow to six times what lives before the next one. Buffers that nobody holds any more go with the young generation, as before.
 */
const HEAP_GROWING_PERCENT = 500

export async function run(argv: string[]): Promise<number> {
  const config = readIngestConfig(argv)
  if (config === null) {
    process.stdout.write(ingestHelp)
    return exitCodes.ok
  }
  giveWay(BEHIND_READERS)
  letHeapGrow(HEAP_GROWING_PERCENT)
  const log = openLog('ingest', config.log)
  if (config.definition !== undefined) log(`ingest: definition: ${config.definition}`)
  const stopped = untilStopped()
  const store = await openStore({ ...config.store, log })
  let crash: (error: Error) => void = () => {}
  const crashed = new Promise<Error>((resolve) => {
    crash = resolve
  })
  const running = new Map<string, RunningSource>()
  const clock = openStoreClock(store)
  const endUpkeep = startUpkeep({
    store,
    settings: config.store,
    upkeep: config.upkeep,
    kind: 'ingest',
    log,
    now: clock.now,
  })
  const probes = await openProbes(config, store, running)
  const start: Start = {
    config,
    store,
    running,
    log,
    crashed: (error) => crash(error),
    metrics: probes.counts,
  }
  // Told to stop while the engines are still starting: no minute of patience then.
  const isStarted = await Promise.race([
    startAll(start).then(() => true),
    stopped.then(() => false),
    crashed.then(() => false),
  ])
  const unfollow =
    config.definition === undefined
      ? async () => {}
      : followDefinition({
          file: config.definition,
          sources: config.sources,
          running,
          log,
          start: (source) => startOne(start, source, false),
          failed: (error) => crash(error),
        })
  if (isStarted) void sayWhenJoined(running, Promise.race([stopped, crashed]))
  const cause = await Promise.race([stopped, crashed])
  if (cause) log(`ingest: ${cause.message}`, 'error')
  const sources = [...running.values()]
  void unfollow()
  await Promise.race([
    Promise.all(sources.map((source) => source.stop())),
    sleep(DRAIN_MS, undefined, { ref: false }),
  ])
  for (const { stats } of sources)
    log(
      `ingest: ${stats.records} records, ${stats.cells} cells in ${stats.applies} calls of ${(stats.callMs / Math.max(stats.applies, 1)).toFixed(2)} ms`,
    )
  await endUpkeep()
  clock.close()
  await probes.close()
  await store.close()
  if (cause instanceof LogError && cause.code === 'LOG_NOT_AUTHORIZED')
    throw new CommandError(cause.message, exitCodes.config)
  return cause ? exitCodes.failed : exitCodes.ok
}

/** Ready is a worker whose groups gave it its share of every source, be it none: then it has the rights that this takes, and counts. */
async function sayWhenJoined(
  running: ReadonlyMap<string, RunningSource>,
  ended: Promise<unknown>,
): Promise<void> {
  let isOver = false
  void ended.then(() => (isOver = true))
  while (![...running.values()].every((source) => source.isAssigned())) {
    await sleep(50, undefined, { ref: false })
    if (isOver) return
  }
  process.stdout.write('ingest ready\n')
}

/** The port of metrics and probes, if there is to be one: it answers from now on, while the engines are still starting. */
async function openProbes(
  config: IngestConfig,
  store: Store,
  running: ReadonlyMap<string, RunningSource>,
): Promise<{ counts: IngestMetrics | null; close: () => Promise<void> }> {
  if (config.metrics === null) return { counts: null, close: async () => {} }
  const metrics = openMetrics(await readVersion())
  storeMetrics(metrics, store)
  const backups = listBackups(config.upkeep)
  if (backups !== null) backupMetrics(metrics, config.upkeep.backup!.everyMs, backups)
  const counts = ingestMetrics(metrics, () => running)
  const whyNot = async (): Promise<string[]> => {
    const storeFault = await Promise.race([
      store.info().then(
        () => store.evicting()?.says ?? null,
        (error: unknown) => (error instanceof StoreError ? error.says : STORE_SILENT),
      ),
      sleep(STORE_PATIENCE_MS, STORE_SILENT, { ref: false }),
    ])
    const sources = config.sources.map(({ name }) => {
      const source = running.get(name)
      return [
        name,
        source === undefined
          ? null
          : {
              isAssigned: source.isAssigned(),
              waiting: source.waiting(),
              recounting: source.recounting(),
              partitions: source.partitions(),
            },
      ] as const
    })
    return whyNotReady({ storeFault, sources: new Map(sources) }, config.readyLagMs, Date.now())
  }
  const { close } = await startMetricsServer({ ...config.metrics, metrics, whyNotReady: whyNot })
  return { counts, close }
}

interface Start {
  readonly config: IngestConfig
  readonly store: Store
  /** Filled as sources come to work. */
  readonly running: Map<string, RunningSource>
  readonly log: Log
  readonly crashed: (error: Error) => void
  readonly metrics: IngestMetrics | null
}

function startOne(
  { config, store, log, crashed, metrics }: Start,
  source: Source,
  isFirst = true,
): Promise<RunningSource> {
  const kafka = { brokers: config.brokers, ...config.access, clientId: 'tidemark-ingest' }
  const { partitions, sessionTimeoutMs, watchdogMs, keepOldMs, takeOver } = config
  return runSource({
    source,
    store,
    kafka,
    partitions,
    sessionTimeoutMs,
    watchdogMs,
    keepOldMs,
    fileMs: definitionFileMs(config.definition),
    takeOver: takeOver && isFirst,
    log,
    crashed,
    ...(metrics && { watch: metrics.watch(source.name) }),
  })
}

/** The engines may still be starting: what is worth another try gets it for a minute. */
async function startAll(start: Start): Promise<void> {
  const { config, store, running, log } = start
  const deadlineMs = Date.now() + START_PATIENCE_MS
  let refusedSinceMs: number | null = null
  for (;;) {
    try {
      await store.check()
      await testRights(store, 'ingest')
      for (const source of config.sources.slice(running.size))
        running.set(source.name, await startOne(start, source))
      return
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof LogError)) throw error
      refusedSinceMs = error instanceof StoreError && error.isOfAccess ? (refusedSinceMs ?? Date.now()) : null
      const isRefused = refusedSinceMs !== null && Date.now() >= refusedSinceMs + REFUSED_PATIENCE_MS
      const mayHeal = error.retry && !isRefused && !(error instanceof StoreError && error.isSetting)
      if (!mayHeal || Date.now() >= deadlineMs)
        throw new CommandError(error.message, mayHeal ? exitCodes.failed : exitCodes.config)
      log(`ingest: ${error.message}; trying again`, 'warn')
      await sleep(500)
    }
  }
}
