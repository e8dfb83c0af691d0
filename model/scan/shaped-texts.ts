/** Texts that are made into others, such as the spellings of one page: each is made once and then known by its bytes. */
import { TextDictionary } from '../columns/text-dictionary.ts'

export class ShapedTexts {
  readonly #given = new TextDictionary()
  readonly #made: TextDictionary
  readonly #shape: (text: string) => string | null
  /** By code of the given text, code of what it is made into, and one more; 0: not made yet. */
  #codes = new Int32Array(1024)
  #epoch = 0

  constructor(made: TextDictionary, shape: (text: string) => string | null) {
    this.#made = made
    this.#shape = shape
  }

  /** Code, in the other dictionary, of what `bytes[from, to)` is made into; 0 where that is nothing. */
  codeOf(bytes: Buffer, from: number, to: number): number {
    if (this.#epoch !== this.#made.epoch || this.#given.isFull) this.#forget()
    const given = this.#given.codeOf(bytes, from, to)
    if (given >= this.#codes.length) {
      const codes = new Int32Array(given * 2)
      codes.set(this.#codes)
      this.#codes = codes
    }
    const known = this.#codes[given]!
    if (known > 0) return known - 1
    const text = this.#shape(bytes.toString('utf8', from, to))
    const code = text === null ? 0 : this.#made.codeOfText(text)
    this.#codes[given] = code + 1
    return code
  }

  #forget(): void {
    this.#epoch = this.#made.epoch
    this.#codes.fill(0)
    this.#given.clear()
  }
}
