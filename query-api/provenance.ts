/** What an answer knows about itself, from where its partitions stand (law L9). */
import type { Position } from '../store/open.ts'
import { progressOf, type Filling } from './rebuild.ts'
import type { Provenance } from './wire.ts'

/** A worker writes the log's end every second; one that has not for this long is stalled, cut off or dead. */
export const STALE_AFTER_MS = 10_000
/** Workers of a new generation join their group before they can report. */
const BEGINS_WITHIN_MS = 30_000

/** Where every partition of one generation of a source stood; null = never opened. */
export interface SourceStanding {
  topic: string
  generation: number
  def: string
  positions: readonly (Position | null)[]
  /** The generation that is to take over; while there is one, the one that answers stands still. */
  filling?: Filling | null
}

/** No worker of the partition has reported for a while, neither on the generation that answers nor on the one that fills. */
export function isStale(position: Position | null, nowMs: number, filling: Filling | null = null, partition = 0): boolean {
  if (filling !== null && nowMs - filling.generation.sinceMs < BEGINS_WITHIN_MS) return false
  const reportedMs = Math.max(position?.endAtMs ?? 0, filling?.positions[partition]?.endAtMs ?? 0)
  return nowMs - reportedMs > STALE_AFTER_MS
}

/** Records of the log that are not in what answers. The end that the filling generation saw is the newer one. */
function behindOf(position: Position, filling: Position | null): number {
  return Math.max(0, (position.end ?? 0) - position.standing.next, (filling?.end ?? 0) - position.standing.next)
}

/** All of the partition is known up to this time; null when nothing was ever applied and its end never seen. */
function asOf(position: Position): number | null {
  if (position.endAtMs !== null && position.standing.next >= (position.end ?? 0)) return position.endAtMs
  return position.standing.lastTsMs
}

/** The least over the partitions; one that never opened leaves all unknown. */
function asOfAll(positions: SourceStanding['positions']): number | null {
  let least: number | null = null
  for (const position of positions) {
    const at = position === null ? null : asOf(position)
    if (at === null) return null
    least = least === null ? at : Math.min(least, at)
  }
  return least
}

/**
 * The earliest beginning of all partitions, but never before that of one whose log no longer begins at offset 0: there,
 * events from before are lost; elsewhere there were none.
 */
function sinceAll(positions: SourceStanding['positions']): number | null {
  let earliest: number | null = null
  let lostBefore = Number.NEGATIVE_INFINITY
  for (const position of positions) {
    const sinceMs = position?.standing.sinceMs ?? null
    if (position === null || sinceMs === null) continue
    earliest = earliest === null ? sinceMs : Math.min(earliest, sinceMs)
    if (position.standing.first > 0) lostBefore = Math.max(lostBefore, sinceMs)
  }
  return earliest === null ? null : Math.max(earliest, lostBefore)
}

/** The greatest log clock of the partitions: by it windows are kept (law L11). */
export function latestOf(positions: SourceStanding['positions']): number | null {
  const clocks = positions.flatMap((position) => position?.standing.logClockMs ?? [])
  return clocks.length > 0 ? Math.max(...clocks) : null
}

export function provenanceOf({ topic, generation, def, positions, filling = null }: SourceStanding, nowMs: number): Provenance {
  const asOfMs = asOfAll(positions)
  const fresh = positions.filter((position, partition) => !isStale(position, nowMs, filling, partition)).length
  return {
    vector: Object.fromEntries(positions.flatMap((position, partition) => (position === null ? [] : [[partition, position.standing.next]]))),
    topic,
    asOfMs,
    lagMs: asOfMs === null ? null : Math.max(0, nowMs - asOfMs),
    complete: positions.length === 0 ? 0 : fresh / positions.length,
    sinceMs: sinceAll(positions),
    latestMs: latestOf(positions),
    behindRecords: positions.reduce((sum, position, partition) => sum + (position === null ? 0 : behindOf(position, filling?.positions[partition] ?? null)), 0),
    generation,
    def: def.slice(0, 8),
    partitions: positions.length,
    logEnd: { from: 'worker', atMs: null, why: 'Kafka is not asked by this API' },
    from: 'rollup',
    ...(filling !== null && { rebuilding: { generation: filling.generation.generation, progress: progressOf(filling, positions) } }),
  }
}

/** Something is known of the time `[startMs, endMs)`: it does not end before the beginning, nor begin after the boundary of what is known. */
export function isWithin({ sinceMs, asOfMs }: Pick<Provenance, 'sinceMs' | 'asOfMs'>, startMs: number, endMs: number): boolean {
  return sinceMs !== null && asOfMs !== null && startMs < asOfMs && endMs > sinceMs
}
