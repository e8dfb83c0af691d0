/** What the workers tell of themselves as they go, for whoever counts: plain functions and numbers, so that no metrics library is known here. */
import type { RejectReason } from '../model/decode/decode.ts'
import type { Delta } from '../model/delta.ts'
import type { EventLedger } from '../model/partition-state.ts'
import type { Folded } from './folding.ts'
import type { Halt } from './halt.ts'
import type { StoreWait } from './outage.ts'

/** One batch that the store applied. */
export interface AppliedBatch {
  readonly records: number
  readonly cells: number
  /** All that it wrote, about. */
  readonly pairs: number
  /** Kafka timestamp of the last data record so far, ms. */
  readonly lastTsMs: number | null
  /** From sending to answer, ms. */
  readonly callMs: number
  /** How long the store worked on it; null = it could not say. */
  readonly storeMs: number | null
  /** What became of the events of these records. */
  readonly events: EventLedger
  /** Why records were rejected, one entry a record. */
  readonly rejects: readonly RejectReason[]
}

/** What a batch brings, before it is sent. `before` is the ledger it began with. */
export function reportOf(
  { base, state }: Delta,
  { cells, pairs, rejects }: Folded,
  before: EventLedger,
): Omit<AppliedBatch, 'callMs' | 'storeMs'> {
  const { events } = state
  return {
    records: state.next - base,
    cells,
    pairs,
    lastTsMs: state.lastTsMs,
    rejects,
    events: {
      counted: events.counted - before.counted,
      late: events.late - before.late,
      rejected: events.rejected - before.rejected,
      duplicate: events.duplicate - before.duplicate,
    },
  }
}

export interface WorkerWatch {
  applied(report: AppliedBatch): void
  /** The store moved nothing, or did not answer: the first word of its refusal, or the code of the error. */
  refused?(why: string): void
  /** The store came back with less than was acknowledged. */
  rewound?(): void
}

/** Where one partition stands in this process, now. */
export interface PartitionView {
  readonly partition: number
  /** Greatest `next` that the store acknowledged; -1 = not opened yet. */
  readonly next: number
  /** End of the log and when it was seen (wall clock, ms); 0 = not fetched yet. */
  readonly end: number
  readonly endAtMs: number
  /** Kafka timestamp of the last record that was applied, ms. */
  readonly lastTsMs: number | null
  /** Bytes fetched and not yet read. */
  readonly waitingBytes: number
  readonly halted: Halt | null
  /** What the store says in place of taking records; null or absent = it takes them. */
  readonly storeWait?: StoreWait | null
}

/** Records still to be counted; null = not known yet. */
export function lagRecords({ next, end, endAtMs }: PartitionView): number | null {
  return next < 0 || endAtMs === 0 ? null : Math.max(end - next, 0)
}

/** How old the newest moment is up to which everything is counted (law L9), ms; null = not known yet. */
export function lagMs(view: PartitionView, nowMs: number): number | null {
  const { next, end, endAtMs, lastTsMs } = view
  if (next < 0 || endAtMs === 0) return null
  const asOfMs = next >= end ? endAtMs : lastTsMs
  return asOfMs === null ? null : Math.max(nowMs - asOfMs, 0)
}
