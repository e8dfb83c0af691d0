/** What a batch adds to `due`: chunks go with their group of windows, of which one member tells; it changes when names come that it does not speak of yet. */
import type { Source } from '../../model/definition.ts'
import type { ApplyCall } from '../../store/calls/apply-call.ts'
import {
  blocksWith,
  dueGroupOf,
  dueOfNames,
  groupDueMs,
  groupMember,
  totalMember,
} from '../../store/layout/due.ts'

type Changes = Pick<ApplyCall, 'sortedSet' | 'member' | 'withoutMembers' | 'gone'>

const MOST_GROUPS = 20_000

interface Group {
  readonly interval: number
  readonly group: number
  readonly dueMs: number
  /** Of each breakdown but the total, as far as this worker saw it. */
  readonly blocks: number[]
  /** As it was written last by this worker. */
  member: string | null
  isChanged: boolean
}

export class DueWrites {
  readonly #source: Source
  /** By interval, then group. */
  readonly #groups: Map<number, Group>[]
  readonly #changed: Group[] = []
  readonly #added = new Map<string, number>()
  #notedMs = Infinity

  constructor(source: Source) {
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
    const held = this.#groupOf(interval, group, dueMs)
    const blocks = Math.max(blocksWith(block), held.blocks[breakdown - 1]!)
    if (held.member !== null && held.blocks[breakdown - 1] === blocks) return
    held.blocks[breakdown - 1] = blocks
    if (!held.isChanged) this.#changed.push(held)
    held.isChanged = true
  }

  /** A table of names that is new in the store. */
  addNames(breakdown: number, day: number): void {
    const due = dueOfNames(this.#source.breakdowns[breakdown]!.name, day, this.#source.intervals)
    if (due !== null) this.#added.set(due.member, due.dueMs)
  }

  /** Something was added elsewhere that is due then. */
  note(dueMs: number): void {
    this.#notedMs = Math.min(this.#notedMs, dueMs)
  }

  /** Answers when the first of what was added is due; Infinity where nothing was. */
  write(changes: Changes): number {
    const superseded: string[] = []
    for (const held of this.#changed) {
      if (held.member !== null) superseded.push(held.member)
      held.member = groupMember(this.#source.intervals[held.interval]!.name, held.group, held.blocks)
      held.isChanged = false
      this.#added.set(held.member, held.dueMs)
    }
    this.#changed.length = 0
    if (superseded.length > 0) changes.withoutMembers('due')
    for (const member of superseded) changes.gone(member)
    let earliestMs = this.#notedMs
    this.#notedMs = Infinity
    if (this.#added.size > 0) changes.sortedSet('due')
    for (const [member, dueMs] of this.#added) {
      changes.member(dueMs, member)
      earliestMs = Math.min(earliestMs, dueMs)
    }
    this.#added.clear()
    return earliestMs
  }

  /** Between two batches. A group that is forgotten gets a second member when something new comes to it. */
  trim(): void {
    for (const groups of this.#groups) if (groups.size > MOST_GROUPS) groups.clear()
  }

  #groupOf(interval: number, group: number, dueMs: number): Group {
    let held = this.#groups[interval]!.get(group)
    if (!held) {
      const blocks = this.#source.breakdowns.slice(1).map(() => 1)
      held = { interval, group, dueMs, blocks, member: null, isChanged: false }
      this.#groups[interval]!.set(group, held)
    }
    return held
  }
}
