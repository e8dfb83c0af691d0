/** What every fact does alike: its cells and what its entities are remembered by are loaded, begun, discarded and written together. */
import type { Delta } from '../../model/delta.ts'
import type { Run } from '../../model/run.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import type { DueWrites } from './due-writes.ts'
import type { FactCells } from './fact-cells.ts'
import type { FactStates } from './fact-states.ts'
import type { Changes, FactsOutput } from './output.ts'

/** What is known of each entity, and of the days on which its facts began. */
interface Entities {
  readonly remembered: { readonly days: Iterable<number>; discard(): void }
}

export abstract class FactOutput<State> implements FactsOutput {
  abstract readonly pairsPerEvent: number
  protected abstract readonly cells: FactCells
  protected abstract readonly states: FactStates<State>
  protected abstract readonly entities: Entities

  abstract add(run: Run): void

  get pairs(): number {
    return this.cells.pairs + this.states.pairs
  }

  /** Must be called before anything is folded. */
  load(store: Store): Promise<void> {
    return this.states.load(store)
  }

  /** Names of the days on which facts began, or may begin by events of these days. */
  loadNames(store: Store, days: Iterable<number>, newestMs: number | null): Promise<void> {
    return this.cells.load(store, new Set([...days, ...this.entities.remembered.days]), newestMs)
  }

  begin(): void {
    this.cells.begin()
    this.entities.remembered.discard()
    this.states.sample.discard()
  }

  discard(): void {
    this.cells.discard()
    this.entities.remembered.discard()
    this.states.sample.discard()
  }

  reads(delta: Delta): Command[] {
    return this.cells.reads(delta)
  }

  take(replies: readonly unknown[]): void {
    this.cells.take(replies)
  }

  write(delta: Delta, changes: Changes, due: DueWrites): void {
    this.states.write(changes)
    this.cells.write(delta, changes, due)
  }

  forget(suffixes: readonly string[]): void {
    this.cells.forget(suffixes)
  }

  trim(): void {
    this.cells.trim()
  }
}
