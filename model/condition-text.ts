/**
 * Conditions on the fields of an event, as definitions and queries write them: `country:is:DE,FR`, `amount:ge:10`, `loadMs:between:100,250`, and
 * groups of which one must hold, `(country:is:DE|amount:gt:100)`. Regular expressions are none of them.
 */
import type { AnyOf, Condition, Field, NumberOp, Source, Test, TextOp } from './definition.ts'
import { labelOf, valueOfLabel } from './labels.ts'
import { insteadOf } from './nearest.ts'

export const FILTER_OPS = ['is', 'not', 'prefix', 'contains', 'exists'] as const satisfies readonly TextOp[]
export const NUMBER_OPS = ['gt', 'ge', 'lt', 'le', 'between'] as const satisfies readonly NumberOp[]

/** `values`: of `between` the least and the greatest, both of them in it; of the others one. */
export interface Comparison extends Test {
  readonly op: NumberOp
}

/** What names of a breakdown can be held against. */
export interface Filter extends Test {
  readonly op: TextOp
}

const MAX_VALUES = 100

export const MOST_IN_A_GROUP = 16
const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{1,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/
const COMPARED = /^([A-Za-z][A-Za-z0-9_]{0,99}):(gt|ge|lt|le|between):(.*)$/s

export const isComparison = (test: Test): test is Comparison => NUMBER_OPS.includes(test.op as NumberOp)
export const isGroup = (condition: Condition): condition is AnyOf => 'any' in condition

/** A condition, or the sentence that says what is wrong with it. In a group a `|` inside a value is written `\|`. */
export function parseCondition(text: string): Condition | string {
  if (!text.startsWith('(')) return parseTest(text)
  if (!text.endsWith(')')) return 'a group begins with ( and ends with )'
  const tests = membersOf(text.slice(1, -1)).map(parseTest)
  const fault = tests.find((test) => typeof test === 'string')
  if (fault !== undefined) return `in a group: ${fault as string}`
  return grouped(tests as Test[])
}

function parseTest(text: string): Test | string {
  const match = COMPARED.exec(text)
  if (match === null) {
    const filter = parseFilter(text)
    return typeof filter === 'string' && filter.startsWith('unknown operator')
      ? `${filter}, ${NUMBER_OPS.join(', ')}`
      : filter
  }
  return compared(match[1]!, match[2] as NumberOp, match[3]!.split(','))
}

/** A filter, or the sentence that says what is wrong with it. A comma inside a value is written `\,` and a backslash `\\`. */
export function parseFilter(text: string): Filter | string {
  const match = /^([A-Za-z][A-Za-z0-9_]{0,99}):([a-z]{1,10}):(.*)$/s.exec(text)
  if (!match) return 'not of the form FIELD:OPERATOR:VALUES, such as country:is:DE'
  const said = match[2] === 'in' ? 'is' : match[2]
  const op = FILTER_OPS.find((known) => known === said)
  if (op === undefined) return `unknown operator ${match[2]!}; known are ${FILTER_OPS.join(', ')}`
  const values = splitValues(match[3]!)
  if (values.length > MAX_VALUES) return `at most ${MAX_VALUES} values`
  if (op === 'exists' && match[3] !== 'true' && match[3] !== 'false') return 'exists takes true or false'
  return { field: match[1]!, op, values: op === 'is' || op === 'not' ? values.map(valueOfLabel) : values }
}

function splitValues(text: string): string[] {
  const values = ['']
  for (const [part] of text.matchAll(/\\[\\,]|,|[^\\,]+|\\/g)) {
    if (part === ',') values.push('')
    else values[values.length - 1] += part === '\\\\' || part === '\\,' ? part[1]! : part
  }
  return values
}

/** As it is written, so that parsing it again gives the same. */
export function conditionText(condition: Condition): string {
  if (!isGroup(condition)) return testText(condition)
  return `(${condition.any.map((one) => testText(one).replaceAll('|', '\\|')).join('|')})`
}

function testText({ field, op, values }: Test): string {
  const labels = op === 'is' || op === 'not' ? values.map((value) => labelOf(value)) : values
  return `${field}:${op}:${labels.map((label) => label.replaceAll(/[\\,]/g, '\\$&')).join(',')}`
}

function compared(field: string, op: NumberOp, values: readonly string[]): Comparison | string {
  const wanted = op === 'between' ? 2 : 1
  if (values.length !== wanted)
    return op === 'between'
      ? 'between takes two numbers, the least and the greatest'
      : `${op} takes one number`
  const odd = values.find((value) => !isNumber(value))
  if (odd !== undefined)
    return `${op} takes ${wanted === 1 ? 'a number' : 'numbers'}, not ${odd.slice(0, 60) || 'nothing'}`
  if (op === 'between' && Number(values[0]) > Number(values[1]))
    return `between takes the least first: ${values[1]!},${values[0]!}`
  return { field, op, values }
}

const isNumber = (text: string): boolean => NUMBER.test(text) && Number.isFinite(Number(text))

function grouped(any: readonly Test[]): Condition | string {
  if (any.length > MOST_IN_A_GROUP) return `at most ${MOST_IN_A_GROUP} conditions in a group`
  return any.length === 1 ? any[0]! : { any }
}

/** `a|b\|c` to `a`, `b|c`; every other backslash is left to the values. */
function membersOf(text: string): string[] {
  const members = ['']
  for (const [part] of text.matchAll(/\\[\s\S]|\||[^\\|]+|\\/g))
    if (part === '|') members.push('')
    else members[members.length - 1] += part === '\\|' ? '|' : part
  return members
}

/** Every field that is asked about, once each. */
export function fieldsIn(conditions: readonly Condition[]): string[] {
  return [...new Set(conditions.flatMap((one) => testsOf(one).map(({ field }) => field)))]
}

export const testsOf = (condition: Condition): readonly Test[] =>
  isGroup(condition) ? condition.any : [condition]

export const noField = ({ name, fields }: Pick<Source, 'name' | 'fields'>, unknown: string): string =>
  `${name} has no field ${unknown}; ${insteadOf(
    unknown,
    fields.map((known) => known.name),
  )}`

/** What is wrong with a condition on the fields of this source, as a sentence; null where nothing is. */
export function conditionFault(condition: Condition, source: Pick<Source, 'name' | 'fields'>): string | null {
  for (const one of testsOf(condition)) {
    const field = source.fields.find((known) => known.name === one.field)
    if (field === undefined) return noField(source, one.field)
    const fault = faultOf(one, field)
    if (fault !== null) return fault
  }
  return null
}

const isFlag = ({ takes }: Field): boolean =>
  takes?.every((form) => form === 'boolean' || form === 'words') === true

function faultOf(one: Test, field: Field): string | null {
  const { op, values } = one
  if (isComparison(one))
    return field.type === 'number'
      ? null
      : `${field.name} is ${isFlag(field) ? 'true or false' : 'a text'}; ${op} compares numbers`
  if (field.type === 'number') {
    if (op === 'prefix' || op === 'contains') return `${field.name} is a number; ${op} is for texts`
    const odd = op === 'exists' ? undefined : values.find((text) => !isNumber(text))
    return odd === undefined
      ? null
      : `${field.name} is a number; ${odd.slice(0, 60) || 'an empty text'} is none`
  }
  const odd =
    isFlag(field) && (op === 'is' || op === 'not')
      ? values.find((text) => text !== 'true' && text !== 'false')
      : undefined
  return odd === undefined
    ? null
    : `${field.name} is true or false, never ${odd.slice(0, 60) || 'an empty text'}`
}
