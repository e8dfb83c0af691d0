/**
 * Conditions on the fields of an event: `country:is:DE,FR`, `amount:ge:10`, `loadMs:between:100,250`, and groups of which one must hold,
 * `(country:is:DE|amount:gt:100)`. Two forms of the same: texts in a query string, objects in JSON. Regular expressions are none of them.
 */
import { z } from 'zod'
import type { Field, Source } from '../../model/definition.ts'
import { FILTER_OPS, filterKey, parseFilter, type Filter, type FilterOp } from './filter.ts'
import { valueOfLabel } from './labels.ts'

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

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, 'not the name of a field')
const value = z.union([z.string().max(1000, 'at most 1000 characters'), z.number(), z.boolean()], {
  error: 'a text, a number, true or false',
})
const test = z.strictObject({
  field: name,
  op: z.enum([...FILTER_OPS, ...NUMBER_OPS], {
    error: `one of ${[...FILTER_OPS, ...NUMBER_OPS].join(', ')}`,
  }),
  values: z.array(value).min(1, 'empty').max(100, 'at most 100 values'),
})

/** The form in JSON: `{"field": "amount", "op": "ge", "values": [10]}`, or `{"any": [...]}`. */
export const conditionSchema = z
  .union(
    [
      test,
      z.strictObject({
        any: z
          .array(test)
          .min(1, 'empty')
          .max(MOST_IN_A_GROUP, `at most ${MOST_IN_A_GROUP} conditions in a group`),
      }),
    ],
    { error: 'a condition is {"field", "op", "values"} or {"any": [...]}' },
  )
  .transform((given, context): Condition => {
    const tests = ('any' in given ? given.any : [given]).map(fromJson)
    const fault = tests.find((one) => typeof one === 'string')
    if (fault !== undefined) {
      context.addIssue({ code: 'custom', message: fault as string })
      return z.NEVER
    }
    return grouped(tests as Test[]) as Condition
  })

function fromJson({ field, op, values }: z.output<typeof test>): Test | string {
  const texts = values.map(String)
  if (NUMBER_OPS.includes(op as NumberOp)) return compared(field, op as NumberOp, texts)
  if (op === 'exists' && (texts.length !== 1 || !/^(true|false)$/.test(texts[0]!)))
    return 'exists takes true or false'
  return { field, op: op as FilterOp, values: op === 'is' || op === 'not' ? texts.map(valueOfLabel) : texts }
}

/** Every field that is asked about, once each. */
export function fieldsIn(conditions: readonly Condition[]): string[] {
  return [...new Set(conditions.flatMap((one) => testsOf(one).map(({ field }) => field)))]
}

export const testsOf = (condition: Condition): readonly Test[] =>
  isGroup(condition) ? condition.any : [condition]

/** What cells of a breakdown that holds their fields can answer, and what only the events themselves can. */
export function splitConditions(
  conditions: readonly Condition[],
  { fields }: Pick<Source, 'fields'>,
): { filters: readonly Filter[]; others: readonly Condition[] } {
  const isText = (field: string): boolean => fields.find((one) => one.name === field)?.type !== 'number'
  const isFilter = (one: Condition): one is Filter => !isGroup(one) && !isComparison(one) && isText(one.field)
  return { filters: conditions.filter(isFilter), others: conditions.filter((one) => !isFilter(one)) }
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
