/** `/v1/status`: where everything stands, and what is wrong with it. One part that cannot be read is named, and leaves the others. */
import { firstState } from '../../model/partition-state.ts'
import { readStatus as readPrimaries } from '../../store/topology/status.ts'
import type { QueryService } from './query-service.ts'
import { damageOf } from '../sources/damage.ts'
import { PartitionObserver, type Observation } from '../sources/partition-observer.ts'
import { factsOf, type PartitionFacts } from '../sources/partition-state.ts'
import { factsOfAll, provenanceOf } from '../sources/provenance.ts'
import { progressOf, type Filling } from '../sources/rebuild.ts'
import { newestRejects } from '../engine/rows/rows.ts'
import { sourceStateOf, type OpenSource } from '../sources/sources.ts'
import { nodeNames, processName, toldEvent, type Told } from './told.ts'
import { readUpkeep } from './upkeep.ts'
import { spentBudgets } from './spent-budgets.ts'
import { observationsOf } from '../engine/rows/one-snapshot.ts'
import type {
  Damage,
  Freshness,
  PartitionStatus,
  RebuildStatus,
  SourceStatus,
  SpentBudget,
  StatusAnswer,
} from '../wire.ts'

const RECENT_REJECTS = 20

/** Throws StoreError where the store does not answer. */
export async function readStatus(
  { store, sources, now, logEnds, freshness }: QueryService,
  version: string,
  told: Told,
): Promise<StatusAnswer> {
  const { open: all, damaged } = await sources.all()
  const [observations, primaries] = await Promise.all([
    Promise.all(all.map((open) => observationsOf(open, now))),
    readPrimaries(store),
  ])
  const [rejects, spent] = await Promise.all([
    Promise.all(all.map((open) => newestRejects(store, open, RECENT_REJECTS, now()))),
    Promise.all(all.map((open, at) => spentBudgets(store, open, observations[at]!))),
  ])
  const upkeep = await readUpkeep(store).catch(() => null)
  const nowMs = now()
  const nameOf = nodeNames(
    told,
    primaries.map(({ node }) => node),
  )
  return {
    nowMs,
    version,
    sources: all.map((open, at) =>
      sourceStatus(
        open,
        observations[at]!,
        rejects[at]!.observations.flatMap(({ damage }) => damage ?? []),
        nowMs,
        freshness.get(open.source.name)?.read(nowMs) ?? null,
        spent[at]!,
      ),
    ),
    store: primaries.map(({ node, usedBytes, maxBytes, durability }) => ({
      node: nameOf(node),
      usedBytes,
      maxBytes,
      durability,
    })),
    ...(upkeep !== null && {
      upkeep: {
        ...upkeep,
        keeper: upkeep.keeper === null ? null : processName(told, upkeep.keeper),
        backups: upkeep.backups === null ? null : processName(told, upkeep.backups),
        events: upkeep.events.map((event) => toldEvent(told, event, nameOf)),
      },
    }),
    kafka: logEnds.status(),
    damaged: [...damaged],
    rewinds: observations.flat().reduce((sum, { position }) => sum + (position?.rewinds ?? 0), 0),
    recentRejects: rejects
      .flatMap(({ rows }) => rows)
      .sort((a, b) => b.tsMs - a.tsMs)
      .slice(0, RECENT_REJECTS),
  }
}

function sourceStatus(
  open: OpenSource,
  observations: readonly Observation[],
  rejects: readonly Damage[],
  nowMs: number,
  freshness: Freshness | null,
  spentBudgets: SpentBudget[],
): SourceStatus {
  const { source, generation, def, generations, filling } = open
  const state = sourceStateOf(open, observations)
  const facts = factsOfAll(state, nowMs)
  const lateNames = source.intervals.map(({ name }) => name)
  return {
    source: source.name,
    topic: source.topic,
    generation,
    def: def.slice(0, 8),
    partitions: observations.map((observation, partition) =>
      partitionStatus(partition, observation, facts[partition]!, lateNames),
    ),
    provenance: provenanceOf(state, nowMs),
    generations: generations.map((one) => ({
      generation: one.generation,
      def: one.def.slice(0, 8),
      state: one.generation === generation ? 'active' : one.state,
      sinceMs: one.sinceMs,
    })),
    rebuilding: filling === null ? null : rebuildStatus(open, filling, observations, nowMs),
    freshness,
    ...(open.copyOfMs !== null && { copyOfMs: open.copyOfMs }),
    spentBudgets,
    damaged: byKey([
      ...open.damaged,
      ...observations.flatMap(({ damage }) => damage ?? []),
      ...rejects,
      ...open.partitions.flatMap(({ mirror }) => mirror.damages.list().map((one) => damageOf(one))),
    ]),
  }
}

/** Each key and field once. */
function byKey(all: readonly Damage[]): Damage[] {
  return [...new Map(all.map((one) => [JSON.stringify([one.key, one.field]), one])).values()]
}

function rebuildStatus(
  open: OpenSource,
  filling: Filling,
  before: readonly Observation[],
  nowMs: number,
): RebuildStatus {
  const { generation, source, def, sinceMs } = filling.generation
  const ends = open.ends()
  const lateNames = source.intervals.map(({ name }) => name)
  return {
    generation,
    progress: progressOf(
      filling,
      before.map(({ position }) => position),
    ),
    def: def.slice(0, 8),
    sinceMs,
    partitions: filling.positions.map((position, partition) => {
      const observer = new PartitionObserver()
      const observation = observer.observe({ position }, nowMs, observer.seen())
      return partitionStatus(
        partition,
        observation,
        factsOf(observation, ends.of(partition), nowMs, filling, partition),
        lateNames,
      )
    }),
  }
}

/** A partition that was never opened stands at 0. */
function partitionStatus(
  partition: number,
  observation: Observation,
  facts: PartitionFacts,
  intervals: readonly string[],
): PartitionStatus {
  const { position, halt, damage } = observation
  const { offsets, events, ahead, lateByInterval, first, next, logClockMs, newestMs } =
    position?.state ?? firstState(0, intervals.length)
  return {
    partition,
    first,
    next,
    end: facts.end,
    endFrom: facts.endFrom,
    endAtMs: facts.endAtMs,
    behindRecords: facts.behindRecords,
    logClockMs,
    newestMs,
    offsets,
    events,
    ahead,
    lateByInterval: Object.fromEntries(intervals.map((name, at) => [name, lateByInterval[at] ?? 0])),
    ...(position?.tables !== undefined && {
      tables: Object.fromEntries([...position.tables].map(([name, { at }]) => [name, { ...at }])),
    }),
    stale:
      facts.state === 'stale' ||
      (facts.state !== 'counted' && facts.state !== 'behind' && facts.reportedMs === null),
    state: facts.state,
    why: facts.why,
    reportedMs: facts.reportedMs,
    halt: halt === null ? null : { ...halt },
    damage,
    rev: Number(position?.rev ?? 0),
  }
}
