/**
 * From queued record batches to the writes of one apply: reads, decodes, folds, and asks the outputs what they come to. Holds what is believed of the
 * store between two batches; after a fault it is made anew (law L3).
 */
import { setImmediate as yieldToLoop } from 'node:timers/promises'
import type { Source } from '../model/definition.ts'
import type { Delta } from '../model/delta.ts'
import { daysOf, Fold } from '../model/fold.ts'
import type { PartitionState } from '../model/partition-state.ts'
import type { RejectReason } from '../model/decode/decode.ts'
import type { Command, Store } from '../store/connection/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import { DueWrites } from './outputs/due-writes.ts'
import { createOutputs, type Outputs } from './outputs/list.ts'
import type { Changes } from './outputs/output.ts'
import type { Reader } from './reader.ts'

const SLICE_MS = 2
const STEPS_A_READ = 256

/** What a folded batch comes to, for those who count. */
export interface Folded {
  readonly cells: number
  /** Pairs that its apply writes, about. */
  readonly pairs: number
  readonly rejects: readonly RejectReason[]
}

export class Folding {
  readonly #store: Store
  readonly #reader: Reader
  readonly #fold: Fold
  readonly #outputs: Outputs
  readonly #due: DueWrites
  #step = 0

  /** Takes the reader where it stands; what it has read before is dropped. */
  constructor(store: Store, keys: PartitionKeys, source: Source, reader: Reader) {
    this.#store = store
    this.#reader = reader
    this.#due = new DueWrites(source)
    this.#outputs = createOutputs(source, keys, reader.batch)
    this.#fold = new Fold(source, this.#outputs.all, this.#outputs.ids?.seen)
    this.#step = reader.batch.steps
  }

  /** All that was read is folded. */
  get isEmpty(): boolean {
    return this.#reader.empty && this.#step >= this.#reader.batch.steps
  }

  /** A delta of nothing. */
  begin(state: PartitionState, mostPairs?: number): Delta {
    const { batch } = this.#reader
    if (batch.dictionary.isFull && this.#step >= batch.steps) batch.dictionary.clear()
    return this.#fold.begin(state, mostPairs)
  }

  /** Folds until the delta is full or the queue is empty, giving the event loop its turn every 2 ms. */
  async fold(state: PartitionState, mostPairs?: number): Promise<Delta> {
    const { batch } = this.#reader
    await this.#outputs.ids?.load(this.#store, state.logClockMs)
    await this.#outputs.readings?.load(this.#store)
    for (const one of this.#outputs.facts) await one.load(this.#store)
    const delta = this.begin(state, mostPairs)
    let sliceMs = performance.now()
    while (!delta.isFull) {
      if (this.#step >= batch.steps) {
        const hasSome = delta.state.next > delta.base
        // What is good before a fault is applied first; and codes can only be given up between two deltas.
        if (hasSome && (this.#reader.isStuck || batch.dictionary.isFull)) break
        this.#reader.read(STEPS_A_READ)
        this.#step = 0
        if (batch.steps === 0) break
        const days = daysOf(batch)
        await this.#outputs.names.load(this.#store, days, delta.newestBeforeMs)
        for (const one of this.#outputs.facts) await one.loadNames(this.#store, days, delta.newestBeforeMs)
      }
      this.#step = this.#fold.into(delta, batch, this.#step)
      if (performance.now() - sliceMs > SLICE_MS) {
        await yieldToLoop()
        sliceMs = performance.now()
      }
    }
    return delta
  }

  /** Loads what the writes of a delta need; answers the replies to `extra`, which travels along. */
  async load(delta: Delta, extra: readonly Command[], nowMs: number): Promise<unknown[]> {
    const { all } = this.#outputs
    const reads = all.map((output) => output.reads(delta, nowMs))
    const commands = [...reads.flat(), ...extra]
    const replies = commands.length === 0 ? [] : await this.#store.pipeline(commands)
    let at = 0
    for (const [o, output] of all.entries()) output.take(replies.slice(at, (at += reads[o]!.length)), delta)
    return replies.slice(at)
  }

  /** Writes the changes of a delta whose needs are loaded: they are believed from here on. Answers when the first of what is new is due. */
  write(delta: Delta, changes: Changes): number {
    for (const output of this.#outputs.all) output.write(delta, changes, this.#due)
    return this.#due.write(changes)
  }

  get folded(): Folded {
    const { cells, rejects } = this.#outputs
    return { cells: cells.count, pairs: this.#fold.pairs, rejects: rejects.reasons }
  }

  /** Keys that were retired along with the last batch. */
  forget(suffixes: readonly string[]): void {
    if (suffixes.length > 0) for (const output of this.#outputs.all) output.forget?.(suffixes)
  }

  trim(): void {
    this.#due.trim()
    for (const output of this.#outputs.all) output.trim?.()
  }
}
