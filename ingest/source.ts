/**
 * One source at work: which generation it folds into, and the handover from one to the next. Once a second it looks at the catalog: a filling generation that has
 * caught up answers from then on, an old one goes, and a worker whose generation was replaced follows.
 */
import type { Source } from '../model/definition.ts'
import { openAdmin } from '../log/kafka.ts'
import type { LogAdmin, LogConfig } from '../log/log.ts'
import { changeCatalog, definitionHash } from '../store/catalog.ts'
import { openStoreClock } from '../store/clock.ts'
import type { Store } from '../store/connection.ts'
import { StoreError } from '../store/errors.ts'
import { readGenerations, type CatalogGeneration } from '../store/read-generations.ts'
import { runGeneration, groupOf, type RunningGeneration, type SourceStats } from './generation.ts'
import { enter } from './generations.ts'
import { Halt } from './halt.ts'
import { dropOld, swapWhenReady } from './handover.ts'
import { openTopic, TopicWatch } from './topic.ts'
import type { PartitionView, WorkerWatch } from './watch.ts'

export interface SourceOptions {
  readonly source: Source
  readonly store: Store
  readonly kafka: LogConfig
  /** Partitions of a topic that is made here. */
  readonly partitions: number
  readonly sessionTimeoutMs?: number
  /** See {@link GenerationOptions.watchdogMs}. */
  readonly watchdogMs?: number
  /** How long the numbers of an old definition stay in the store after another one took over. */
  readonly keepOldMs: number
  readonly log: (line: string, level?: 'warn' | 'error') => void
  readonly watch?: WorkerWatch
  /** The process must end; started again it may do better, but for a {@link Halt}. */
  readonly crashed: (error: Error) => void
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

const LOOK_EVERY_MS = 1000
const MOST_TRIES = 20

/** Throws StoreError, LogError. */
export async function runSource(options: SourceOptions): Promise<RunningSource> {
  const admin = await openAdmin(options.kafka)
  try {
    return await startSource(options, admin)
  } catch (error) {
    await admin.close().catch(() => {})
    throw error
  }
}

async function startSource(options: SourceOptions, admin: LogAdmin): Promise<RunningSource> {
  const { source, store, log } = options
  const clock = openStoreClock(store)
  await clock.begun
  const def = definitionHash(source)
  const found = await openTopic(admin, source.topic, options.partitions, log)
  const { clusterId, compacted } = found
  const topic = new TopicWatch({ admin, store, source: source.name, topic: source.topic, found, log })
  const stats: SourceStats = { applies: 0, records: 0, cells: 0, callMs: 0 }
  /** The generation this worker folds into; 0 before the first. */
  let current = 0
  let running: RunningGeneration | null = null
  let stopped = false

  /** True where a generation can go on from where its positions stand: the log still holds all it has not counted. */
  async function resumable(): Promise<(generation: CatalogGeneration) => boolean> {
    const catalog = await readGenerations(store, source.name)
    const ranges = await admin.ranges(source.topic)
    const able = new Set<number>()
    for (const { generation } of catalog?.all ?? []) {
      const committed = await admin.committed(groupOf(source.name, generation), source.topic)
      if ([...ranges].every(([partition, { start }]) => (committed.get(partition) ?? 0) >= start)) able.add(generation)
    }
    return ({ generation }) => able.has(generation)
  }

  /** Decides and writes, again and again where another worker was faster. */
  async function enterGeneration(anew = false): Promise<number> {
    const canResume = await resumable()
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const catalog = await readGenerations(store, source.name)
      const entry = enter(catalog, { source, def, partitions: topic.partitions, nowMs: clock.now(), first: Math.max(current, 1) }, canResume, anew)
      if (entry.change === null) return entry.generation
      if (!(await changeCatalog(store, source.name, catalog?.version ?? 0, entry.change))) continue
      if (catalog && entry.generation !== catalog.active.generation) log(`${source.name}: generation ${entry.generation} is filled from the log; generation ${catalog.active.generation} stands until it has caught up`)
      return entry.generation
    }
    throw new StoreError('STORE_BUSY', `the catalog of ${source.name} changed ${MOST_TRIES} times while it was read`)
  }

  /** A partition is not in the store: a first start, a store that was wiped whole, or one that lost a part of what answers now. */
  async function mayBegin(known: number): Promise<boolean> {
    const catalog = await readGenerations(store, source.name)
    if (catalog === null) {
      await enterGeneration()
      return true
    }
    const mine = catalog.all.find(({ generation }) => generation === current)
    if (mine === undefined || mine.state === 'old') return false
    if (mine.state === 'filling' || known < 0) return true
    await enterGeneration(true)
    return false
  }

  async function fold(generation: number): Promise<void> {
    current = generation
    const { sessionTimeoutMs, watchdogMs, watch } = options
    running = await runGeneration({
      source, generation, def, store, kafka: options.kafka, admin, clusterId, compacted, stats, log, mayBegin, clock, crashed: options.crashed,
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }), ...(watchdogMs === undefined ? {} : { watchdogMs }), ...(watch === undefined ? {} : { watch }),
    })
  }

  /** One look at the catalog. */
  async function look(): Promise<void> {
    const catalog = await readGenerations(store, source.name)
    if (catalog === null || running === null) return
    const mine = catalog.all.find(({ generation }) => generation === current)
    const newest = catalog.all.findLast((one) => one.def === def && (one.state === 'active' || one.state === 'filling'))
    if (newest && newest.generation !== current) {
      await running.stop()
      if (!stopped) await fold(newest.generation)
    } else if (newest === undefined) options.crashed(new Halt('SUPERSEDED', `source ${source.name} is now at generation ${catalog.active.generation}, definition ${catalog.active.def.slice(0, 8)}; this worker has ${def.slice(0, 8)}`))
    else if (mine?.state === 'filling' && (await swapWhenReady(store, source, current, clock.now()))) log(`${source.name}: generation ${current} has caught up and answers now`)
    else {
      const gone = await dropOld(store, source.name, clock.now(), options.keepOldMs)
      if (gone.length > 0) log(`${source.name}: generation ${gone.join(', ')} is gone from the store`)
    }
  }

  await fold(await enterGeneration())
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    looking ??= Promise.all([look(), topic.look()]).then(() => {}).catch((error: Error) => log(`${source.name}: ${error.message}; looking at catalog and topic again`, 'warn')).finally(() => {
      looking = null
    })
  }, LOOK_EVERY_MS)

  return {
    stats,
    halted: () => running?.halted() ?? [],
    partitions: () => running?.partitions() ?? [],
    isAssigned: () => running?.isAssigned() ?? false,
    async stop() {
      stopped = true
      clearInterval(timer)
      clock.close()
      await looking
      await running?.stop()
      await admin.close()
    },
  }
}
