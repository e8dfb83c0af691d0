import type { PartitionState, Problem, SpentBudget } from '../../../query-api/wire.ts'

/** How the API behaves from now on. */
export interface Mood {
  /** asOf is this far behind the clock. */
  lagMs: number
  /** Where asOf stopped (ms), or null while it moves. */
  stoppedAtMs: number | null
  complete: number
  behindRecords: number
  /** No beats and no frames, though the connection stands. */
  silent: boolean
  /** Log without a single event. */
  empty: boolean
  /** The log begins here (ms). */
  sinceMs: number
  /** Windows in here have no data. */
  hole: readonly [number, number] | null
  problem: Problem | null
  /** Answers wait this long. */
  slowMs: number
  /** How much of a newer definition is counted, or null. */
  rebuilding: number | null
  /** Offsets that the ledger of clicks/1 misses. */
  lostOffsets: number
  /** Whether Kafka tells this API where the log ends. */
  kafka: boolean
  /** Partition 3 of each source is in this state; null goes by `complete`. */
  third: PartitionState | null
  /** Frames of answers stop, though beats come: the store hangs. */
  hung: boolean
  /** An answer holds this many names, the others as one; null holds all. */
  most: number | null
  /** Events of devices whose clocks are ahead of everybody's. */
  ahead: number
  /** Budgets of clicks that are nearly spent. */
  spent: SpentBudget[]
  /** What becomes of a question that no breakdown holds: it is refused, the log is read for it, or was read. */
  log: 'refuses' | 'reads' | 'read'
  /** The process has counted so many, where its readers saw more. */
  counts: { readonly records: number; readonly seen: number } | null
  /** Filters of this text find nothing. */
  without: string | null
  /** Of facts: what is in no number. */
  leftOut: { late: number; over: number; seenTwice: boolean }
}

/** All is well. */
export const calm: Mood = {
  lagMs: 41,
  stoppedAtMs: null,
  complete: 1,
  behindRecords: 0,
  silent: false,
  empty: false,
  sinceMs: 0,
  hole: null,
  problem: null,
  slowMs: 0,
  rebuilding: null,
  lostOffsets: 0,
  kafka: true,
  third: null,
  hung: false,
  most: null,
  ahead: 0,
  spent: [],
  log: 'refuses',
  counts: null,
  without: null,
  leftOut: { late: 0, over: 0, seenTwice: false },
}
