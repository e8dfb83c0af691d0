/** The accounts of every source: what became of each offset and of each event. Pure. */
import type { PartitionStatus, SourceStatus } from '../../query-api/wire.ts'
import { eventsOf } from './partition-state.ts'

export interface Ledger {
  readonly rows: readonly {
    readonly name: string
    readonly description: string
    readonly counts: readonly number[]
  }[]
  /** What the rows must add up to, per source. */
  readonly totals: readonly number[]
  readonly balanced: readonly boolean[]
}

const sumBy = (source: SourceStatus, of: (one: PartitionStatus) => number): number =>
  source.partitions.reduce((sum, one) => sum + of(one), 0)

/** Offsets: every one between first and next is data, control, aborted, compacted away or passed over by an operator (law L5). */
export function offsetLedger(sources: readonly SourceStatus[]): Ledger {
  const names = [
    ['data', 'records that hold events', 'data'],
    ['control', 'transaction marks', 'control'],
    ['aborted', 'rolled back by their producer', 'aborted'],
    ['compacted away', 'legal only where the topic says compact', 'compacted'],
    ['passed over', "on an operator's word: tidemark partition skip", 'skipped'],
  ] as const
  const rows = names.map(([name, description, key]) => ({
    name,
    description,
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
export function eventLedger(sources: readonly SourceStatus[]): Ledger {
  const names = [
    ['counted', 'in every number on every page', 'counted'],
    ['too late for every interval', 'older than what is kept; in no number', 'late'],
    ['rejected, kept below', 'with reason and first bytes', 'rejected'],
    ['sent again, counted once', 'their id came before', 'duplicate'],
  ] as const
  const rows = names.map(([name, description, key]) => ({
    name,
    description,
    counts: sources.map((source) => sumBy(source, ({ events }) => events[key])),
  }))
  return {
    rows,
    totals: sources.map((source) => sumBy(source, eventsOf)),
    balanced: sources.map((source) => source.partitions.every((one) => eventsOf(one) >= one.offsets.data)),
  }
}
