/**
 * The tables of one partition at work. What was fetched may be folded once its journals were read to the ends that they had after the fetch: a change that is written
 * later gets its place behind what was in the log by then (docs/decisions/lookups-from-a-topic.md).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LogError } from '../../log/errors.ts'
import { FollowedLogMoved } from '../../log/follow.ts'
import { JoinedTables } from '../../model/joins/joined-tables.ts'
import { TableHistory, TableView } from '../../model/joins/history.ts'
import { JournalDamaged } from '../../model/joins/journal.ts'
import type { Position } from '../../store/layout/position.ts'
import { Halt } from '../halt.ts'
import type { JournalLog } from './journal-log.ts'

export interface FollowedTable {
  readonly log: JournalLog
  readonly history: TableHistory
}

interface Joined extends FollowedTable {
  readonly name: string
  /** Of the events that are read. */
  readonly view: TableView
  /** Of what was applied. */
  readonly told: TableView
  /** Changes that were taken into account. */
  known: number
}

const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 20

export class PartitionTables {
  readonly joined: JoinedTables
  readonly #partition: number
  readonly #all: readonly Joined[]
  readonly #patienceMs: number
  /** Everything before is joined, or will be with what is known. */
  #coveredTo = 0

  constructor(tables: readonly FollowedTable[], partition: number, patienceMs = PATIENCE_MS) {
    this.#partition = partition
    this.#patienceMs = patienceMs
    this.#all = tables.map(({ log, history }) => ({
      name: log.table.name,
      log,
      history,
      view: new TableView(history, partition),
      told: new TableView(history, partition),
      known: 0,
    }))
    this.joined = new JoinedTables(new Map(this.#all.map(({ name, view }) => [name, view])))
  }

  /** Resolves when all changes are known that could hold for what was fetched before the call. Throws {@link Halt}. */
  async covered(): Promise<void> {
    const untilMs = performance.now() + this.#patienceMs
    for (;;) {
      const why = await this.#waitsFor()
      if (why === null) return
      if (performance.now() > untilMs) throw new Halt('LOOKUP_TABLE', why)
      await sleep(LOOK_EVERY_MS)
    }
  }

  /** What was covered lies before this offset. Throws {@link Halt} where a change came that should have been known before. */
  passed(to: number): void {
    this.#check()
    this.#coveredTo = Math.max(this.#coveredTo, to)
  }

  /** The partition stands here now. Throws {@link Halt}, where its tables are not those that it was counted with. */
  async recovered({ state, tables }: Position): Promise<void> {
    this.#coveredTo = 0
    if (tables !== undefined && tables.size > 0) await this.covered()
    for (const one of this.#all) {
      const told = tables?.get(one.name)
      const { journal } = one.log
      if (told !== undefined && (told.journal !== journal.id || told.next > journal.next))
        throw new Halt(
          'LOOKUP_UNORDERED',
          `${one.log.topic} is not the topic by which ${state.next} offsets were counted: it was deleted, or lost its end`,
        )
      one.known = told === undefined ? 0 : one.view.changesBefore(told.next)
      if (told !== undefined) this.#coveredTo = state.next
    }
    this.#check()
  }

  /** Fields of `pos`, where `next` offsets are counted. Throws {@link Halt}. */
  fields(next: number): string[] {
    this.#check()
    return this.#all.flatMap(({ name, log, history, told }) => {
      if (log.journal.id === '') return []
      told.moveTo(next - 1)
      const at = history.changes[told.version - 1]?.at ?? new Map<number, number>()
      return [`table:${name}`, JSON.stringify([log.journal.id, log.journal.next, Object.fromEntries(at)])]
    })
  }

  #check(): void {
    for (const one of this.#all) {
      const cut = one.view.cutBehind(one.known)
      if (cut < this.#coveredTo)
        throw new Halt(
          'LOOKUP_UNORDERED',
          `a change of ${one.log.table.topic} holds from offset ${cut} of partition ${this.#partition} on, and was not known when offsets up to ${this.#coveredTo} were read`,
        )
      one.known = Math.max(one.known, one.view.placed)
    }
  }

  /** Null: for nothing. */
  async #waitsFor(): Promise<string | null> {
    for (const { log, history } of this.#all) {
      const { topic } = log.table
      try {
        await log.catchUp()
      } catch (error) {
        if (error instanceof JournalDamaged)
          throw new Halt('LOOKUP_TABLE', `the changes of ${topic} in ${log.topic}: ${error.message}`)
        if (error instanceof FollowedLogMoved) throw new Halt('LOOKUP_UNORDERED', error.message)
        if (error instanceof LogError) return `the changes of ${topic} cannot be read: ${error.says}`
        throw error
      }
      if (log.journal.refused !== null) throw new Halt('LOOKUP_TABLE', log.journal.refused)
      if (log.journal.isPending)
        return `a change of ${topic} has no place yet; a worker that follows it is needed`
      if (history.changes.length === 0) return `${topic} was not read yet; a worker that follows it is needed`
    }
    return null
  }
}
