/** Samples of the entities of each partition: whether one is in two of them (model/entity-sample.ts). */
import { entitiesSuffix } from '../../../store/layout/facts.ts'
import type { Hashes } from '../rows/chunks.ts'

export class EntitySamples {
  /** By partition: place -> hash. */
  readonly #held = new Map<number, ReadonlyMap<string, unknown>>()

  readonly suffix: string

  constructor(fact: string) {
    this.suffix = entitiesSuffix(fact)
  }

  take(partition: number, held: Hashes): void {
    const sample = held.get(this.suffix)
    if (sample === undefined) this.#held.delete(partition)
    else this.#held.set(partition, sample)
  }

  lose(partition: number): void {
    this.#held.delete(partition)
  }

  /** Two partitions have the same hash at the same place. */
  get isAnyTwice(): boolean {
    const seen = new Set<string>()
    for (const sample of this.#held.values())
      for (const [place, hash] of sample) {
        const one = `${place} ${String(hash)}`
        if (seen.has(one)) return true
        seen.add(one)
      }
    return false
  }
}
