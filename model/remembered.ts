/** What a partition remembers of its entities to go on with their facts; what a batch did is taken back until it is kept. */
import { DAY_MS } from './chunk.ts'

/** An entity with a longer name, in bytes of UTF-8, finds no place. */
const MOST_ENTITY_BYTES = 256

export class Remembered<Held> {
  readonly #budget: number
  readonly #startsOf: (held: Held) => readonly number[]
  readonly #held = new Map<string, Held>()
  /** What this batch changed, as it was. */
  readonly #before = new Map<string, Held | undefined>()
  /** UTC day -> facts that began on it. */
  readonly #days = new Map<number, number>()
  /** What came before it is forgotten; as it is, and as it was when the batch began. */
  #from = -Infinity
  #fromBefore = -Infinity

  /** `startsOf`: when its facts began, ms. */
  constructor(budget: number, startsOf: (held: Held) => readonly number[]) {
    this.#budget = budget
    this.#startsOf = startsOf
  }

  /** Entities that this batch changed. */
  get changed(): number {
    return this.#before.size
  }

  /** Days on which facts began that are remembered. */
  get days(): Iterable<number> {
    return this.#days.keys()
  }

  get entries(): Iterable<[entity: string, held: Held]> {
    return this.#held
  }

  get(entity: string): Held | undefined {
    return this.#held.get(entity)
  }

  /** As the store holds it. */
  load(entity: string, held: Held): void {
    this.#put(entity, held)
  }

  /** Whether one that is new may be remembered. */
  hasPlaceFor(entity: string): boolean {
    return this.#held.size < this.#budget && Buffer.byteLength(entity) <= MOST_ENTITY_BYTES
  }

  set(entity: string, held: Held): void {
    this.#note(entity)
    this.#put(entity, held)
  }

  drop(entity: string): void {
    this.#note(entity)
    this.#put(entity, undefined)
  }

  /** What came before it is forgotten: a time, or the number of a period. */
  get from(): number {
    return this.#from
  }

  /** Moves {@link from}, which never goes back. False where it was there already. */
  moveTo(from: number): boolean {
    if (from <= this.#from) return false
    this.#from = from
    return true
  }

  /** What is left of each; undefined = nothing. */
  forget(leftOf: (held: Held) => Held | undefined): void {
    for (const [entity, held] of this.#held) {
      const left = leftOf(held)
      if (left === held) continue
      this.#note(entity)
      this.#put(entity, left)
    }
  }

  /** Takes back what came since the last {@link keep}, what was forgotten too. */
  discard(): void {
    for (const [entity, held] of this.#before) this.#put(entity, held)
    this.#before.clear()
    this.#from = this.#fromBefore
  }

  /** Ends the batch: entities that it changed, with what they have now. */
  keep(): [entity: string, held: Held | undefined][] {
    const changed = [...this.#before.keys()].map((entity): [string, Held | undefined] => [
      entity,
      this.#held.get(entity),
    ])
    this.#before.clear()
    this.#fromBefore = this.#from
    return changed
  }

  #note(entity: string): void {
    if (!this.#before.has(entity)) this.#before.set(entity, this.#held.get(entity))
  }

  #put(entity: string, held: Held | undefined): void {
    const before = this.#held.get(entity)
    if (before !== undefined) for (const startMs of this.#startsOf(before)) this.#count(startMs, -1)
    if (held === undefined) this.#held.delete(entity)
    else {
      for (const startMs of this.#startsOf(held)) this.#count(startMs, 1)
      this.#held.set(entity, held)
    }
  }

  #count(startMs: number, times: 1 | -1): void {
    const day = Math.floor(startMs / DAY_MS)
    const count = (this.#days.get(day) ?? 0) + times
    if (count === 0) this.#days.delete(day)
    else this.#days.set(day, count)
  }
}
