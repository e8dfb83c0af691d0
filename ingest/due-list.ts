/** What the clock has passed, a bounded number of keys a call, without asking the store when nothing can be due. */
import type { Source } from '../model/definition.ts'
import type { Command } from '../store/connection/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import { suffixesOfDue } from '../store/layout/due.ts'

const MOST_SUFFIXES_A_CALL = 512
const MEMBERS_A_QUESTION = 64

export interface Retired {
  readonly suffixes: string[]
  /** Members of `due` of which nothing is left. */
  readonly members: string[]
}

export class DueList {
  readonly #keys: PartitionKeys
  readonly #source: Source
  /** Nothing in the store is due before this, ms of log clock; -1 = not known. */
  #earliestMs = -1
  /** A member that one call could not free whole, and how much of it is freed. */
  #begun = { member: '', freed: 0 }
  /** The clock of the last question: what it passed may be freed. */
  lastPassedMs = -1

  constructor(keys: PartitionKeys, source: Source) {
    this.#keys = keys
    this.#source = source
  }

  /** What to ask the store along with the next read: nothing, while nothing can be due at `clockMs`. */
  question(clockMs: number): Command[] {
    this.lastPassedMs = clockMs
    // law L11: what is due is asked for
    return clockMs < 0 || clockMs < this.#earliestMs
      ? []
      : [['ZRANGE', this.#keys.due, '0', String(MEMBERS_A_QUESTION), 'WITHSCORES']]
  }

  /** More is due than the last call could carry. */
  get behind(): boolean {
    return this.#earliestMs >= 0 && this.#earliestMs <= this.lastPassedMs
  }

  /** What to free now, from the answer: member, score ..., ascending. */
  answer(flat: readonly Buffer[], clockMs: number): Retired {
    const retired: Retired = { suffixes: [], members: [] }
    this.#earliestMs = Infinity
    for (let at = 0; at < flat.length; at += 2) {
      const dueMs = Number(flat[at + 1]!.toString())
      // law L11: only what is due is retired
      const isDue = dueMs <= clockMs && at < 2 * MEMBERS_A_QUESTION
      if (!isDue || !this.#free(flat[at]!.toString(), retired)) {
        this.#earliestMs = dueMs
        break
      }
    }
    return retired
  }

  /** False where room for all of it is only in the next call. */
  #free(member: string, { suffixes, members }: Retired): boolean {
    const all = suffixesOfDue(member, this.#source)
    const from = this.#begun.member === member ? this.#begun.freed : 0
    const to = Math.min(all.length, from + MOST_SUFFIXES_A_CALL - suffixes.length)
    for (let at = from; at < to; at++) suffixes.push(all[at]!)
    this.#begun = { member, freed: to }
    if (to < all.length) return false
    members.push(member)
    return true
  }

  /** Something was added that is due then: it may be sooner than all before. */
  noteAdded(dueMs: number): void {
    this.#earliestMs = Math.min(this.#earliestMs, dueMs)
  }
}
