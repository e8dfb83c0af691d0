/** What an answer knows about itself, from where its partitions stand (law L9). */
import type { TopicTable } from '../../model/definition.ts'
import type { Position } from '../../store/layout/position.ts'
import type { TopicEnds } from './log-ends.ts'
import type { Observation } from './partition-observer.ts'
import { factsOf, type PartitionFacts } from './partition-state.ts'
import { progressOf, type Filling } from './rebuild.ts'
import type { IncompletePartition, LogEnd, Provenance, Rebuilding } from '../wire.ts'

/** Partitions that an answer names one by one. */
const NAMED = 20
/** More partitions than these beyond those that were read are not looked through: the share is near enough nothing. */
const MOST_ADDED = 10_000

/** How every partition of one generation of a source was found. */
export interface SourceState {
  topic: string
  /** Those in topics that its events are joined with. */
  tables?: readonly TopicTable[]
  generation: number
  def: string
  /** How far an event may be ahead of the log: no clock is believed past now and this. */
  futureMs: number
  observations: readonly Observation[]
  ends: TopicEnds
  /** The generation that is to take over; while there is one, the one that answers stands still. */
  filling: Filling | null
  /** Why the catalog cannot be read; null where it can. */
  catalogLost: string | null
  /** Why no number of it is whole, whatever its partitions say; null = they are. */
  lossy: string | null
}

/** By partition. */
export function factsOfAll(
  { observations, ends, filling, lossy }: SourceState,
  nowMs: number,
): PartitionFacts[] {
  return observations.map((observation, partition) => {
    const facts = factsOf(observation, ends.of(partition), nowMs, filling, partition)
    return lossy === null ? facts : { ...facts, state: 'damaged', why: lossy }
  })
}

/**
 * The least over the partitions of which anything is known. One that was never opened, or cannot be read, leaves the others theirs and
 * `complete` below 1; one that is open and has counted nothing yet leaves all unknown.
 */
function asOfAll(facts: readonly PartitionFacts[], observations: readonly Observation[]): number | null {
  let least: number | null = null
  for (const [partition, { asOfMs, state }] of facts.entries()) {
    if (observations[partition]!.position === null || (asOfMs === null && state === 'halted')) continue
    if (asOfMs === null) return null
    least = least === null ? asOfMs : Math.min(least, asOfMs)
  }
  return least
}

/**
 * The earliest beginning of all partitions, but never before that of one whose log no longer begins at offset 0: there,
 * events from before are lost; elsewhere there were none that anybody knows of.
 */
function sinceAll(observations: readonly Observation[]): {
  sinceMs: number | null
  lostBeforeMs: number | null
} {
  let earliest: number | null = null
  let lostBefore: number | null = null
  for (const { position } of observations) {
    const sinceMs = position?.state.sinceMs ?? null
    if (position === null || sinceMs === null) continue
    earliest = earliest === null ? sinceMs : Math.min(earliest, sinceMs)
    if (position.state.first > 0) lostBefore = Math.max(lostBefore ?? sinceMs, sinceMs)
  }
  return {
    sinceMs: earliest === null ? null : Math.max(earliest, lostBefore ?? earliest),
    lostBeforeMs: lostBefore,
  }
}

/**
 * The greatest log clock of the partitions: by it windows are kept (law L11). A partition whose only devices are ahead claims no time that has not
 * come: past `limitMs` (now, and what an event may be ahead) it would blind the others.
 */
export function latestOf(positions: readonly (Position | null)[], limitMs: number): number | null {
  const clocks = positions.flatMap((position) => position?.state.logClockMs ?? [])
  return clocks.length > 0 ? Math.min(Math.max(...clocks), limitMs) : null
}

/** The greatest event time that can be so: what `latest` means in a range. A log clock follows most devices, so it is a little less. */
export function newestOf(positions: readonly (Position | null)[], limitMs: number): number | null {
  const times = positions
    .flatMap((position) => (position === null ? [] : [position.state.newestMs, position.state.logClockMs]))
    .filter((ms) => ms !== null)
  const believed = times.filter((ms) => ms <= limitMs)
  if (believed.length > 0) return Math.max(...believed)
  return times.length > 0 ? limitMs : null
}

