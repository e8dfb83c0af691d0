/** One scan as the API has it: a source made of the log, for as long as somebody asks it. */
import type { Source } from '../../model/definition.ts'
import type { Position } from '../../store/layout/position.ts'
import type { Help } from '../engine/plan/help.ts'
import type { OpenPartition, OpenSource } from '../sources/sources.ts'
import { LogMirror, type Brought } from './log-mirror.ts'
import type { Part, PartitionTask, Sized } from './messages.ts'
import { countedSource, readsInOrder, type ScanQuestion } from './question.ts'
import { tooManyRecords } from './refusals.ts'
import type { ThreadClient } from './thread-client.ts'

export interface ScanProgress {
  /** Records passed, and those that there are to pass. */
  readonly records: number
  readonly total: number
}

/** Of one who waits. */
export interface ScanHearing {
  readonly progress?: ((progress: ScanProgress) => void) | undefined
  /** More of it is read. */
  readonly part?: (() => void) | undefined
}

/** The store went back, or the log is another one: begin anew. */
export class ScanBroken extends Error {}

interface Partition {
  readonly task: PartitionTask
  readonly cluster: string
  readonly topic: string
  next: number
  cells: number
}

export class OpenScan {
  readonly question: ScanQuestion
  /** What answers are made of. */
  readonly source: Source
  readonly partitions: readonly OpenPartition[]
  /** The same while it is read for the first time: what of it is read. */
  readonly parts: readonly OpenPartition[]
  readonly #client: ThreadClient
  readonly #number: number
  readonly #reading = new Map<number, Partition>()
  readonly #lost = new Map<number, number | null>()
  readonly #askers = new Map<object, { fromMs: number; heard: ScanHearing }>()
  readonly #mirrors: readonly LogMirror[]
  /** By partition of which a part is read. */
  readonly #partly = new Map<number, Pick<Part, 'records' | 'reachedMs'>>()
  #records = 0
  #total = 0
  #fromMs: number
  #begun: Promise<void> | null = null
  #isRead = false
  isBroken = false
  usedMs = 0

