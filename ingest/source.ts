/** One source at work: its topic, its catalog, its consumer, and a worker for every partition the group gives to this process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from '../model/definition.ts'
import { openAdmin, openConsumer } from '../log/kafka.ts'
import type { LogAdmin, LogConfig, LogConsumer } from '../log/log.ts'
import { definitionHash, readCatalog, writeCatalog } from '../store/catalog.ts'
import type { Store } from '../store/connection.ts'
import { partitionKeys } from '../store/keys.ts'
import { Halt } from './halt.ts'
import { PartitionWorker } from './partition.ts'
import type { PartitionView, WorkerWatch } from './watch.ts'

export interface SourceOptions {
  readonly source: Source
  readonly store: Store
  readonly kafka: LogConfig
  /** Partitions of a topic that is made here. */
  readonly partitions: number
  readonly sessionTimeoutMs?: number
  readonly log: (line: string, level?: 'warn' | 'error') => void
  readonly watch?: WorkerWatch
  /** The consumer is dead: the process must end and be started again. */
  readonly crashed: (error: Error) => void
}

export interface SourceStats {
  applies: number
  records: number
  cells: number
  /** Sum of the times of all calls, ms. */
  callMs: number
}

export interface RunningSource {
  readonly stats: SourceStats
  halted(): { partition: number; halt: Halt }[]
  /** The partitions that the group gives to this process. */
  partitions(): PartitionView[]
  /** Whether the group has given out its partitions to this process, be it none. */
  isAssigned(): boolean
  /** Lets calls in flight answer, commits, leaves the group. */
  stop(): Promise<void>
}

const GENERATION = 1
const COMMIT_EVERY_MS = 1000
const OPEN_PATIENCE_MS = 5000
const CONFIRM_PATIENCE_MS = 10_000
/** A consumer that neither fetched nor beat for so long is hung (pitfall of the client library): end, and be started again. */
const WATCHDOG_MS = 60_000

/** Throws StoreError, LogError; {@link Halt} DEFINITION_CHANGED where the store was folded by another definition. */
export async function runSource(options: SourceOptions): Promise<RunningSource> {
  const { source, store, log } = options
  const admin = await openAdmin(options.kafka)
  const partitions = await topicPartitions(admin, source.topic, options.partitions)
  const clusterId = await admin.clusterId()
  const compacted = (await admin.cleanupPolicy(source.topic)) === 'compact'
  const def = await enterCatalog(store, source, partitions)
  const groupId = `tidemark-${source.name}-g${GENERATION}`
  const stats: SourceStats = { applies: 0, records: 0, cells: 0, callMs: 0 }
  const workers = new Map<number, PartitionWorker>()
  let consumer: LogConsumer | null = null
  let isAssigned = false

  function makeWorker(partition: number): PartitionWorker {
    return new PartitionWorker({
      store, source, partition, def, clusterId, compacted, log,
      keys: partitionKeys(source.name, partition, GENERATION),
      logStart: async () => (await admin.ranges(source.topic)).get(partition)?.start ?? 0,
      committed: async () => (await admin.committed(groupId, source.topic)).get(partition) ?? null,
      seek: (offset) => consumer?.seek(partition, offset),
      pause: () => consumer?.pause(partition),
      resume: () => consumer?.resume(partition),
      confirmOwner: async () => {
        await Promise.race([consumer?.waitForHeartbeat(), sleep(CONFIRM_PATIENCE_MS, undefined, { ref: false })])
      },
      nowMs: () => Date.now(),
      ...options.watch,
      landed: (report) => {
        const { records, cells, callMs } = report
        stats.applies++
        stats.records += records
        stats.cells += cells
        stats.callMs += callMs
        options.watch?.landed(report)
      },
    })
  }

  /** Opens what is new, keeps what stays; a store that does not answer in time is asked again by the worker, which then seeks. */
  async function assigned(given: number[]): Promise<Map<number, number>> {
    const starts = await Promise.all(given.map(async (partition): Promise<[number, number]> => {
      let worker = workers.get(partition)
      if (worker) return [partition, worker.fetchFrom]
      workers.set(partition, (worker = makeWorker(partition)))
      const next = await Promise.race([worker.start(), sleep(OPEN_PATIENCE_MS, null, { ref: false })])
      return [partition, next ?? worker.fetchFrom]
    }))
    isAssigned = true
    log(`${source.topic}: counting partitions ${given.toSorted((a, b) => a - b).join(', ') || '(none)'}`)
    return new Map(starts)
  }

  async function revoked(gone: number[]): Promise<void> {
    await Promise.all(gone.map(async (partition) => {
      const worker = workers.get(partition)
      workers.delete(partition)
      await worker?.stop()
    }))
  }

  consumer = await openConsumer({ ...options.kafka, log }, {
    topic: source.topic, groupId, ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
  }, {
    onAssigned: assigned,
    onRevoked: revoked,
    onFetched: (fetched) => workers.get(fetched.partition)?.push(fetched),
    onCrash: options.crashed,
  })

  async function commit(): Promise<void> {
    const offsets = new Map([...workers].filter(([, worker]) => worker.acknowledged >= 0).map(([partition, worker]) => [partition, worker.acknowledged]))
    await consumer?.commit(offsets).catch(() => {}) // a hint; the store is the truth
  }
  const committing = setInterval(() => {
    void commit()
    const { fetch, heartbeat } = consumer!.lastActivityMs()
    const silentMs = Date.now() - Math.max(fetch, heartbeat)
    if (silentMs > WATCHDOG_MS) options.crashed(new Error(`the consumer of ${source.topic} was silent for ${Math.round(silentMs / 1000)} s`))
  }, COMMIT_EVERY_MS)

  return {
    stats,
    isAssigned: () => isAssigned,
    partitions: () => [...workers.values()].map((worker) => worker.view()),
    halted: () => [...workers].flatMap(([partition, { halted }]) => (halted ? [{ partition, halt: halted }] : [])),
    async stop() {
      clearInterval(committing)
      await Promise.all([...workers.values()].map((worker) => worker.stop()))
      await commit()
      await consumer?.stop()
      await admin.close()
    },
  }
}

async function topicPartitions(admin: LogAdmin, topic: string, wanted: number): Promise<number> {
  const found = await admin.partitions(topic)
  if (found !== null) return found
  await admin.createTopic(topic, wanted)
  return (await admin.partitions(topic)) ?? wanted
}

/** The definition enters the catalog once; another one needs another generation. */
async function enterCatalog(store: Store, source: Source, partitions: number): Promise<string> {
  const def = definitionHash(source)
  const catalog = await readCatalog(store, source.name)
  if (catalog && catalog.generation.def !== def)
    throw new Halt('DEFINITION_CHANGED', `source ${source.name} is in the store under definition ${catalog.generation.def.slice(0, 8)}, this one is ${def.slice(0, 8)}. Start with an empty data directory (--data), or with the definition as it was`)
  await writeCatalog(store, {
    active: GENERATION, partitions: Math.max(partitions, catalog?.partitions ?? 0),
    generation: catalog?.generation ?? { source, def, state: 'active', sinceMs: Date.now() },
  })
  return def
}
