/** Conditions over the columns of decoded events. What a text comes to is found out once a code; numbers are compared where they stand. */
import type { DecodedBatch } from '../../model/batch.ts'
import { valuesOfList } from '../../model/conditions.ts'
import type { Source } from '../../model/definition.ts'
import { testsOf, type Condition, type Test } from '../language/conditions.ts'

/** Whether the event at this place of the batch meets all conditions. */
export type Predicate = (event: number) => boolean

/** `batch` must have been made with every field that they name. */
export function compileConditions(
  conditions: readonly Condition[],
  source: Source,
  batch: DecodedBatch,
): Predicate {
  const groups = conditions.map((one) => testsOf(one).map((test) => compileTest(test, source, batch)))
  const all = groups.map(
    (tests): Predicate => (tests.length === 1 ? tests[0]! : (event) => tests.some((test) => test(event))),
  )
  return (event) => {
    for (let at = 0; at < all.length; at++) if (!all[at]!(event)) return false
    return true
  }
}

function compileTest(test: Test, source: Source, batch: DecodedBatch): Predicate {
  const place = source.fields.findIndex(({ name }) => name === test.field)
  const field = source.fields[place]!
  if (field.type === 'number') {
    const column = batch.layout.numberOf[place]!
    const holds = compileNumber(test)
    return (event) => holds(batch.events.numbers[column]![event]!)
  }
  return compileText(test, field.list === true, batch.layout.textOf[place]!, batch)
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

function compileText(test: Test, isList: boolean, column: number, batch: DecodedBatch): Predicate {
  const { dictionary } = batch
  const judge = compileJudge(test)
  let verdicts = new Uint8Array(256)
  let epoch = dictionary.epoch
  return (event) => {
    const code = batch.events.texts[column]![event]!
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
