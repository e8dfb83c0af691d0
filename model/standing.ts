/** Where a partition's fold stands: the scalars of `pos`. Plain data, copied at the start of each cut, so a refused cut leaves no trace. */

export interface OffsetLedger {
  data: number
  control: number
  aborted: number
  compacted: number
  /** Passed over on an operator's word (`tidemark partition skip`). */
  skipped: number
}

export interface EventLedger {
  counted: number
  duplicate: number
  filtered: number
  late: number
  rejected: number
}

export interface Standing {
  /** Offset of the first record ever accounted for. */
  readonly first: number
  /** Offset of the next record to be accounted for. */
  next: number
  /** No data is known from before this time, ms: the least time of a counted event, or the earliest record of a log that lost its beginning; null before the first. */
  sinceMs: number | null
  /** Greatest time of a counted event, ms; null before the first. The one clock of the fold (law L11). */
  logClockMs: number | null
  /** Kafka timestamp of the last data record, ms. */
  lastTsMs: number | null
  /** Offset of the last data record, and the hash that tells this log from another one. */
  lastOffset: number | null
  lastHash: string
  offsets: OffsetLedger
  events: EventLedger
  /** Counted events whose entity found no place among those that are remembered; and events whose latest value found none. */
  entitiesOver: number
  valuesOver: number
  /** Per interval of the source: counted events it no longer kept. */
  lateByInterval: number[]
}

export function firstStanding(first: number, intervals: number): Standing {
  return {
    first, next: first, sinceMs: null, logClockMs: null, lastTsMs: null, lastOffset: null, lastHash: '',
    offsets: { data: 0, control: 0, aborted: 0, compacted: 0, skipped: 0 },
    events: { counted: 0, duplicate: 0, filtered: 0, late: 0, rejected: 0 },
    entitiesOver: 0, valuesOver: 0,
    lateByInterval: new Array<number>(intervals).fill(0),
  }
}

export function copyStanding(standing: Standing): Standing {
  return { ...standing, offsets: { ...standing.offsets }, events: { ...standing.events }, lateByInterval: standing.lateByInterval.slice() }
}

/** Law L5: every offset is accounted for. */
export function offsetsBalance(standing: Standing): boolean {
  const { data, control, aborted, compacted, skipped } = standing.offsets
  return data + control + aborted + compacted + skipped === standing.next - standing.first
}
