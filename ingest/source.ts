/**
 * One source at work: which generation it folds into, and the handover from one to the next. Once a second it looks at the catalog: a filling generation that has
 * caught up answers from then on, an old one goes, and a worker whose generation was replaced follows.
 */
import type { Source } from '../model/definition.ts'
import { openAdmin } from '../log/kafka.ts'
import type { LogAdmin, LogConfig } from '../log/log.ts'
import { definitionHash } from '../store/calls/catalog.ts'
import { openStoreClock } from '../store/calls/clock.ts'
import type { Store } from '../store/connection/connection.ts'
import type { Generations } from '../store/calls/read-generations.ts'
import { runGeneration, type RunningGeneration, type SourceStats } from './generation.ts'
import type { Halt } from './halt.ts'
import { dropOld, swapWhenReady } from './handover.ts'
import { Membership } from './membership.ts'
import { MemoryShare } from './share.ts'
import { openTables } from './tables/source-tables.ts'
import { openTopic, TopicWatch } from './topic.ts'
import type { PartitionView, WorkerWatch } from './instrumentation.ts'

export interface SourceOptions {
  readonly source: Source
  readonly store: Store
  readonly kafka: LogConfig
  /** When the definition file was written, ms; 0 = it has none. */
  readonly fileMs: number
  /** A person said that this definition is to be in force, though another one superseded it. */
  readonly takeOver?: boolean
  /** Partitions of a topic that is made here. */
  readonly partitions: number
  readonly sessionTimeoutMs?: number
  /** See {@link GenerationOptions.watchdogMs}. */
  readonly watchdogMs?: number
  /** How long the numbers of an old definition stay in the store after another one took over. */
  readonly keepOldMs: number
  readonly log: (line: string, level?: 'warn' | 'error') => void
  readonly watch?: WorkerWatch
  /** The process must end; started again it may do better. */
  readonly crashed: (error: Error) => void
}

export interface RunningSource {
  readonly stats: SourceStats
  halted(): { partition: number; halt: Halt }[]
  /** The partitions that the group gives to this process. */
  partitions(): PartitionView[]
  /** Whether the group has given out its partitions to this process, be it none. */
  isAssigned(): boolean
  /** Why nothing is counted here: another definition is in force; null = this one is. */
  waiting(): string | null
  /** Why its numbers are not whole until the log is counted again; null = they are. */
  recounting(): string | null
  /** Lets calls in flight answer, commits, leaves the group. */
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 1000

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
  const tables = openTables({ source, kafka: options.kafka, admin, store, log })
  const stats: SourceStats = { applies: 0, records: 0, cells: 0, callMs: 0 }
  /** The generation this worker folds into; 0 before the first. */
  let current = 0
  let running: RunningGeneration | null = null
  let stopped = false
  /** Why this worker counts nothing: another definition is in force. */
  let waiting: string | null = null
  /** Why all of it is counted again. */
  let recounting: string | null = null
  const membership = new Membership({
    source,
    def,
    fileMs: options.fileMs,
    store,
    admin,
    clock,
    log,
    partitions: () => topic.partitions,
    current: () => current,
  })
  const share = new MemoryShare({
    store,
    source: source.name,
    log,
    counted: () => ({
      generation: current,
      partitions: (running?.partitions() ?? []).map(({ partition }) => partition),
    }),
  })

  async function fold(generation: number): Promise<void> {
    current = generation
    const { sessionTimeoutMs, watchdogMs, watch } = options
    running = await runGeneration({
      source,
      generation,
      def,
      store,
      kafka: options.kafka,
      admin,
      clusterId,
      compacted,
      stats,
      tables,
      log,
      clock,
      crashed: options.crashed,
      mayBegin: (known) => membership.mayBegin(known),
      holds: () => share.waits,
      skipAt: (partition, offset) => membership.skipAt(partition, offset),
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
      ...(watchdogMs === undefined ? {} : { watchdogMs }),
      ...(watch === undefined ? {} : { watch }),
    })
  }

  /** Folds into the generation of this definition, or waits while another one is in force. */
  async function enter(takeOver = false): Promise<void> {
    const copyOfMs = (await membership.catalog())?.copyOfMs
    if (copyOfMs !== undefined)
      return wait(
        `the store is a copy as of ${new Date(copyOfMs).toISOString()}, made by tidemark store restore --to; nobody counts on in it. Point ingest at the store that it was copied for`,
      )
    const entry = await membership.enter({ takeOver })
    if (entry.generation !== null) {
      if (waiting !== null) log(`${source.name}: GOES ON, this definition is in force again`, 'warn')
      waiting = null
      return fold(entry.generation)
    }
    const says = `definition ${entry.by.def.slice(0, 8)} of generation ${entry.by.generation} is in force, and this worker's, ${def.slice(0, 8)}, was superseded. Give it that definition file; or, if this one is to come back, write its file again (touch), or start a worker once with --take-over`
    wait(says)
  }

  function wait(says: string): void {
    if (says !== waiting) log(`${source.name}: WAITS: ${says}`, 'warn')
    waiting = says
  }

  async function stopFolding(): Promise<void> {
    await running?.stop()
    running = null
  }

  /** One look at the catalog, which all that look at it share. */
  async function lookAtAll(): Promise<void> {
    const found = await membership.catalog()
    await Promise.all([look(found), topic.look(found), share.look(clock.now())])
  }

  async function look(found: Generations | null): Promise<void> {
    recounting = await membership.mendLosses(found)
    if (running === null) return enter()
    const catalog = recounting === null ? found : await membership.catalog()
    const mine = catalog?.all.find(({ generation }) => generation === current)
    const newest = catalog?.all.findLast(
      (one) => one.def === def && (one.state === 'active' || one.state === 'filling'),
    )
    if (newest === undefined || catalog?.copyOfMs !== undefined) {
      // Superseded; or the store became a copy as of a time; or an older copy of the store was put back, which knows nothing of this definition.
      await stopFolding()
      if (!stopped) await enter()
    } else if (newest.generation !== current) {
      await stopFolding()
      if (!stopped) await fold(newest.generation)
    } else if (
      mine?.state === 'filling' &&
      (await swapWhenReady(store, source, current, topic.partitions, clock.now(), catalog))
    )
      log(`${source.name}: generation ${current} has caught up and answers now`)
    else {
      const gone = await dropOld(store, source.name, clock.now(), options.keepOldMs, catalog ?? null)
      if (gone.length > 0) log(`${source.name}: generation ${gone.join(', ')} is gone from the store`)
    }
  }

  recounting = await membership.mendLosses(await membership.catalog())
  await enter(options.takeOver)
  let looking: Promise<void> | null = null
  /** What the last look failed of, and was said. */
  let trouble = ''
  const timer = setInterval(() => {
    looking ??= lookAtAll()
      .then(
        () => (trouble = ''),
        (error: Error) => {
          if (error.message !== trouble)
            log(`${source.name}: ${error.message}; looking at catalog and topic again`, 'warn')
          trouble = error.message
        },
      )
      .then(() => {})
      .finally(() => {
        looking = null
      })
  }, LOOK_EVERY_MS)

  return {
    stats,
    halted: () => running?.halted() ?? [],
    partitions: () => running?.partitions() ?? [],
    isAssigned: () => running?.isAssigned() ?? false,
    waiting: () => waiting,
    recounting: () => recounting,
    async stop() {
      stopped = true
      clearInterval(timer)
      clock.close()
      await looking
      await running?.stop()
      await tables?.stop()
      await admin.close()
    },
  }
}
