/** `/v1/status` and `/v1/catalog`: where everything stands, and what can be asked. */
import type { Source } from '../model/definition.ts'
import type { Store } from '../store/connection.ts'
import { readInfo } from '../store/node-info.ts'
import type { Position } from '../store/open.ts'
import { isStale, provenanceOf } from './provenance.ts'
import { statsOf } from './question.ts'
import { progressOf, type Filling } from './rebuild.ts'
import { readRejects } from './rows.ts'
import { standingOf, type OpenSource } from './sources.ts'
import { positionsOf } from './together.ts'
import type { CatalogAnswer, PartitionStatus, RebuildStatus, SourceStatus, StatusAnswer } from './wire.ts'

const RECENT_REJECTS = 20

export async function readStatus(store: Store, all: readonly OpenSource[], nowMs: number, version: string): Promise<StatusAnswer> {
  const [positions, nodes] = await Promise.all([Promise.all(all.map(positionsOf)), store.info()])
  const rejects = await Promise.all(all.map((open) => readRejects(store, open, { source: open.source.name, limit: RECENT_REJECTS, via: null }, nowMs)))
  return {
    nowMs,
    version,
    sources: all.map((open, at) => sourceStatus(open, positions[at]!, nowMs)),
    store: nodes.map(({ node, text }) => {
      const { usedBytes, maxBytes } = readInfo(node, text)
      return { node, usedBytes, maxBytes }
    }),
    kafka: { state: 'not asked', atMs: null, why: null },
    damaged: [],
    rewinds: positions.flat().reduce((sum, position) => sum + (position?.rewinds ?? 0), 0),
    recentRejects: rejects.flatMap(({ rows }) => rows).sort((a, b) => b.tsMs - a.tsMs).slice(0, RECENT_REJECTS),
  }
}

function sourceStatus(open: OpenSource, positions: readonly (Position | null)[], nowMs: number): SourceStatus {
  const { source, generation, def, generations, filling } = open
  return {
    source: source.name,
    topic: source.topic,
    generation,
    def: def.slice(0, 8),
    partitions: open.partitions.map((_, partition) => partitionStatus(partition, positions[partition] ?? null, source, isStale(positions[partition] ?? null, nowMs, filling, partition))),
    provenance: provenanceOf(standingOf(open, positions), nowMs),
    generations: generations.map((one) => ({ generation: one.generation, def: one.def.slice(0, 8), state: one.generation === generation ? 'active' : one.state, sinceMs: one.sinceMs })),
    rebuilding: filling === null ? null : rebuildStatus(filling, positions, nowMs),
    damaged: [],
  }
}

function rebuildStatus(filling: Filling, before: readonly (Position | null)[], nowMs: number): RebuildStatus {
  const { generation, source, def, sinceMs } = filling.generation
  return {
    generation,
    progress: progressOf(filling, before),
    def: def.slice(0, 8),
    sinceMs,
    partitions: filling.positions.map((position, partition) => partitionStatus(partition, position, source, isStale(null, nowMs, filling, partition))),
  }
}

const NOTHING_YET = { offsets: { data: 0, control: 0, aborted: 0, compacted: 0 }, events: { counted: 0, duplicate: 0, filtered: 0, late: 0, rejected: 0 } }

/** A partition that was never opened stands at 0 and is stale. */
function partitionStatus(partition: number, position: Position | null, { intervals }: Source, stale: boolean): PartitionStatus {
  const standing = position?.standing
  return {
    partition,
    first: standing?.first ?? 0,
    next: standing?.next ?? 0,
    end: position?.end ?? standing?.next ?? 0,
    endAtMs: position?.endAtMs ?? null,
    logClockMs: standing?.logClockMs ?? null,
    ...(standing === undefined ? NOTHING_YET : { offsets: standing.offsets, events: standing.events }),
    lateByInterval: Object.fromEntries(intervals.map(({ name }, at) => [name, standing?.lateByInterval[at] ?? 0])),
    stale,
    endFrom: 'worker',
    behindRecords: Math.max(0, (position?.end ?? 0) - (standing?.next ?? 0)),
    state: position === null ? 'unopened' : stale ? 'stale' : (position.end ?? 0) > position.standing.next ? 'behind' : 'counted',
    why: null,
    reportedMs: position?.endAtMs ?? null,
    halt: null,
    damage: null,
    rev: Number(position?.rev ?? 0),
  }
}

export function catalogOf(all: readonly OpenSource[]): CatalogAnswer {
  return {
    sources: all.map(({ source, generation, def, partitions }) => ({
      source: source.name,
      topic: source.topic,
      key: source.key,
      generation,
      def: def.slice(0, 8),
      partitions: partitions.length,
      fields: source.fields.map(({ name, type, optional, from }) => ({ name, type, optional, path: [...from[0]!] })),
      timePath: [...source.timePath],
      metrics: source.metrics.map((metric) => ({
        metric: `${source.name}.${metric.name}`,
        kind: metric.kind,
        stats: [...statsOf(metric)],
        field: metric.kind === 'count' ? null : metric.field,
        where: metric.where.map(({ field, op, values }) => `${field}:${op}:${values.join(',')}`),
      })),
      breakdowns: source.breakdowns.slice(1).map(({ fields }) => [...fields]),
      intervals: source.intervals.map((interval) => ({ ...interval })),
      entity: source.entity === null ? null : {
        field: source.key,
        onlineMs: source.entity.onlineMs,
        last: source.entity.last === null ? null : { by: source.entity.last.by, of: [...source.entity.last.of] },
      },
    })),
    damaged: [],
  }
}
