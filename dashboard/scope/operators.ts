/** Which conditions a field can be held against, and what they take. Pure. */
import type { CatalogSource } from '../../query-api/wire.ts'
import type { Operator } from '../view/filters.ts'

type Field = CatalogSource['fields'][number]

const ofTexts: readonly Operator[] = ['is', 'not', 'prefix', 'contains', 'exists']
const ofNumbers: readonly Operator[] = ['gt', 'ge', 'lt', 'le', 'between', 'is', 'not', 'exists']
const ofFlags: readonly Operator[] = ['is', 'not', 'exists']

export const operatorsOf = ({ type, isFlag }: Pick<Field, 'type' | 'isFlag'>): readonly Operator[] =>
  type === 'number' ? ofNumbers : isFlag === true ? ofFlags : ofTexts

const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{1,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/

/** What is wrong with values of a condition, as a sentence; null where nothing is. */
export function faultOf(
  { type }: Pick<Field, 'type'>,
  op: Operator,
  values: readonly string[],
): string | null {
  if (op === 'exists') return null
  if (
    values.some((value) => value.trim() === '') &&
    (type === 'number' || op === 'prefix' || op === 'contains')
  )
    return op === 'between'
      ? 'Two numbers, the least first.'
      : type === 'number'
        ? 'A number.'
        : 'Some letters.'
  if (type !== 'number') return null
  const odd = values.find((value) => !NUMBER.test(value) || !Number.isFinite(Number(value)))
  if (odd !== undefined) return `"${odd.slice(0, 40)}" is not a number.`
  if (op === 'between' && Number(values[0]) > Number(values[1])) return 'The least first.'
  return null
}
