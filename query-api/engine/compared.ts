/** What is asked for and what it is compared with, from the same partitions: each of the two takes in what it needs of one reading. */
import type { Wanted } from '../../store/mirror/mirror-options.ts'
import type { Hashes } from './rows/chunks.ts'
import type { Marks } from './rows/partition-rows.ts'

/** Cells of all partitions, as they are now. */
export interface Gathered {
  wanted(partition: number, held: Hashes): Wanted
  fold(partition: number, held: Hashes, marks: Marks): Generator<void, unknown>
  lose(partition: number): void
  readonly cells: number
}

export class Compared<G extends Gathered> {
  readonly now: G
  /** Null where nothing is compared. */
  readonly before: G | null

  constructor(now: G, before: G | null) {
    this.now = now
    this.before = before
  }

  wanted(partition: number, held: Hashes): Wanted {
    return [...this.now.wanted(partition, held), ...(this.before?.wanted(partition, held) ?? [])]
  }

  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    yield* this.now.fold(partition, held, marks)
    if (this.before !== null) yield* this.before.fold(partition, held, marks)
  }

  get cells(): number {
    return this.now.cells + (this.before?.cells ?? 0)
  }

  lose(partition: number): void {
    this.now.lose(partition)
    this.before?.lose(partition)
  }
}
