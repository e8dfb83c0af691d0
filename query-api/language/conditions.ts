/**
 * Conditions on the fields of an event: `country:is:DE,FR`, `amount:ge:10`, `loadMs:between:100,250`, and groups of which one must hold,
 * `(country:is:DE|amount:gt:100)`. Regular expressions are none of them.
 */
import type { Field, Source } from '../../model/definition.ts'
import { filterKey, parseFilter, type Filter } from './filter.ts'

export const NUMBER_OPS = ['gt', 'ge', 'lt', 'le', 'between'] as const
export type NumberOp = (typeof NUMBER_OPS)[number]

/** `values`: of `between` the least and the greatest, both of them in it; of the others one. */
export interface Comparison {
  readonly field: string
  readonly op: NumberOp
  readonly values: readonly string[]
}

export type Test = Filter | Comparison

/** One of them must hold. */
export interface AnyOf {
  readonly any: readonly Test[]
}

export type Condition = Test | AnyOf

export const MOST_IN_A_GROUP = 16
const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{1,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/
const COMPARED = /^([A-Za-z][A-Za-z0-9_]{0,99}):(gt|ge|lt|le|between):(.*)$/s

const isComparison = (test: Test): test is Comparison => NUMBER_OPS.includes(test.op as NumberOp)
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

/** `where`: what names of a breakdown can be held against; `conditions`: all else. */
export function splitWhere(all: readonly Condition[]): {
  where: readonly Filter[]
  conditions: readonly Condition[]
} {
  const isFilter = (one: Condition): one is Filter => !isGroup(one) && !isComparison(one)
  return { where: all.filter(isFilter), conditions: all.filter((one) => !isFilter(one)) }
}

/** What is wrong with a condition on the fields of this source, as a sentence; null where nothing is. */
export function conditionFault(condition: Condition, source: Pick<Source, 'name' | 'fields'>): string | null {
  for (const one of testsOf(condition)) {
    const field = source.fields.find((known) => known.name === one.field)
    if (field === undefined)
      return `${source.name} has no field ${one.field}; it has ${source.fields.map((known) => known.name).join(', ')}`
    const fault = faultOf(one, field)
    if (fault !== null) return fault
  }
  return null
}

function faultOf(one: Test, field: Field): string | null {
  const { op, values } = one
  if (isComparison(one))
    return field.type === 'number' ? null : `${field.name} is a text; ${op} compares numbers`
  if (field.type === 'number') {
    if (op === 'prefix' || op === 'contains') return `${field.name} is a number; ${op} is for texts`
    const odd = op === 'exists' ? undefined : values.find((text) => !isNumber(text))
    return odd === undefined
      ? null
      : `${field.name} is a number; ${odd.slice(0, 60) || 'an empty text'} is none`
  }
  const isFlag = field.takes?.every((form) => form === 'boolean' || form === 'words') === true
  const odd =
    isFlag && (op === 'is' || op === 'not')
      ? values.find((text) => text !== 'true' && text !== 'false')
      : undefined
  return odd === undefined
    ? null
    : `${field.name} is true or false, never ${odd.slice(0, 60) || 'an empty text'}`
}

/** Equal for conditions that mean the same. */
export function conditionKey(condition: Condition): string {
  if (isGroup(condition)) return JSON.stringify(['any', ...condition.any.map(conditionKey).sort()])
  return isComparison(condition)
    ? JSON.stringify([condition.field, condition.op, condition.values.map(Number)])
    : filterKey(condition)
}
