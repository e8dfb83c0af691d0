/** One generation of a source at work: its consumer, and a worker for every partition the group gives to this process. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from '../model/definition.ts'
import { openConsumer } from '../log/kafka.ts'
import type { LogAdmin, LogConfig, LogConsumer } from '../log/log.ts'
import type { StoreClock } from '../store/calls/clock.ts'
import type { Store } from '../store/connection/connection.ts'
import { partitionKeys } from '../store/keys.ts'
import { feedBytes } from '../store/layout/feed.ts'
import type { OperatorSkip } from '../store/calls/read-generations.ts'
import type { Halt } from './halt.ts'
import { logQuestions } from './log-end.ts'
import { PartitionWorker } from './partition.ts'
import type { SourceTables } from './tables/source-tables.ts'
import type { PartitionView, WorkerWatch } from './instrumentation.ts'

export interface GenerationOptions {
  readonly source: Source
  readonly generation: number
  readonly def: string
  readonly store: Store
  readonly kafka: LogConfig
  readonly admin: LogAdmin
  readonly clock: StoreClock
  readonly clusterId: string
  readonly compacted: boolean
  readonly sessionTimeoutMs?: number
  /** A consumer that neither fetched nor beat for so long is hung (pitfall of the client library): end, and be started again. Default 60 s. */
  readonly watchdogMs?: number
  readonly log: (line: string, level?: 'warn' | 'error') => void
  readonly watch?: WorkerWatch
  readonly stats: SourceStats
  /** What it is joined with that is kept in topics; null = nothing. */
  readonly tables: SourceTables | null
  /** See {@link PartitionOptions.mayBegin}. */
  readonly mayBegin: (known: number) => Promise<boolean>
  /** See {@link PartitionOptions.holds}. */
  readonly holds: () => boolean
  /** See {@link PartitionOptions.skipAt}. */
  readonly skipAt: (partition: number, offset: number) => Promise<OperatorSkip | null>
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

export interface RunningGeneration {
  readonly generation: number
  halted(): { partition: number; halt: Halt }[]
  /** The partitions that the group gives to this process. */
  partitions(): PartitionView[]
  /** Whether the group has given out its partitions to this process, be it none. */
  isAssigned(): boolean
  /** Lets calls in flight answer, commits, leaves the group. */
  stop(): Promise<void>
}

const COMMIT_EVERY_MS = 1000
const RECOMMIT_EVERY_MS = 60_000
const OPEN_PATIENCE_MS = 5000
const CONFIRM_PATIENCE_MS = 10_000
const WATCHDOG_MS = 60_000
/** The last commit is a hint: a broker that does not answer must not hold up the end. */
const LAST_COMMIT_MS = 2000

/** The group that folds a generation; its commits are the tripwire of law L7. */
export function groupOf(source: string, generation: number): string {
  return `tidemark-${source}-g${generation}`
}

/** As far as their last batches say; of one that had none yet nothing is known. A reader that begins is heard of with the next batch. */
export function nobodyListens(workers: Iterable<{ readonly isHeard: boolean | null }>): boolean {
  const all = Array.from(workers, ({ isHeard }) => isHeard)
  return all.includes(false) && !all.includes(true)
}

