/** What the records `[base, next)` of one partition change, but for what the outputs of the fold hold. */
import type { RecordReject } from './decode/decode.ts'
import { copyState, type PartitionState } from './partition-state.ts'

export interface RejectedRecord extends RecordReject {
  /** The last one it stands for. */
  readonly offset: number
  readonly count: number
  readonly tsMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface Delta {
  readonly base: number
  /** The log clock before the first of these records: what it passed may be retired, and nothing here touches it. */
  readonly clockBeforeMs: number | null
  /** The greatest time counted before: what begins later cannot be in the store. */
  readonly newestBeforeMs: number | null
  readonly state: PartitionState
  /** It ends where an apply would write this many pairs. */
  readonly mostPairs: number
  /** Nothing more goes into it. */
  isFull: boolean
  /** Bytes of evidence that rejects will carry. */
  evidenceBytes: number
  /** Key and value of the last data record, for the log's identity. */
  lastRecord: { readonly key: Buffer | null; readonly value: Buffer | null } | null
}

export function beginDelta(state: PartitionState, mostPairs: number): Delta {
  return {
    base: state.next,
    clockBeforeMs: state.logClockMs,
    newestBeforeMs: state.newestMs,
    state: copyState(state),
    mostPairs,
    isFull: false,
    evidenceBytes: 0,
    lastRecord: null,
  }
}
