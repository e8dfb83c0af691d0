/** Which chunks the clock has passed, a bounded number a call, without asking the store when nothing can be due. */
import type { Argument, Command } from '../store/connection.ts'
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
      if (dueMs <= clockMs && retired.length < MOST_A_CALL) retired.push(flat[at]!.toString())
      else {
        this.#earliestMs = dueMs
        break
      }
    }
    return retired
  }

  /** Score, member ...: what a cut adds to the list may be due sooner than all before. */
  noteAdded(due: readonly Argument[]): void {
    for (let at = 0; at < due.length; at += 2) this.#earliestMs = Math.min(this.#earliestMs, Number(due[at]))
  }
}
