/**
 * An output of the fold: what the events of a batch come to, and how that gets into the store. Each is a module of its own, and list.ts names them all;
 * none knows of another but through what it was made with. All that one remembers of the store is written through; after a fault all are made anew.
 */
import type { Delta } from '../../model/delta.ts'
import type { FoldOutput } from '../../model/output.ts'
import type { ApplyCall } from '../../store/calls/apply-call.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import type { DueWrites } from './due-writes.ts'

/** Where the changes of a batch are written to. */
export type Changes = Pick<
  ApplyCall,
  | 'hash'
  | 'pair'
  | 'textPair'
  | 'piece'
  | 'fields'
  | 'field'
  | 'sortedSet'
  | 'member'
  | 'withoutFields'
  | 'withoutMembers'
  | 'gone'
  | 'stream'
  | 'remove'
>

export interface Output extends FoldOutput {
  /** What it asks the store before it can write this batch. */
  reads(delta: Delta, nowMs: number): Command[]
  /** The answers to `reads`, in its order. */
  take(replies: readonly unknown[], delta: Delta): void
  /** Absolute values, so that the same write twice is one (law L2). */
  write(delta: Delta, changes: Changes, due: DueWrites): void
  /** Suffixes of keys that the clock has passed, and that this batch retires. */
  forget?(suffixes: readonly string[]): void
  /** Between two batches: lets go of what was not used for long. */
  trim?(): void
}

/** Of facts: what continues them must be loaded before anything is folded, and names for the days of a batch before it is. */
export interface FactsOutput extends Output {
  load(store: Store): Promise<void>
  loadNames(store: Store, days: Iterable<number>, newestMs: number | null): Promise<void>
}
