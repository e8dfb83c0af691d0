/** Which chunks the clock has passed, a bounded number a call, without asking the store when nothing can be due. */
import type { Op } from '../store/apply.ts'
import type { Command } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'

const MOST_A_CALL = 512

export class DueList {
  readonly #keys: PartitionKeys
  /** Nothing in the store is due before this, ms of log clock; -1 = not known. */
  #earliestMs = -1
  /** The clock of the last question: what it passed may be freed. */
  lastPassedMs = -1

  constructor(keys: PartitionKeys) {
    this.#keys = keys
  }

  /** What to ask the store along with the next read: nothing, while nothing can be due at `clockMs`. */
  question(clockMs: number): Command[] {
    this.lastPassedMs = clockMs
    // law L11: what is due is asked for
    return clockMs < 0 || clockMs < this.#earliestMs
      ? []
      : [['ZRANGE', this.#keys.due, '0', String(MOST_A_CALL), 'WITHSCORES']]
  }

  /** More is due than the last call could carry. */
  get behind(): boolean {
    return this.#earliestMs >= 0 && this.#earliestMs <= this.lastPassedMs
  }

  /** Suffixes to retire now, from the answer: member, score ..., ascending. */
  answer(flat: readonly Buffer[], clockMs: number): string[] {
    const retired: string[] = []
    this.#earliestMs = Infinity
    for (let at = 0; at < flat.length; at += 2) {
      const dueMs = Number(flat[at + 1]!.toString())
      // law L11: only what is due is retired
      if (dueMs <= clockMs && retired.length < MOST_A_CALL) retired.push(flat[at]!.toString())
      else {
        this.#earliestMs = dueMs
        break
      }
    }
    return retired
  }

  /** What a cut adds to the list may be due sooner than all before. */
  noteAdded(ops: readonly Op[]): void {
    for (const op of ops)
      if (op.op === 'z' && op.key === this.#keys.due)
        for (let at = 0; at < op.args.length; at += 2)
          this.#earliestMs = Math.min(this.#earliestMs, Number(op.args[at]))
  }
}
