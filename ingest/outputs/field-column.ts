/** A field of either type as a column of numbers: a text by its code, a number as it is. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { Source } from '../../model/definition.ts'

export class FieldColumn {
  readonly #batch: DecodedBatch
  readonly #text: number
  readonly #number: number

  constructor(field: string, source: Source, batch: DecodedBatch) {
    const at = source.fields.findIndex(({ name }) => name === field)
    this.#batch = batch
    this.#text = batch.layout.textOf[at]!
    this.#number = batch.layout.numberOf[at]!
  }

  /** A code that tells the values of this field apart; 0 where it is absent. */
  codeOf(event: number): number {
    const { texts, numbers } = this.#batch.events
    if (this.#text >= 0) return texts[this.#text]![event]!
    const value = numbers[this.#number]![event]!
    return Number.isNaN(value) ? 0 : this.#batch.dictionary.codeOfText(String(value))
  }

  valueOfCode(code: number): string | number | null {
    const text = this.#batch.dictionary.textOf(code)
    return this.#text >= 0 || text === null ? text : Number(text)
  }

  /** What {@link valueOfNote} makes the value of again. */
  noteOf(event: number): number {
    const { texts, numbers } = this.#batch.events
    return this.#text >= 0 ? texts[this.#text]![event]! : numbers[this.#number]![event]!
  }

  valueOfNote(note: number): string | number | null {
    if (this.#text >= 0) return this.#batch.dictionary.textOf(note)
    return Number.isNaN(note) ? null : note
  }
}
