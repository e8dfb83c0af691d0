/** What `/v1/status` says, looked at once a second, and what can be told from two looks. The first part is pure. */
import { signal } from '@preact/signals'
import type { PartitionState, PartitionStatus, SourceStatus, StatusAnswer } from '../../query-api/wire.ts'

/** Partition of a source over the last looks. */
export interface Trace {
  /** Events counted a second, over the looks there are; null before the second one. */
  readonly perS: number | null
  /** Ms behind, newest last, at most {@link mostLooks}. */
  readonly behindMs: readonly (number | null)[]
  readonly looks: readonly { readonly atMs: number; readonly events: number }[]
}
export const mostLooks = 60
const rateLooks = 8

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
  const looks = [...(had?.looks ?? []), { atMs: nowMs, events: eventsOf(one) }].slice(-rateLooks)
  const [first, last] = [looks[0]!, looks.at(-1)!]
  const behindMs = [...(had?.behindMs ?? []), isCounted(one) ? behindOf(one, nowMs) : null].slice(-mostLooks)
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

export interface Books {
  readonly rows: readonly {
    readonly name: string
    readonly says: string
    readonly counts: readonly number[]
  }[]
  /** What the rows must add up to, per source. */
  readonly totals: readonly number[]
  readonly balanced: readonly boolean[]
}

const sumBy = (source: SourceStatus, of: (one: PartitionStatus) => number): number =>
  source.partitions.reduce((sum, one) => sum + of(one), 0)

/** Offsets: every one between first and next is data, control, aborted, compacted away or passed over by an operator (law L5). */
export function offsetBooks(sources: readonly SourceStatus[]): Books {
  const names = [
    ['data', 'records that hold events', 'data'],
    ['control', 'transaction marks', 'control'],
    ['aborted', 'rolled back by their producer', 'aborted'],
    ['compacted away', 'legal only where the topic says compact', 'compacted'],
    ['passed over', "on an operator's word: tidemark partition skip", 'skipped'],
  ] as const
  const rows = names.map(([name, says, key]) => ({
    name,
    says,
    counts: sources.map((source) => sumBy(source, ({ offsets }) => offsets[key])),
  }))
  return {
    rows,
    totals: sources.map((source) => sumBy(source, ({ first, next }) => next - first)),
    balanced: sources.map((source) =>
      source.partitions.every(
        ({ first, next, offsets }) =>
          offsets.data + offsets.control + offsets.aborted + offsets.compacted + offsets.skipped ===
          next - first,
      ),
    ),
  }
}

/** Events: each one is in exactly one of these. A record may hold several, or be one reject, so there is no sum to hold them against. */
export function eventBooks(sources: readonly SourceStatus[]): Books {
  const names = [
    ['counted', 'in every number on every page', 'counted'],
    ['too late for every interval', 'older than what is kept; in no number', 'late'],
    ['rejected, kept below', 'with reason and first bytes', 'rejected'],
  ] as const
  const rows = names.map(([name, says, key]) => ({
    name,
    says,
    counts: sources.map((source) => sumBy(source, ({ events }) => events[key])),
  }))
  return {
    rows,
    totals: sources.map((source) => sumBy(source, eventsOf)),
    balanced: sources.map((source) => source.partitions.every((one) => eventsOf(one) >= one.offsets.data)),
  }
}

export const status = signal<StatusAnswer | null>(null)
export const fault = signal<string | null>(null)
/** Monotonic ms of the last answer. */
export const lookedMs = signal(0)
export const traces = signal<ReadonlyMap<string, Trace>>(new Map())

async function look(): Promise<void> {
  try {
    const response = await fetch('/v1/status')
    if (!response.ok) throw new Error(`the API answered ${response.status}`)
    const answer = (await response.json()) as StatusAnswer
    traces.value = new Map(
      answer.sources.flatMap(({ source, partitions }) =>
        partitions.map(
          (one) =>
            [
              `${source}/${one.partition}`,
              traced(traces.peek().get(`${source}/${one.partition}`), one, answer.nowMs),
            ] as const,
        ),
      ),
    )
    status.value = answer
    lookedMs.value = performance.now()
    fault.value = null
  } catch (error) {
    fault.value = error instanceof Error ? error.message : String(error)
  }
}

/** Looks each second while somebody can see it; answers how to stop. */
export function beginLooking(isStill: () => boolean): () => void {
  let busy = false
  const once = (): void => {
    if (busy || document.hidden || isStill()) return
    busy = true
    void look().finally(() => (busy = false))
  }
  once()
  const timer = setInterval(once, 1000)
  return () => clearInterval(timer)
}
