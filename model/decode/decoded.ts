/** What decoding makes of a record: its events, or why they do not count. */

export interface DecodedEvent {
  readonly timeMs: number
  /** Per field of the source, in declared order; absent is null. */
  readonly values: readonly (string | number | null)[]
  /** Per metric: the number in its units, or the hash of the text; null where the field is absent, 0 where it takes none. */
  readonly units: readonly (number | null)[]
  /** The event as it came, for the tail. */
  readonly raw: object
  /** What tells it from another one, where the source names an id; null where it has none. */
  readonly id?: string | null
}

// codes that users see: reject reasons
export const REJECT_REASONS = [
  'empty',
  'not_utf8',
  'not_json',
  'not_an_object',
  'no_events',
  'bad_time',
  'missing_field',
  'wrong_type',
  'not_finite',
  'too_large',
  'future',
  'too_wide',
  'inflated_too_large',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

export interface Reject {
  readonly reason: RejectReason
  /** What was wrong, where, for people. */
  readonly detail: string
}

/** A record's: what it held counts for nothing. */
export interface RecordReject extends Reject {
  /** Events that went with it; a record that holds none that can be told apart is one. */
  readonly events: number
  /** Of a row that was refused by itself: its place among the rows, and what it was. */
  readonly row?: number
  readonly raw?: string
}

/** `rejects`: rows that were refused by themselves; only where the source has it so. */
export type Decoded =
  | { readonly events: readonly DecodedEvent[]; readonly rejects?: readonly RecordReject[] }
  | { readonly reject: RecordReject }
