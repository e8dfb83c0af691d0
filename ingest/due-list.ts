/** `due`: what a cut adds to it, and what the clock has passed, a bounded number of keys a call, without asking the store when nothing can be due. */
import type { Source } from '../model/definition.ts'
import type { ApplyCall } from '../store/apply-call.ts'
import type { Command } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import {
  blocksWith,
  dueGroupOf,
  dueOfNames,
  groupDueMs,
  groupMember,
  suffixesOfDue,
  totalMember,
} from '../store/layout/due.ts'

const MOST_SUFFIXES_A_CALL = 512
const MEMBERS_A_QUESTION = 64
const MOST_GROUPS = 20_000

interface Group {
  readonly interval: number
  readonly group: number
  readonly dueMs: number
  readonly blocks: number[]
  /** As it was written last by this worker. */
  member: string | null
  isChanged: boolean
}

export class DueList {
  readonly #keys: PartitionKeys
  readonly #source: Source
  /** By interval, then group. */
  readonly #groups: Map<number, Group>[]
  #count = 0
  readonly #changed: Group[] = []
  readonly #added = new Map<string, number>()
  /** Nothing in the store is due before this, ms of log clock; -1 = not known. */
  #earliestMs = -1
  /** A member that one call could not free whole, and how much of it is freed. */
  #begun = { member: '', freed: 0 }
  #retired: string[] = []
  /** The clock of the last question: what it passed may be freed. */
  lastPassedMs = -1

  constructor(keys: PartitionKeys, source: Source) {
    this.#keys = keys
    this.#source = source
    this.#groups = source.intervals.map(() => new Map<number, Group>())
  }

  /** A chunk that is new in the store; one told again does no harm. */
  addChunk(breakdown: number, interval: number, block: number, chunkGroup: number): void {
    const isTotal = breakdown === 0
    const group = dueGroupOf(isTotal, block, chunkGroup)
    const dueMs = groupDueMs(this.#source.intervals[interval]!, isTotal, group)
    if (dueMs === null) return
    if (isTotal)
      return void this.#added.set(totalMember(this.#source.intervals[interval]!.name, group), dueMs)
    let held = this.#groups[interval]!.get(group)
    if (!held) {
      const blocks = this.#source.breakdowns.slice(1).map(() => 1)
      held = { interval, group, dueMs, blocks, member: null, isChanged: false }
      this.#groups[interval]!.set(group, held)
      this.#count++
    }
    const blocks = blocksWith(block)
    if (held.member !== null && held.blocks[breakdown - 1]! >= blocks) return
    held.blocks[breakdown - 1] = Math.max(blocks, held.blocks[breakdown - 1]!)
    if (!held.isChanged) this.#changed.push(held)
    held.isChanged = true
  }

  /** A table of names that is new in the store. */
  addNames(breakdown: number, day: number): void {
    const due = dueOfNames(this.#source.breakdowns[breakdown]!.name, day, this.#source.intervals)
    if (due !== null) this.#added.set(due.member, due.dueMs)
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

  /** Suffixes to free now, from the answer: member, score ..., ascending. The members that they are all of go with {@link write}. */
  answer(flat: readonly Buffer[], clockMs: number): string[] {
    const suffixes: string[] = []
    this.#earliestMs = Infinity
    for (let at = 0; at < flat.length; at += 2) {
      const dueMs = Number(flat[at + 1]!.toString())
      // law L11: only what is due is retired
      const isDue = dueMs <= clockMs && at < 2 * MEMBERS_A_QUESTION
      if (!isDue || !this.#free(flat[at]!.toString(), suffixes)) {
        this.#earliestMs = dueMs
        break
      }
    }
    return suffixes
  }

  /** False where room for all of it is only in the next call. */
  #free(member: string, suffixes: string[]): boolean {
    const all = suffixesOfDue(member, this.#source)
    const from = this.#begun.member === member ? this.#begun.freed : 0
    const to = Math.min(all.length, from + MOST_SUFFIXES_A_CALL - suffixes.length)
    for (let at = from; at < to; at++) suffixes.push(all[at]!)
    this.#begun = { member, freed: to }
    if (to < all.length) return false
    this.#retired.push(member)
    return true
  }

  /** Into the call that writes what was added and frees what was answered. */
  write(call: ApplyCall): void {
    const { intervals } = this.#source
    for (const held of this.#changed) {
      if (held.member !== null) this.#retired.push(held.member)
      held.member = groupMember(intervals[held.interval]!.name, held.group, held.blocks)
      held.isChanged = false
      this.#added.set(held.member, held.dueMs)
    }
    if (this.#retired.length > 0) {
      call.withoutMembers('due')
      for (const member of this.#retired) call.gone(member)
    }
    if (this.#added.size > 0) {
      call.sortedSet('due')
      for (const [member, dueMs] of this.#added) {
        call.member(dueMs, member)
        this.#earliestMs = Math.min(this.#earliestMs, dueMs) // it may be due sooner than all before
      }
    }
    this.#changed.length = 0
    this.#retired = []
    this.#added.clear()
    if (this.#count > MOST_GROUPS) {
      for (const groups of this.#groups) groups.clear()
      this.#count = 0
    }
  }
}
