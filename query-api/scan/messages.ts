/** What the API and the thread that reads the log say to each other. Plain data. */
import type { LogConfig } from '../../log/log.ts'
import type { HashChange } from './kept-cells.ts'
import type { ScanQuestion } from './question.ts'
import type { Skips } from './read-records.ts'

/** As the thread is started with; it has a log of its own. */
export type ThreadConfig = Omit<LogConfig, 'log'>

export interface PartitionTask {
  readonly partition: number
  /** The first offset that was ever counted, and the first that is not yet. */
  readonly first: number
  readonly next: number
  readonly skips: Skips
  /** Of this log, this partition and this definition. */
  readonly zone: string
}

export interface Begin {
  readonly is: 'begin'
  readonly scan: number
  readonly question: ScanQuestion
  /** Whose log it is that was counted. */
  readonly cluster: string
  readonly partitions: readonly PartitionTask[]
}

/** Read `[.., until)`; nobody asks for what is before `fromMs` any more. */
export interface Advance {
  readonly is: 'advance'
  readonly scan: number
  readonly partition: number
  readonly until: number
  readonly fromMs: number
  readonly skips: Skips
}

export interface End {
  readonly is: 'end'
  readonly scan: number
}

/** Somebody looks at what is read while it is read: parts are told from now on. */
export interface WantParts {
  readonly is: 'parts'
  readonly scan: number
}

export type Order = (Begin | Advance) & { readonly ask: number }
export type ToThread = Order | End | WantParts

/** How much a scan will read, before it reads. */
export interface Sized {
  readonly is: 'sized'
  readonly records: number
  /** By partition, where the log begins later than what was counted: when its first record came, ms; null where it holds none. */
  readonly lost: readonly (readonly [partition: number, tsMs: number | null])[]
}

/** What is new of one partition, which stands at `next` with it. */
export interface Advanced {
  readonly is: 'advanced'
  readonly next: number
  readonly changes: readonly HashChange[]
  /** Cells of the partition. */
  readonly cells: number
}

export type FailureKind = 'missing' | 'gone' | 'cells' | 'log' | 'ended' | 'other'
export interface Failed {
  readonly is: 'failed'
  readonly kind: FailureKind
  readonly why: string
  /** The same call may succeed later. */
  readonly retry: boolean
}

export interface Progress {
  readonly is: 'progress'
  readonly scan: number
  /** Offsets passed since the last one. */
  readonly records: number
}

/** What is new of a partition of which a part is read; what changes after it comes with the next part, or in the end. */
export interface Part {
  readonly is: 'part'
  readonly scan: number
  readonly partition: number
  readonly changes: readonly HashChange[]
  /** Offsets of it that were passed. */
  readonly records: number
  /** Of newest first: about the time of the oldest events that were read. Null = oldest first. */
  readonly reachedMs: number | null
}

export type FromThread =
  | Progress
  | Part
  | { readonly is: 'answer'; readonly ask: number; readonly said: Sized | Advanced | Failed }