export function provenanceOf(state: SourceState, nowMs: number): Provenance {
  const { topic, generation, def, futureMs, observations, catalogLost } = state
  const { sinceMs, lostBeforeMs } = sinceAll(observations)
  const facts = factsOfAll(state, nowMs)
  const asOfMs = asOfAll(facts, observations)
  // Partitions that Kafka has by now and that were not there yet when the cells were read.
  const added = addedSince(state)
  const incomplete = [...incompleteOf(facts), ...added]
  const partitions = observations.length + added.length
  const rebuilding = rebuildingOf(state, facts)
  return {
    vector: Object.fromEntries(
      observations.flatMap(({ position }, partition) =>
        position === null ? [] : [[partition, position.state.next]],
      ),
    ),
    topic,
    ...tablesOf(state),
    asOfMs,
    lagMs: asOfMs === null ? null : Math.max(0, nowMs - asOfMs),
    complete: partitions === 0 ? 0 : (partitions - incomplete.length) / partitions,
    partitions,
    ...(incomplete.length > 0 && { incomplete: incomplete.slice(0, NAMED) }),
    sinceMs,
    ...(lostBeforeMs !== null && { lostBeforeMs }),
    latestMs: latestOf(
      observations.map(({ position }) => position),
      nowMs + futureMs,
    ),
    behindRecords: facts.reduce((sum, { behindRecords }) => sum + behindRecords, 0),
    logEnd: logEndOf(state.ends, facts),
    generation,
    def: def.slice(0, 8),
    from: 'cells',
    ...(rebuilding !== null && { rebuilding }),
    ...(catalogLost !== null && { catalogLost }),
  }
}

/** Of each table the least that a partition is joined with: later changes hold in some of them already. */
function tablesOf({ tables = [], observations }: SourceState): Pick<Provenance, 'tables'> {
  if (tables.length === 0) return {}
  const joined = tables.map(({ name, topic }) => {
    const vector: Record<string, number> = {}
    for (const { position } of observations)
      for (const [partition, next] of Object.entries(position?.tables?.get(name)?.at ?? {}))
        vector[partition] = Math.min(next, vector[partition] ?? next)
    return [name, { topic, vector }] as const
  })
  return { tables: Object.fromEntries(joined) }
}

function incompleteOf(facts: readonly PartitionFacts[]): IncompletePartition[] {
  return facts.flatMap(({ state, why }, partition) =>
    state === 'counted' || state === 'behind' ? [] : [{ partition, state, why: why! }],
  )
}

function addedSince({ topic, observations, ends }: SourceState): IncompletePartition[] {
  const added = Math.min(MOST_ADDED, Math.max(0, (ends.partitions ?? 0) - observations.length))
  return Array.from({ length: added }, (_, at) => ({
    partition: observations.length + at,
    state: 'unopened',
    why: `${topic}/${observations.length + at} was added a moment ago`,
  }))
}

function logEndOf(ends: TopicEnds, facts: readonly PartitionFacts[]): LogEnd {
  const unasked = facts.findIndex((_, partition) => ends.of(partition) === null)
  const why = ends.why ?? (unasked < 0 ? null : `Kafka gave no end of partition ${unasked}`)
  const times = facts.map(({ endAtMs }, partition) =>
    why === null ? ends.of(partition)!.latest!.atMs : endAtMs,
  )
  return {
    from: why === null ? 'kafka' : 'worker',
    atMs: times.reduce<number | null>(
      (least, one) => (least === null || one === null ? null : Math.min(least, one)),
      times[0] ?? null,
    ),
    ...(why !== null && { why }),
  }
}

/** A newer definition fills beside this one; or the store came back with less than it had, and the same one is counted again. */
function rebuildingOf(
  { generation, observations, filling, ends }: SourceState,
  facts: readonly PartitionFacts[],
): Rebuilding | null {
  if (filling !== null) {
    const fills = filling.generation.generation
    return {
      generation: fills,
      progress: progressOf(
        filling,
        observations.map(({ position }) => position),
      ),
      ...(fills === generation && { lost: true as const }),
    }
  }
  const isLost = observations.some(
    ({ position, damage, mostNext }, partition) =>
      damage === null &&
      (position?.state.next ?? 0) < Math.min(mostNext, ends.of(partition)?.latest?.end ?? mostNext),
  )
  if (!isLost) return null
  let [done, all] = [0, 0]
  for (const [partition, { position }] of observations.entries()) {
    const first = position?.state.first ?? 0
    done += (position?.state.next ?? 0) - first
    all += Math.max(facts[partition]!.end, observations[partition]!.mostNext) - first
  }
  return { generation, progress: all > 0 ? Math.min(1, Math.max(0, done / all)) : 0, lost: true }
}

/** Something is known of the time `[startMs, endMs)`: it does not end before the beginning, nor begin after the boundary of what is known. */
export function isWithin(
  { sinceMs, asOfMs }: Pick<Provenance, 'sinceMs' | 'asOfMs'>,
  startMs: number,
  endMs: number,
): boolean {
  return sinceMs !== null && asOfMs !== null && startMs < asOfMs && endMs > sinceMs
}
