/** Filters on the values of a breakdown: `country:is:DE,FR`, `path:prefix:/docs`, `referrer:exists:false`. */

import { cutValue, stumpOf } from '../../model/dictionary.ts'
import type { Filter } from '../../model/condition-text.ts'

export { FILTER_OPS, parseFilter, type Filter } from '../../model/condition-text.ts'

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
