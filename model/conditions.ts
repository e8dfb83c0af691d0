/** `where` of a metric over columns: whether a text passes is found out once a code. */
import type { EventColumns } from './columns.ts'
import type { Condition, Source } from './definition.ts'
import type { ColumnLayout } from './column-layout.ts'
import type { TextDictionary } from './text-dictionary.ts'

/** Of a field of several values: what its text stands for, see `Field.list`. */
export const valuesOfList = (text: string): string[] => JSON.parse(text) as string[]

const FAILS = 1
const PASSES = 2

class Test {
  readonly column: number
  readonly #passesIfFound: boolean
  readonly #values: ReadonlySet<string>
  readonly #dictionary: TextDictionary
  readonly #isList: boolean
  #epoch = -1
  #verdicts = new Uint8Array(256)

  constructor(column: number, isList: boolean, { op, values }: Condition, dictionary: TextDictionary) {
    this.#isList = isList
    this.column = column
    this.#passesIfFound = op === 'is'
    this.#values = new Set(values)
    this.#dictionary = dictionary
  }

  passes(code: number): boolean {
    if (this.#epoch !== this.#dictionary.epoch) {
      this.#epoch = this.#dictionary.epoch
      this.#verdicts.fill(0)
    }
    const known = code < this.#verdicts.length ? this.#verdicts[code]! : 0
    return known === 0 ? this.#find(code) : known === PASSES
  }

  #find(code: number): boolean {
    const text = this.#dictionary.textOf(code)
    const isFound =
      text !== null &&
      (this.#isList ? valuesOfList(text).some((one) => this.#values.has(one)) : this.#values.has(text))
    const passes = isFound === this.#passesIfFound
    if (code >= this.#verdicts.length) {
      const verdicts = new Uint8Array(code * 2)
      verdicts.set(this.#verdicts)
      this.#verdicts = verdicts
    }
    this.#verdicts[code] = passes ? PASSES : FAILS
    return passes
  }
}

export class Conditions {
  readonly #tests: readonly Test[]
  /** A field that is no text is no listed value. */
  readonly #never: boolean

  constructor(where: readonly Condition[], source: Source, layout: ColumnLayout, dictionary: TextDictionary) {
    const placeOf = (field: string): number => source.fields.findIndex(({ name }) => name === field)
    const column = (field: string): number => layout.textOf[placeOf(field)]!
    this.#never = where.some(({ field, op }) => op === 'is' && column(field) < 0)
    this.#tests = where
      .filter(({ field }) => column(field) >= 0)
      .map((condition) => {
        const isList = source.fields[placeOf(condition.field)]!.list === true
        return new Test(column(condition.field), isList, condition, dictionary)
      })
  }

  /** They hold for every event. */
  get areNone(): boolean {
    return this.#tests.length === 0 && !this.#never
  }

  hold({ texts }: EventColumns, event: number): boolean {
    if (this.#never) return false
    for (let t = 0; t < this.#tests.length; t++) {
      const test = this.#tests[t]!
      if (!test.passes(texts[test.column]![event]!)) return false
    }
    return true
  }
}
