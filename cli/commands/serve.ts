/** `tidemark serve`: page, query API and collector. It answers as soon as it listens: engines that are still starting show as problems that heal. */
import { fileURLToPath } from 'node:url'
import { collector } from '../../ingest/collector/collector.ts'
import { createServer } from '../../query-api/http/server.ts'
import { LogScans } from '../../query-api/scan/log-scans.ts'
import { workerThread } from '../../query-api/scan/thread-client.ts'
import { watchLogEnds } from '../../query-api/sources/log-ends.ts'
import { openAdmin } from '../../log/kafka.ts'
import { openStoreClock } from '../../store/calls/clock.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { withReplicaReads } from '../../store/replica-reads.ts'
import { openNodeAsker } from '../../store/node-asker.ts'
import { openReplicas } from '../../store/replicas.ts'
import { testRights } from '../../store/users/self-test.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { lateProducer } from './late-producer.ts'
import { listBackups } from './store/list-backups.ts'
import { isLoopback } from '../args/public-address.ts'
import { readServeConfig, serveHelp, type ServeConfig } from './serve-config.ts'
import { showStore } from '../args/store-access.ts'
import { letHeapGrow } from './heap.ts'
import { openLog } from '../telemetry/log.ts'
import { metricsRoute } from '../telemetry/metrics-route.ts'
import { openMetrics } from '../telemetry/registry.ts'
import { readsMetric, serveMetrics, timedStore } from '../telemetry/serve-metrics.ts'
import { storeMetrics } from '../telemetry/store-metrics.ts'
import { startUpkeep } from './store/upkeep.ts'
import { untilStopped } from './until-stopped.ts'
import { readVersion } from '../args/version.ts'
import { backupMetrics } from '../telemetry/backup-metrics.ts'

/**
 * Frames of live queries are garbage after seconds, too late for the young generation: by itself V8 lets the heap grow to several times what
 * lives in it, hundreds of megabytes for one open page.
 */
const HEAP_GROWING_PERCENT = 60

/** From dist/cli/commands/ and from cli/commands/ alike. */
const PAGE_DIRECTORY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/dashboard' : '../../dashboard', import.meta.url),
)

export async function run(argv: string[]): Promise<number> {
  const config = readServeConfig(argv)
  if (config === null) {
    process.stdout.write(serveHelp)
    return exitCodes.ok
  }
  letHeapGrow(HEAP_GROWING_PERCENT)
  const log = openLog('serve', config.log)
  const stopped = untilStopped()
  const version = await readVersion()
  const metrics = openMetrics(version)
  const plainStore = await openStore({ ...config.store, log })
  storeMetrics(metrics, plainStore)
  const replicas = config.readsReplicas ? openReplicas({ ...config.store, store: plainStore }) : null
  const timed = timedStore(plainStore, metrics)
  const store = replicas === null ? timed : withReplicaReads(timed, replicas, readsMetric(metrics))
  const producer = lateProducer({
    brokers: config.brokers,
    ...config.access,
    clientId: 'tidemark-collector',
    log,
  })
  const clock = openStoreClock(plainStore)
  const logEnds = watchLogEnds({
    open: () => openAdmin({ brokers: config.brokers, ...config.access, clientId: 'tidemark-serve' }),
    now: clock.now,
    log,
    at: kafkaHere(config),
  })
  const scans = new LogScans(
    workerThread({ brokers: config.brokers, ...config.access, clientId: 'tidemark-scan' }),
    clock.now,
    { records: config.scanRecords },
  )
  const plugins = [collector({ producer, sources: config.sources, log }), metricsRoute(metrics)]
  const backups = listBackups(config.upkeep)
  if (backups !== null) backupMetrics(metrics, config.upkeep.backup!.everyMs, backups)
  const nodeAsker = openNodeAsker(config.store)
  const app = await createServer({
    store,
    nodeAsker,
    version,
    pageDirectory: PAGE_DIRECTORY,
    plugins,
    log,
    now: clock.now,
    logEnds,
    scans,
    instrumentation: serveMetrics(metrics),
    // Nobody elsewhere is told where an installation has its store.
    ...(isPrivate(config) && { storeAddress: showStore(config.store.url) }),
    ...(backups !== null && { listBackups: backups }),
    httpAccess: { ...config.httpAccess, byAddress: config.isPublic },
    trustedProxies: config.httpAccess.trustedProxies,
  })
  const endUpkeep = startUpkeep({
    store: plainStore,
    settings: config.store,
    upkeep: config.upkeep,
    kind: 'serve',
    log,
    now: clock.now,
  })
  try {
    const lacks = lackingRights(plainStore)
    process.stdout.write(`serve ready on ${await listen(app, config)}\n`)
    await Promise.race([stopped, lacks])
  } finally {
    await app.close()
    await endUpkeep()
    await scans.close()
    clock.close()
    await logEnds.close()
    await producer.close()
    replicas?.close()
    nodeAsker.close()
    await store.close()
  }
  return exitCodes.ok
}

/** Rejects where the store lets this user in and not do its work; else it never ends. A store that is away is waited for as ever. */
function lackingRights(store: Store): Promise<never> {
  return new Promise((_, reject) => {
    testRights(store, 'serve').catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'STORE_NOT_ALLOWED')
        reject(new CommandError(error.message, exitCodes.config))
    })
  })
}

/** Only this machine can call it: no address that others reach, no other name, no proxy. */
function isPrivate({ isPublic, httpAccess }: ServeConfig): boolean {
  return !isPublic && httpAccess.publicNames.length === 0 && httpAccess.trustedProxies.length === 0
}

/** The page writes it into the commands that it offers. Nobody elsewhere is told where an installation has its Kafka. */
function kafkaHere({ brokers, isPublic }: ServeConfig): string | undefined {
  return isPublic ? undefined : brokers.find((broker) => isLoopback(broker.replace(/:\d+$/, '')))
}

async function listen(
  app: Awaited<ReturnType<typeof createServer>>,
  { host, port }: ServeConfig,
): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE')
      throw new CommandError(`port ${port} on ${host} is in use; give another one with --port`)
    if (code === 'EACCES')
      throw new CommandError(
        `port ${port} needs more rights than this user has; give one above 1023 with --port`,
      )
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new CommandError(`${host} is no address of this machine`, exitCodes.config)
    throw error
  }
  const address = app.server.address()
  const at = typeof address === 'object' && address !== null ? address : { address: host, port }
  return `http://${at.address.includes(':') ? `[${at.address}]` : at.address}:${at.port}`
}
