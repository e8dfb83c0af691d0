/** What the records `[base, next)` of one partition change, but for what the outputs of the fold hold. */
import type { RecordReject } from './decode.ts'
import { copyStanding, type Standing } from './standing.ts'

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
  readonly standing: Standing
  /** It ends where an apply would write this many pairs. */
  readonly mostPairs: number
  /** Nothing more goes into it. */
  isFull: boolean
  /** Bytes of evidence that rejects will carry. */
  evidenceBytes: number
  /** Key and value of the last data record, for the log's identity. */
  lastRecord: { readonly key: Buffer | null; readonly value: Buffer | null } | null
}

export function beginDelta(standing: Standing, mostPairs: number): Delta {
  return {
    base: standing.next,
    clockBeforeMs: standing.logClockMs,
    newestBeforeMs: standing.newestMs,
    standing: copyStanding(standing),
    mostPairs,
    isFull: false,
    evidenceBytes: 0,
    lastRecord: null,
  }
}
