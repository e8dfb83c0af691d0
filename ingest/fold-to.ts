/** Folds a generation up to given offsets and not one record further, beside any group that counts the source: for a copy of the store as of a time. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from '../model/definition.ts'
import { openConsumer } from '../log/kafka.ts'
import type { LogAdmin, LogConfig, LogConsumer } from '../log/log.ts'
import type { Store } from '../store/connection/connection.ts'
import { partitionKeys } from '../store/keys.ts'
import { feedBytes } from '../store/layout/feed.ts'
import type { OperatorSkip } from '../store/calls/read-generations.ts'
import { logQuestions } from './log-end.ts'
import { PartitionWorker } from './partition.ts'
import { openTables, type SourceTables } from './tables/source-tables.ts'

export interface FoldToOptions {
  readonly source: Source
  readonly generation: number
  readonly def: string
  /** What operators passed over, by partition. */
  readonly skips: ReadonlyMap<number, readonly OperatorSkip[]>
  readonly store: Store
  readonly kafka: LogConfig
  readonly admin: LogAdmin
  /** By partition: the first offset that is not to be counted. */
  readonly until: ReadonlyMap<number, number>
  readonly log: (line: string, level?: 'warn' | 'error') => void
  readonly progress?: (records: number, total: number) => void
}

const LOOK_EVERY_MS = 20
const OPEN_PATIENCE_MS = 60_000

/** Answers how many offsets were folded. Throws where a partition halts, StoreError, LogError. */
export async function foldTo(options: FoldToOptions): Promise<number> {
  const { source, until, admin, kafka } = options
  const clusterId = await admin.clusterId()
  const compacted = (await admin.cleanupPolicy(source.topic)) === 'compact'
  const tables = openTables({ source, kafka, admin, store: null, log: options.log })
  let consumer: LogConsumer | null = null
  let crash: Error | null = null
  const workers = new Map(
    [...until.keys()].map((partition) => [
      partition,
      makeWorker(options, partition, {
        clusterId,
        compacted,
        tables,
        workers: until.size,
        consumer: () => consumer,
      }),
    ]),
  )
  const begun = new Map<number, number>()
  try {
    for (const [partition, worker] of workers) {
      const next = await Promise.race([worker.start(), sleep(OPEN_PATIENCE_MS, null, { ref: false })])
      if (worker.halted) throw worker.halted
      if (next === null) throw new Error(`${source.topic}/${partition} could not be opened in the store`)
      begun.set(partition, next)
    }
    const total = [...until].reduce(
      (sum, [partition, end]) => sum + Math.max(0, end - begun.get(partition)!),
      0,
    )
    const done = (): number =>
      [...workers].reduce((sum, [partition, worker]) => sum + worker.acknowledged - begun.get(partition)!, 0)
    if (total > 0)
      consumer = await openConsumer(
        kafka,
        { topic: source.topic, groupId: `tidemark-restore-${randomUUID()}` },
        {
          onAssigned: async (given) =>
            new Map(given.map((partition) => [partition, workers.get(partition)?.fetchFrom ?? 0])),
          onRevoked: async () => {},
          onFetched: (fetched) => workers.get(fetched.partition)?.push(fetched),
          onCrash: (error) => (crash = error),
        },
      )
    while ([...until].some(([partition, end]) => workers.get(partition)!.acknowledged < end)) {
      const halted = [...workers.values()].find((worker) => worker.halted !== null)
      if (halted?.halted) throw halted.halted
      if (crash !== null) throw crash as Error
      options.progress?.(done(), total)
      await sleep(LOOK_EVERY_MS)
    }
    return done()
  } finally {
    await Promise.all([...workers.values()].map((worker) => worker.stop()))
    await (consumer as LogConsumer | null)?.stop()
    await tables?.stop()
  }
}

interface Around {
  readonly clusterId: string
  readonly compacted: boolean
  readonly tables: SourceTables | null
  readonly workers: number
  readonly consumer: () => LogConsumer | null
}

function makeWorker(
  { source, generation, def, skips, store, admin, until, log }: FoldToOptions,
  partition: number,
  { clusterId, compacted, tables, workers, consumer }: Around,
): PartitionWorker {
  return new PartitionWorker({
    store,
    source,
    partition,
    def,
    clusterId,
    compacted,
    log,
    until: until.get(partition)!,
    ...(tables !== null && { tables: tables.of(partition) }),
    keys: partitionKeys(source.name, partition, generation),
    mayBegin: async () => true,
    feedBytes: () => feedBytes(store.nodes(), workers),
    skipAt: async (offset) =>
      (skips.get(partition) ?? []).findLast(({ from, to }) => from <= offset && offset < to) ?? null,
    ...logQuestions(admin, source.topic, partition),
    committed: async () => null,
    seek: (offset) => consumer()?.seek(partition, offset),
    pause: () => consumer()?.pause(partition),
    resume: () => consumer()?.resume(partition),
    confirmOwner: async () => {},
    nowMs: () => Date.now(),
    applied: () => {},
  })
}
