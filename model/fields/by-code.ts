/** What is worked out once for each code of a dictionary, or for each of a few small numbers, and remembered while codes mean the same. */
import type { TextDictionary } from '../columns/text-dictionary.ts'

export class ByCode {
  readonly #dictionary: TextDictionary
  readonly #find: (code: number) => number
  #values = new Float64Array(256).fill(NaN)
  #epoch = -1

  constructor(dictionary: TextDictionary, find: (code: number) => number) {
    this.#dictionary = dictionary
    this.#find = find
  }

  of(code: number): number {
    if (this.#epoch !== this.#dictionary.epoch) {
      this.#epoch = this.#dictionary.epoch
      this.#values.fill(NaN)
    }
    if (code < this.#values.length) {
      const known = this.#values[code]!
      if (!Number.isNaN(known)) return known
    } else {
      const wider = new Float64Array(code * 2).fill(NaN)
      wider.set(this.#values)
      this.#values = wider
    }
    return (this.#values[code] = this.#find(code))
  }
}
