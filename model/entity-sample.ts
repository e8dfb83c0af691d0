/**
 * A sample of the entities that had sessions in a partition, so that one seen in two of them is noticed: by place (a part of the hash of its name) the entity
 * whose hash is least. Two partitions whose entities are apart have nothing in common; where all are in both, every place is the same.
 */
import { createHash } from 'node:crypto'

export const SAMPLE_PLACES = 256
const HASH_BYTES = 6

export class EntitySample {
  /** Hash + 1 by place; 0 = none yet. */
  readonly #held = new Map<number, number>()
  /** What this batch changed, as it was. */
  readonly #before = new Map<number, number>()

  load(place: number, hash: number): void {
    this.#held.set(place, hash)
  }

  add(entity: string): void {
    const digest = createHash('sha256').update(entity).digest()
    const hash = digest.readUIntBE(0, HASH_BYTES) + 1
    const place = digest[HASH_BYTES]! % SAMPLE_PLACES
    const held = this.#held.get(place) ?? 0
    if (held !== 0 && held <= hash) return
    if (!this.#before.has(place)) this.#before.set(place, held)
    this.#held.set(place, hash)
  }

  get changed(): number {
    return this.#before.size
  }

  discard(): void {
    for (const [place, hash] of this.#before)
      if (hash === 0) this.#held.delete(place)
      else this.#held.set(place, hash)
    this.#before.clear()
  }

  /** Ends the batch: places that it changed, with what they have now. */
  keep(): [place: number, hash: number][] {
    const changed = [...this.#before.keys()].map((place): [number, number] => [place, this.#held.get(place)!])
    this.#before.clear()
    return changed
  }
}
