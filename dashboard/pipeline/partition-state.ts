/** What a partition's status says, and what can be told from two of them. Pure. */
import type { PartitionState, PartitionStatus, StatusAnswer } from '../../query-api/wire.ts'

/** Partition of a source over the last looks. */
export interface Trace {
  /** Events counted a second, over the looks there are; null before the second one. */
  readonly perS: number | null
  /** Ms behind, newest last, at most {@link mostLooks}. */
  readonly behindMs: readonly (number | null)[]
  readonly looks: readonly { readonly atMs: number; readonly events: number }[]
}
export const MOST_LOOKS = 60
const RATE_LOOKS = 8

export const eventsOf = ({ events }: PartitionStatus): number =>
  Object.values(events).reduce((sum, count) => sum + count, 0)
export const lagOf = ({ behindRecords }: PartitionStatus): number => behindRecords

/** Somebody counts it. */
export const isCounted = ({ state }: PartitionStatus): boolean => state === 'counted' || state === 'behind'

/** What a look at the status leaves in doubt; null where Kafka itself says that all is counted, but for the breath of batches. */
export function doubtIn(answer: StatusAnswer): 'partial' | 'behind' | null {
  const all = answer.sources.flatMap(({ partitions }) => partitions)
  if (
    all.some((one) => !isCounted(one)) ||
    answer.damaged.length > 0 ||
    answer.sources.some(({ damaged }) => damaged.length > 0)
  )
    return 'partial'
  const waits = answer.sources.some(
    ({ provenance, rebuilding }) =>
      rebuilding !== null ||
      provenance.catalogLost !== undefined ||
      (provenance.behindRecords > 0 && (provenance.lagMs ?? Number.POSITIVE_INFINITY) > 1000),
  )
  return waits ||
    answer.kafka.state !== 'up' ||
    answer.sources.some(({ provenance }) => provenance.logEnd.from !== 'kafka')
    ? 'behind'
    : null
}

/** In a word or two, for the row of a partition. */
export const stateWords: Record<PartitionState, string> = {
  counted: 'counted',
  behind: 'counted, records wait',
  stale: 'nobody counts it',
  halted: 'halted',
  unopened: 'never counted',
  damaged: 'damaged in the store',
}

/** How old what it counted is: since its end was last seen, or by its log clock where records wait. Null before it was opened. */
export function behindOf(one: PartitionStatus, nowMs: number): number | null {
  const atMs = lagOf(one) === 0 ? one.endAtMs : one.logClockMs
  return atMs === null ? null : Math.max(0, nowMs - atMs)
}

export function traced(had: Trace | undefined, one: PartitionStatus, nowMs: number): Trace {
  const looks = [...(had?.looks ?? []), { atMs: nowMs, events: eventsOf(one) }].slice(-RATE_LOOKS)
  const [first, last] = [looks[0]!, looks.at(-1)!]
  const behindMs = [...(had?.behindMs ?? []), isCounted(one) ? behindOf(one, nowMs) : null].slice(-MOST_LOOKS)
  // A rebuilt partition begins again from its first offset: what it counts then is no rate of what arrives.
  return {
    looks,
    behindMs,
    perS:
      last.atMs > first.atMs && last.events >= first.events
        ? ((last.events - first.events) * 1000) / (last.atMs - first.atMs)
        : null,
  }
}
