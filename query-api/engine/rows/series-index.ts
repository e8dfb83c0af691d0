/** Small numbers for the series of one query, so that hot loops index arrays. Shared by all ranges that one answer compares. */
import type { SeriesName } from '../plan/projection.ts'

/** Numbers are not given back: past this many it is time to begin anew. */
const MANY = 20_000

export class SeriesIndex {
  readonly names: SeriesName[] = []
  readonly #numbers = new Map<string, number>()

  get isWorn(): boolean {
    return this.names.length >= MANY
  }

  of(name: SeriesName): number {
    let number = this.#numbers.get(name.key)
    if (number === undefined) {
      number = this.names.push(name) - 1
      this.#numbers.set(name.key, number)
    }
    return number
  }
}
