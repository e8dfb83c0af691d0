/** `/v1/status`: where everything stands, and what is wrong with it. One part that cannot be read is named, and leaves the others. */
import { firstStanding } from '../../model/standing.ts'
import { readInfo } from '../../store/node-info.ts'
import type { QueryService } from './query-service.ts'
import { damageOf } from '../sources/damage.ts'
import { Sight, type Look } from '../sources/partition-look.ts'
import { factsOf, type PartitionFacts } from '../sources/partition-state.ts'
import { factsOfAll, provenanceOf } from '../sources/provenance.ts'
import { progressOf, type Filling } from '../sources/rebuild.ts'
import { newestRejects } from '../engine/rows.ts'
import { sourceStateOf, type OpenSource } from '../sources/sources.ts'
import { looksOf } from '../engine/one-snapshot.ts'
import type {
  Damage,
  Freshness,
  PartitionStatus,
  RebuildStatus,
  SourceStatus,
  StatusAnswer,
} from '../wire.ts'

const RECENT_REJECTS = 20

/** Throws StoreError where the store does not answer. */
export async function readStatus(
  { store, sources, now, logEnds, freshness }: QueryService,
  version: string,
): Promise<StatusAnswer> {
  const { open: all, damaged } = await sources.all()
  const [looks, nodes] = await Promise.all([Promise.all(all.map((open) => looksOf(open, now))), store.info()])
  const rejects = await Promise.all(all.map((open) => newestRejects(store, open, RECENT_REJECTS, now())))
  const nowMs = now()
  return {
    nowMs,
    version,
    sources: all.map((open, at) =>
      sourceStatus(
        open,
        looks[at]!,
        rejects[at]!.looks.flatMap(({ damage }) => damage ?? []),
        nowMs,
        freshness.get(open.source.name)?.read(nowMs) ?? null,
      ),
    ),
    store: nodes.map(({ node, text }) => {
      const { usedBytes, maxBytes } = readInfo(node, text)
      return { node, usedBytes, maxBytes }
    }),
    kafka: logEnds.status(),
    damaged: [...damaged],
    rewinds: looks.flat().reduce((sum, { position }) => sum + (position?.rewinds ?? 0), 0),
    recentRejects: rejects
      .flatMap(({ rows }) => rows)
      .sort((a, b) => b.tsMs - a.tsMs)
      .slice(0, RECENT_REJECTS),
  }
}

function sourceStatus(
  open: OpenSource,
  looks: readonly Look[],
  rejects: readonly Damage[],
  nowMs: number,
  freshness: Freshness | null,
): SourceStatus {
  const { source, generation, def, generations, filling } = open
  const standing = sourceStateOf(open, looks)
  const facts = factsOfAll(standing, nowMs)
  const lateNames = source.intervals.map(({ name }) => name)
  return {
    source: source.name,
    topic: source.topic,
    generation,
    def: def.slice(0, 8),
    partitions: looks.map((look, partition) =>
      partitionStatus(partition, look, facts[partition]!, lateNames),
    ),
    provenance: provenanceOf(standing, nowMs),
    generations: generations.map((one) => ({
      generation: one.generation,
      def: one.def.slice(0, 8),
      state: one.generation === generation ? 'active' : one.state,
      sinceMs: one.sinceMs,
    })),
    rebuilding: filling === null ? null : rebuildStatus(open, filling, looks, nowMs),
    freshness,
    damaged: byKey([
      ...open.damaged,
      ...looks.flatMap(({ damage }) => damage ?? []),
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
  before: readonly Look[],
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
      const look = new Sight().look({ position }, nowMs)
      return partitionStatus(
        partition,
        look,
        factsOf(look, ends.of(partition), nowMs, filling, partition),
        lateNames,
      )
    }),
  }
}

/** A partition that was never opened stands at 0. */
function partitionStatus(
  partition: number,
  look: Look,
  facts: PartitionFacts,
  intervals: readonly string[],
): PartitionStatus {
  const { position, halt, damage } = look
  const { offsets, events, ahead, lateByInterval, first, next, logClockMs, newestMs } =
    position?.standing ?? firstStanding(0, intervals.length)
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