  constructor(
    question: ScanQuestion,
    open: OpenSource,
    positions: readonly (Position | null)[],
    client: ThreadClient,
  ) {
    this.question = question
    this.#client = client
    this.#fromMs = question.fromMs
    this.#number = client.name({
      progress: (records) => this.#heard(records),
      part: (part) => void this.#takePart(part),
    })
    for (const [partition, position] of positions.entries())
      if (position !== null) this.#reading.set(partition, partitionOf(partition, position, open.def))
    const source = countedSource(question)
    this.source = source
    this.#mirrors = open.partitions.map(({ mirror }, partition) => {
      const bring = (position: Position): Promise<Brought> => this.#bring(partition, position)
      return new LogMirror(mirror, source, bring)
    })
    this.partitions = open.partitions.map((one, at) => ({ ...one, mirror: this.#mirrors[at]! }))
    this.parts = open.partitions.map((one, at) => ({
      ...one,
      mirror: this.#mirrors[at]!.part((position) => this.#toldOfPart(at, position)),
    }))
  }

  /** It has all of this time. */
  covers(fromMs: number, toMs: number | null): boolean {
    const { toMs: untilMs } = this.question
    return this.#fromMs <= fromMs && (untilMs === null || (toMs !== null && toMs <= untilMs))
  }

  get cells(): number {
    let cells = 0
    for (const one of this.#reading.values()) cells += one.cells
    return cells
  }

  /** Records read for it so far. */
  get records(): number {
    return this.#records
  }

  get askers(): number {
    return this.#askers.size
  }

  /** All that was there when it began is read. */
  get isRead(): boolean {
    return this.#isRead
  }

  ask(asker: object, fromMs: number, heard: ScanHearing): void {
    this.#askers.set(asker, { fromMs, heard })
    if (this.#total === 0 || this.#isRead) return
    heard.progress?.(this.progress)
    if (heard.part !== undefined) this.#client.wantParts(this.#number)
  }

  get progress(): ScanProgress {
    return { records: Math.min(this.#records, this.#total), total: this.#total }
  }

  /** What the parts hold that were told. */
  get partProgress(): ScanProgress {
    let records = 0
    for (const part of this.#partly.values()) records += part.records
    return { records: Math.min(records, this.#total), total: this.#total }
  }

  /** Whether what is read by now are the newest records, and not the oldest. */
  get isNewestFirst(): boolean {
    return !readsInOrder(this.question)
  }

  leave(asker: object): void {
    this.#askers.delete(asker)
  }

  /** Reads what is there, once: `turn` says when. Throws ProblemError, ScanFailure. */
  begin(
    turn: (work: () => Promise<void>) => Promise<void>,
    mostRecords: number,
    help: Help | null,
  ): Promise<void> {
    this.#begun ??= turn(() => this.#begin(mostRecords, help)).catch((error: unknown) => {
      this.isBroken = true
      throw error
    })
    return this.#begun
  }

  /** Records counted since it was read last: what an answer of now costs. */
  behind(positions: readonly (Position | null)[]): number {
    let records = 0
    for (const [partition, { next }] of this.#reading)
      records += Math.max(0, (positions[partition]?.state.next ?? 0) - next)
    return records
  }

  end(): void {
    this.isBroken = true
    this.#client.end(this.#number)
  }

  async #begin(mostRecords: number, help: Help | null): Promise<void> {
    const all = [...this.#reading.values()]
    const tasks = all.map(({ task }) => task)
    if (this.isBroken) throw new ScanBroken('nobody asks any more')
    const sized: Sized = await this.#client.begin({
      scan: this.#number,
      question: this.question,
      cluster: all[0]?.cluster ?? '',
      partitions: tasks,
    })
    if (sized.records > mostRecords) throw tooManyRecords(this.question, sized.records, mostRecords, help)
    for (const [partition, tsMs] of sized.lost) this.#lost.set(partition, tsMs)
    this.#total = sized.records
    if ([...this.#askers.values()].some(({ heard }) => heard.part !== undefined))
      this.#client.wantParts(this.#number)
    this.#tell()
    await this.readOn()
    this.#isRead = true
  }

  /** To where the store stands now. Throws ScanBroken, ScanFailure, StoreError. */
  async readOn(): Promise<void> {
    const nothing = (): [] => []
    await Promise.all(
      this.partitions.map(async ({ mirror }, partition) => {
        if (this.#reading.has(partition)) await mirror.read(nothing, () => undefined)
      }),
    )
  }

  async #bring(partition: number, position: Position): Promise<Brought> {
    const own = this.#reading.get(partition)
    const { next } = position.state
    if (
      this.isBroken ||
      own === undefined ||
      own.cluster !== position.cluster ||
      own.topic !== position.topic ||
      own.task.first !== position.state.first ||
      next < own.next
    ) {
      this.isBroken = true
      throw new ScanBroken(`partition ${partition} is not where it was`)
    }
    if (next === own.next)
      return { changes: [], position: this.#told(partition, position), fromMs: this.#fromMs }
    this.#moveOn()
    try {
      const order = {
        scan: this.#number,
        partition,
        until: next,
        fromMs: this.#fromMs,
        skips: position.skips,
      }
      const said = await this.#client.advance(order)
      own.next = said.next
      own.cells = said.cells
      return { changes: said.changes, position: this.#told(partition, position), fromMs: this.#fromMs }
    } catch (error) {
      this.isBroken = true
      throw error
    }
  }

  /** Where the log no longer begins with what was counted, answers know only of what came since. */
  #told(partition: number, position: Position): Position {
    const tsMs = this.#lost.get(partition)
    if (tsMs === undefined) return position
    const { state } = position
    // What is gone came no later than the first that is there, and was ahead of it by no more than that.
    const gone = (tsMs ?? state.lastTsMs ?? 0) + this.question.source.futureMs
    return {
      ...position,
      state: { ...state, first: Math.max(1, state.first), sinceMs: Math.max(state.sinceMs ?? 0, gone) },
    }
  }

  /** Windows that nobody asks for any more go, a good part of the range at a time. */
  #moveOn(): void {
    const asked = Math.min(...[...this.#askers.values()].map(({ fromMs }) => fromMs))
    const { ms } = this.question.interval
    const leastMs = Math.max(16 * ms, 60_000)
    if (Number.isFinite(asked) && asked - this.#fromMs > leastMs) this.#fromMs = Math.floor(asked / ms) * ms
  }

  #heard(records: number): void {
    this.#records += records
    if (!this.#isRead) this.#tell()
  }

  #tell(): void {
    for (const { heard } of this.#askers.values()) heard.progress?.(this.progress)
  }

  async #takePart({ partition, changes, ...part }: Part): Promise<void> {
    await this.#mirrors[partition]!.takePart(changes)
    if (this.#isRead || this.isBroken) return
    this.#partly.set(partition, part)
    for (const { heard } of this.#askers.values()) heard.part?.()
  }

  /** Of newest first nothing is known of the time before what was read; of a partition of which nothing was read, nothing at all. */
  #toldOfPart(partition: number, position: Position): Position {
    const told = this.#told(partition, position)
    const reachedMs = this.#partly.get(partition)?.reachedMs
    if (reachedMs === null || !this.#reading.has(partition)) return told
    const { state } = told
    const sinceMs = Math.max(state.sinceMs ?? 0, reachedMs ?? state.lastTsMs ?? 0)
    return { ...told, state: { ...state, first: Math.max(1, state.first), sinceMs } }
  }
}

function partitionOf(partition: number, { cluster, topic, skips, state }: Position, def: string): Partition {
  const zone = JSON.stringify([cluster, topic, partition, def])
  const task = { partition, first: state.first, next: state.next, skips, zone }
  return { task, cluster, topic, next: state.first, cells: 0 }
}