/** Throws LogError where the topic cannot be consumed. */
export async function runGeneration(options: GenerationOptions): Promise<RunningGeneration> {
  const { source, generation, def, store, admin, clusterId, compacted, stats, log } = options
  const groupId = groupOf(source.name, generation)
  const workers = new Map<number, PartitionWorker>()
  let consumer: LogConsumer | null = null
  let isAssigned = false

  function makeWorker(partition: number): PartitionWorker {
    return new PartitionWorker({
      store,
      source,
      partition,
      def,
      clusterId,
      compacted,
      log,
      keys: partitionKeys(source.name, partition, generation),
      mayBegin: options.mayBegin,
      holds: options.holds,
      ...(options.tables !== null && { tables: options.tables.of(partition) }),
      feedBytes: () => feedBytes(store.nodes(), workers.size),
      skipAt: (offset) => options.skipAt(partition, offset),
      ...logQuestions(admin, source.topic, partition),
      committed: async () => (await admin.committed(groupId, source.topic)).get(partition) ?? null,
      seek: (offset) => consumer?.seek(partition, offset),
      pause: () => consumer?.pause(partition),
      resume: () => consumer?.resume(partition),
      confirmOwner: async () => {
        await Promise.race([
          consumer?.waitForHeartbeat(),
          sleep(CONFIRM_PATIENCE_MS, undefined, { ref: false }),
        ])
      },
      nowMs: () => Date.now(),
      toStoreTime: (wallMs) => (wallMs === 0 ? 0 : Math.max(0, options.clock.fromWall(wallMs))), // 0 = not seen yet
      ...options.watch,
      applied: (report) => {
        const { records, cells, callMs } = report
        stats.applies++
        stats.records += records
        stats.cells += cells
        stats.callMs += callMs
        options.watch?.applied(report)
      },
    })
  }

  /** Opens what is new, keeps what stays; a store that does not answer in time is asked again by the worker, which then seeks. */
  async function assigned(given: number[]): Promise<Map<number, number>> {
    const starts = await Promise.all(
      given.map(async (partition): Promise<[number, number]> => {
        let worker = workers.get(partition)
        if (worker) return [partition, worker.fetchFrom]
        workers.set(partition, (worker = makeWorker(partition)))
        const next = await Promise.race([worker.start(), sleep(OPEN_PATIENCE_MS, null, { ref: false })])
        return [partition, next ?? worker.fetchFrom]
      }),
    )
    isAssigned = true
    log(`${source.topic}: counting partitions ${given.toSorted((a, b) => a - b).join(', ') || '(none)'}`)
    return new Map(starts)
  }

  async function revoked(gone: number[]): Promise<void> {
    await Promise.all(
      gone.map(async (partition) => {
        const worker = workers.get(partition)
        workers.delete(partition)
        await worker?.stop()
      }),
    )
  }

  consumer = await openConsumer(
    { ...options.kafka, log },
    {
      topic: source.topic,
      groupId,
      mayGather: () => nobodyListens(workers.values()),
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    },
    {
      onAssigned: assigned,
      onRevoked: revoked,
      onFetched: (fetched) => workers.get(fetched.partition)?.push(fetched),
      onCrash: options.crashed,
    },
  )

  let committed = { said: '', atMs: 0 }
  async function commit(): Promise<void> {
    const offsets = new Map(
      [...workers]
        .filter(([, worker]) => worker.acknowledged >= 0)
        .map(([partition, worker]) => [partition, worker.acknowledged]),
    )
    // A hint; the store is the truth. What was committed already is seldom said again.
    const said = JSON.stringify([...offsets])
    if (said === committed.said && performance.now() - committed.atMs < RECOMMIT_EVERY_MS) return
    await consumer?.commit(offsets).then(
      () => (committed = { said, atMs: performance.now() }),
      () => {},
    )
  }
  const committing = setInterval(() => {
    void commit()
    const { fetch, heartbeat } = consumer!.lastActivityMs()
    const silentMs = Date.now() - Math.max(fetch, heartbeat)
    if (silentMs > (options.watchdogMs ?? WATCHDOG_MS))
      options.crashed(
        new Error(`the consumer of ${source.topic} was silent for ${Math.round(silentMs / 1000)} s`),
      )
  }, COMMIT_EVERY_MS)

  return {
    generation,
    isAssigned: () => isAssigned,
    partitions: () => [...workers.values()].map((worker) => worker.view()),
    halted: () =>
      [...workers].flatMap(([partition, { halted }]) => (halted ? [{ partition, halt: halted }] : [])),
    async stop() {
      clearInterval(committing)
      await Promise.all([...workers.values()].map((worker) => worker.stop()))
      await Promise.race([commit(), sleep(LAST_COMMIT_MS, undefined, { ref: false })])
      await consumer?.stop()
    },
  }
}
