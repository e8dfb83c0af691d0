/** Filters on the values of a breakdown: `country:is:DE,FR`, `path:prefix:/docs`, `referrer:exists:false`. */

import { cutValue, stumpOf } from '../../model/dictionary.ts'
import { valueOfLabel } from './labels.ts'

export const FILTER_OPS = ['is', 'not', 'prefix', 'contains', 'exists'] as const
export type FilterOp = (typeof FILTER_OPS)[number]

export interface Filter {
  readonly field: string
  readonly op: FilterOp
  readonly values: readonly string[]
}

const MAX_VALUES = 100

/** A filter, or the sentence that says what is wrong with it. A comma inside a value is written `\,` and a backslash `\\`. */
export function parseFilter(text: string): Filter | string {
  const match = /^([A-Za-z][A-Za-z0-9_]{0,99}):([a-z]{1,10}):(.*)$/s.exec(text)
  if (!match) return 'not of the form FIELD:OPERATOR:VALUES'
  const op = FILTER_OPS.find((known) => known === match[2])
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

/**
 * As in the definition file: an absent value is never `is` and always `not`. `value` stands in a name of `fields` values. Of a long text
 * its beginning and a hash are kept: `is` and `not` cut and hash what is asked for, and are exact; `prefix` and `contains` judge the
 * beginning, and where it does not decide the answer is null.
 */
export function passes(filter: Filter, value: string | null, fields: number): boolean | null {
  if (filter.op === 'exists') return (value !== null) === (filter.values[0] === 'true')
  if (value === null) return filter.op === 'not'
  const stump = stumpOf(value, fields)
  if (filter.op === 'is' || filter.op === 'not') {
    const isOne =
      filter.values.includes(value) ||
      (stump !== null && filter.values.some((wanted) => cutValue(wanted, fields) === value))
    return isOne === (filter.op === 'is')
  }
  const text = stump ?? value
  if (
    filter.values.some((wanted) => (filter.op === 'prefix' ? text.startsWith(wanted) : text.includes(wanted)))
  )
    return true
  if (stump === null) return false
  return filter.op === 'prefix' && !filter.values.some((wanted) => wanted.startsWith(stump)) ? false : null
}

export function filterKey({ field, op, values }: Filter): string {
  return JSON.stringify([field, op, values.toSorted()])
}
