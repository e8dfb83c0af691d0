/** The series of a metric by the codes of its key and fields: its name is spelled once, not once an event. Valid until the dictionary is cleared. */
import type { TextDictionary } from '../columns/text-dictionary.ts'
import { TupleCodes } from './tuple-codes.ts'

/** Past so many all are spelled anew. */
const MOST_SERIES = 1 << 16

export interface NamedSeries {
  readonly name: string
  /** By breakdown: the ids that its last reading had. */
  ids: readonly number[]
}

export class SeriesNames {
  readonly #columns: readonly number[]
  readonly #dictionary: TextDictionary
  readonly #tuples = new TupleCodes()
  #known: (NamedSeries | undefined)[] = []
  #epoch = 0

  /** `columns`: those of its key, then of the fields that tell it from others of the same key. */
  constructor(columns: readonly number[], dictionary: TextDictionary) {
    this.#columns = columns
    this.#dictionary = dictionary
  }

  of(texts: readonly Int32Array[], event: number): NamedSeries {
    if (this.#epoch !== this.#dictionary.epoch || this.#tuples.size > MOST_SERIES) this.#clear()
    const columns = this.#columns
    let code = texts[columns[0]!]![event]!
    for (let at = 1; at < columns.length; at++) code = this.#tuples.of(code, texts[columns[at]!]![event]!)
    return (this.#known[code] ??= this.#named(texts, event))
  }

  #named(texts: readonly Int32Array[], event: number): NamedSeries {
    const values = this.#columns.map((column) => this.#dictionary.textOf(texts[column]![event]!))
    return { name: JSON.stringify(values), ids: [] }
  }

  #clear(): void {
    this.#epoch = this.#dictionary.epoch
    this.#tuples.clear()
    this.#known = []
  }
}
