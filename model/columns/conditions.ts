/** Conditions over columns: of the metrics of a definition, and of queries that read the log. What a text comes to is found out once a code; numbers are compared where they stand. */
import type { ColumnLayout } from './column-layout.ts'
import type { EventColumns } from './columns.ts'
import { testsOf } from '../condition-text.ts'
import type { Condition, Source, Test } from '../definition.ts'
import type { TextDictionary } from './text-dictionary.ts'

/** Of a field of several values: what its text stands for, see `Field.list`. */
export const valuesOfList = (text: string): string[] => JSON.parse(text) as string[]

/** Whether the event at this place meets a condition. */
type Holds = (events: EventColumns, event: number) => boolean

export class Conditions {
  readonly #all: readonly Holds[]

  /** `layout` must hold every field that they name. */
  constructor(where: readonly Condition[], source: Source, layout: ColumnLayout, dictionary: TextDictionary) {
    this.#all = where.map((one): Holds => {
      const tests = testsOf(one).map((test) => compileTest(test, source, layout, dictionary))
      return tests.length === 1 ? tests[0]! : (events, event) => tests.some((holds) => holds(events, event))
    })
  }

  /** They hold for every event. */
  get areNone(): boolean {
    return this.#all.length === 0
  }

  hold(events: EventColumns, event: number): boolean {
    for (let at = 0; at < this.#all.length; at++) if (!this.#all[at]!(events, event)) return false
    return true
  }
}

function compileTest(test: Test, source: Source, layout: ColumnLayout, dictionary: TextDictionary): Holds {
  const place = source.fields.findIndex(({ name }) => name === test.field)
  const { type, list } = source.fields[place]!
  if (type === 'number') {
    const column = layout.numberOf[place]!
    const holds = compileNumber(test)
    return ({ numbers }, event) => holds(numbers[column]![event]!)
  }
  return compileText(test, list === true, layout.textOf[place]!, dictionary)
}

/** An absent number is NaN: no comparison holds of it, and `not` always does. */
function compileNumber({ op, values }: Test): (value: number) => boolean {
  const numbers = values.map(Number)
  const [a, b] = [numbers[0]!, numbers[1]!]
  switch (op) {
    case 'gt':
      return (value) => value > a
    case 'ge':
      return (value) => value >= a
    case 'lt':
      return (value) => value < a
    case 'le':
      return (value) => value <= a
    case 'between':
      return (value) => value >= a && value <= b
    case 'is':
      return (value) => numbers.some((one) => one === value)
    case 'not':
      return (value) => !numbers.some((one) => one === value)
    case 'exists':
      return (value) => Number.isNaN(value) === (values[0] === 'false')
    default:
      throw new RangeError(`${op} is for texts`)
  }
}

const FAILS = 1
const PASSES = 2

function compileText(test: Test, isList: boolean, column: number, dictionary: TextDictionary): Holds {
  const judge = compileJudge(test)
  let verdicts = new Uint8Array(256)
  let epoch = dictionary.epoch
  return ({ texts }, event) => {
    const code = texts[column]![event]!
    if (epoch !== dictionary.epoch) {
      epoch = dictionary.epoch
      verdicts.fill(0)
    }
    if (code >= verdicts.length) {
      const wider = new Uint8Array(code * 2)
      wider.set(verdicts)
      verdicts = wider
    }
    const known = verdicts[code]!
    if (known !== 0) return known === PASSES
    const text = dictionary.textOf(code)
    const passes = judge(text === null ? [] : isList ? valuesOfList(text) : [text])
    verdicts[code] = passes ? PASSES : FAILS
    return passes
  }
}

/** Of the values that an event has of a field: none, one, or those of a list. */
function compileJudge({ op, values }: Test): (texts: readonly string[]) => boolean {
  const wanted = new Set(values)
  switch (op) {
    case 'is':
      return (texts) => texts.some((text) => wanted.has(text))
    case 'not':
      return (texts) => !texts.some((text) => wanted.has(text))
    case 'prefix':
      return (texts) => texts.some((text) => values.some((one) => text.startsWith(one)))
    case 'contains':
      return (texts) => texts.some((text) => values.some((one) => text.includes(one)))
    case 'exists':
      return (texts) => texts.length > 0 === (values[0] === 'true')
    default:
      throw new RangeError(`${op} is for numbers`)
  }
}
