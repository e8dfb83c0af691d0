/** Suffixes of the hashes that one partition needs for some windows; the same list while nothing about it changes. */
import type { Chunks, Hashes } from './chunks.ts'

/** Names of a day, and how many it had given out. */
interface Named {
  readonly suffix: string
  readonly names: number
}

export class WantedHashes {
  readonly #chunks: Chunks
  /** The total needs no names. */
  readonly #isTotal: boolean
  #first = 0
  #end = 0
  #named: readonly Named[] = []
  #suffixes: readonly string[] = []
  #count = 0

  constructor(chunks: Chunks, isTotal: boolean) {
    this.#chunks = chunks
    this.#isTotal = isTotal
  }

  /** For windows `[first, end)`. `count` hears how many chunks they are. */
  of(held: Hashes, first: number, end: number, count: (chunks: number) => void): readonly string[] {
    const isSame =
      first === this.#first &&
      end === this.#end &&
      this.#named.every(({ suffix, names }) => names === this.#chunks.namedIn(held, suffix))
    if (isSame) {
      count(this.#count)
      return this.#suffixes
    }
    const chunks = this.#chunks.covering(held, first, end)
    count(chunks.length)
    const days = this.#chunks.days(first, end).map((day) => this.#chunks.namesOf(day))
    this.#count = chunks.length
    this.#first = first
    this.#end = end
    this.#named = days.map((suffix) => ({ suffix, names: this.#chunks.namedIn(held, suffix) }))
    this.#suffixes = [...(this.#isTotal ? [] : days), ...chunks.map((at) => this.#chunks.suffix(at))]
    return this.#suffixes
  }
}
