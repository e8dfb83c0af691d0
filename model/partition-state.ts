/** Where a partition's fold stands: the scalars of `pos`. Plain data, copied at the start of each batch, so a refused batch leaves no trace. */

import { copyClock, emptyClock, type ClockMemory } from './time/clock.ts'

export interface OffsetLedger {
  data: number
  control: number
  aborted: number
  compacted: number
  /** Passed over on an operator's word (`tidemark partition skip`). */
  skipped: number
}

/**
 * Each event is one of these. `late`: older than every interval keeps. `rejected`: went with a record when that was rejected; a record that cannot be read at
 * all is one. `duplicate`: sent again, its id came before; only of sources that name an id.
 */
// codes that users see: event verdicts
type EventVerdict = 'counted' | 'late' | 'rejected' | 'duplicate'

export type EventLedger = Record<EventVerdict, number>

export interface PartitionState {
  /** Offset of the first record ever accounted for. */
  readonly first: number
  /** Offset of the next record to be accounted for. */
  next: number
  /** Since when the log says all there was, ms: when its first records came, or where a history filled in later begins; null before the first record. */
  sinceMs: number | null
  /** The one clock of the fold, which no single key moves (law L11), ms; null until it is known. */
  logClockMs: number | null
  /** Greatest time of a counted event, ms, whoever sent it; null before the first. Nothing in the store is later. */
  newestMs: number | null
  /** What the clock is made of. */
  clock: ClockMemory
  /** Kafka timestamp of the last data record that has one, ms. */
  lastTsMs: number | null
  /** Offset of the last data record, and the hash that tells this log from another one. */
  lastOffset: number | null
  lastHash: string
  offsets: OffsetLedger
  events: EventLedger
  /** Counted events whose time was ahead, and which no other key confirmed. */
  ahead: number
  /** Counted events whose entity found no place among those that are remembered; and events whose latest value found none. */
  entitiesOver: number
  valuesOver: number
  /** Counted events whose id found no place among those that are remembered. */
  idsOver: number
  /** Readings whose series found no place; readings before all those of their series that are remembered. */
  seriesOver: number
  readingsOver: number
  /** Per interval of the source: counted events it no longer kept. */
  lateByInterval: number[]
}

export function firstState(first: number, intervals: number): PartitionState {
  return {
    first,
    next: first,
    sinceMs: null,
    logClockMs: null,
    newestMs: null,
    clock: emptyClock(),
    lastTsMs: null,
    lastOffset: null,
    lastHash: '',
    offsets: { data: 0, control: 0, aborted: 0, compacted: 0, skipped: 0 },
    events: { counted: 0, late: 0, rejected: 0, duplicate: 0 },
    ahead: 0,
    entitiesOver: 0,
    valuesOver: 0,
    idsOver: 0,
    seriesOver: 0,
    readingsOver: 0,
    lateByInterval: new Array<number>(intervals).fill(0),
  }
}

export function copyState(state: PartitionState): PartitionState {
  return {
    ...state,
    clock: copyClock(state.clock),
    offsets: { ...state.offsets },
    events: { ...state.events },
    lateByInterval: state.lateByInterval.slice(),
  }
}

/** Law L5: every offset is accounted for. */
export function offsetsBalance(state: PartitionState): boolean {
  const { data, control, aborted, compacted, skipped } = state.offsets
  return data + control + aborted + compacted + skipped === state.next - state.first
}
