/** What the fold gives its events to. One that wants more of them is a module of its own; the fold knows none by name. */
import type { RejectedRecord } from './delta.ts'
import type { Run } from './run.ts'

export interface FoldOutput {
  /** Pairs that one event adds to an apply, about: at the most, but for fields of many values. */
  readonly pairsPerEvent: number
  /** Cells that one event touches at the most. */
  readonly cellsPerEvent?: number
  /** Pairs that an apply of what was added would write, about. */
  readonly pairs: number
  /** Empties it, for the next delta. */
  begin(): void
  /** Counted events, in the order of the log. */
  add(run: Run): void
  /** A record that was refused, or some items of it. */
  reject?(record: RejectedRecord): void
  /** Takes back all that was added since `begin`. */
  discard(): void
  /** Cells that an apply would write, exactly; only asked before `begin`, and nothing is added after it. */
  countCells?(): number
}
