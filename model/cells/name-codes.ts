/** Ids of names by the codes of their values: what the fold asks once an event and breakdown, without spelling a name. */
import { drawOf, type Dictionary, OTHER_ID, type Value } from '../dictionary.ts'
import type { Run } from '../run.ts'
import type { TextDictionary } from '../columns/text-dictionary.ts'
import { TupleCodes } from './tuple-codes.ts'

/** A new name, and its id. */
export type NameAdded = (name: string, id: number) => void

/** One breakdown. Valid until the dictionary is cleared. */
export class NameCodes {
  readonly #columns: readonly number[]
  readonly #dictionary: TextDictionary
  readonly #budget: number
  readonly #listColumn: number
  readonly #tuples = new TupleCodes()
  /** By names of a day: id + 1 by code of the tuple. */
  #memos = new Map<Dictionary, Int32Array>()
  #names: Dictionary | null = null
  #memo: Int32Array = new Int32Array(0)
  #epoch = 0

  /** `columns`: the text columns of the breakdown's fields. `listColumn`: the one of them that holds several values; -1 for none. */
  constructor(columns: readonly number[], dictionary: TextDictionary, budget: number, listColumn = -1) {
    this.#listColumn = listColumn
    this.#columns = columns
    this.#dictionary = dictionary
    this.#budget = budget
  }

  /** Of the event at place `n` of a run; `one`: the code of the one of its several values that is meant. */
  idOf(names: Dictionary, run: Run, n: number, added: NameAdded, one = 0): number {
    const [{ texts }, event] = [run.batch.events, run.events[n]!]
    if (names !== this.#names || this.#epoch !== this.#dictionary.epoch) this.#turnTo(names)
    const columns = this.#columns
    let code = columns[0] === this.#listColumn ? one : texts[columns[0]!]![event]!
    for (let at = 1; at < columns.length; at++)
      code = this.#tuples.of(code, columns[at] === this.#listColumn ? one : texts[columns[at]!]![event]!)
    const known = code < this.#memo.length ? this.#memo[code]! : 0
    if (known > OTHER_ID + 1) return known - 1
    const step = run.steps[n]!
    const draw = drawOf(run.batch.offsets[step]!, event - run.batch.eventsFrom[step]!)
    if (known === OTHER_ID + 1 && !names.admits(this.#budget, draw)) return OTHER_ID
    return this.#add(names, code, texts, event, draw, added, one)
  }

  /** A name that was taken back may get another id. */
  forget(): void {
    this.#memos.clear()
    this.#names = null
  }

  #add(
    names: Dictionary,
    code: number,
    texts: readonly Int32Array[],
    event: number,
    draw: number,
    added: NameAdded,
    one: number,
  ): number {
    const values = this.#columns.map(
      (column): Value => this.#dictionary.textOf(column === this.#listColumn ? one : texts[column]![event]!),
    )
    const id = names.idOf(values, this.#budget, draw, added)
    if (this.#tuples.size > MOST_TUPLES) {
      this.#tuples.clear()
      this.forget()
      return id
    }
    if (code >= this.#memo.length) {
      const memo = new Int32Array(Math.max(256, code * 2))
      memo.set(this.#memo)
      this.#memo = memo
      this.#memos.set(names, memo)
    }
    this.#memo[code] = id + 1
    return id
  }

  #turnTo(names: Dictionary): void {
    if (this.#epoch !== this.#dictionary.epoch) {
      this.#epoch = this.#dictionary.epoch
      this.#memos.clear()
      this.#tuples.clear()
    }
    if (this.#memos.size > MOST_DAYS) this.#memos.clear()
    this.#names = names
    this.#memo = this.#memos.get(names) ?? new Int32Array(0)
  }
}

/** Days whose ids are remembered, and tuples: past that all is looked up anew. */
const MOST_DAYS = 16
const MOST_TUPLES = 1 << 17
