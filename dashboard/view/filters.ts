/** Filters as the API writes them, `country:is:DE,FR`, in an address of the page with their source: `clicks.country:is:DE,FR`. Pure. */

export type Operator = 'is' | 'not' | 'prefix' | 'contains' | 'exists'
export interface Filter {
  /** The source whose field it is: `device` of clicks and `device` of readings are two fields. Null in an address written without one. */
  readonly source: string | null
  readonly field: string
  readonly op: Operator
  readonly values: readonly string[]
}

/** How an operator is said. */
export const operators: Record<Operator, string> = {
  is: 'is',
  not: 'is not',
  prefix: 'begins with',
  contains: 'contains',
  exists: 'exists',
}

export function parseFilter(text: string): Filter | undefined {
  const found = /^(?:([A-Za-z]\w*)\.)?([A-Za-z]\w*):(is|not|prefix|contains|exists):(.*)$/s.exec(text)
  if (found === null) return undefined
  const values = ['']
  for (const [part] of found[4]!.matchAll(/\\[\\,]|,|[^\\,]+|\\/g)) {
    if (part === ',') values.push('')
    else values[values.length - 1] += part === '\\\\' || part === '\\,' ? part[1]! : part
  }
  return { source: found[1] ?? null, field: found[2]!, op: found[3] as Operator, values }
}

/** As the API of its source reads it. */
export const filterText = ({ field, op, values }: Filter): string =>
  `${field}:${op}:${values.map((value) => value.replaceAll(/[\\,]/g, '\\$&')).join(',')}`

/** As it stands in the page's address. */
export const filterAddress = (filter: Filter): string =>
  `${filter.source === null ? '' : `${filter.source}.`}${filterText(filter)}`

/** Keeps one value of a source's field (in place of others kept), or leaves one out (beside others left out). A null value is the absent one. */
export function choose(
  filters: readonly Filter[],
  source: string,
  field: string,
  value: string | null,
  keep: boolean,
): Filter[] {
  const op: Operator = value === null ? 'exists' : keep ? 'is' : 'not'
  const had = filters.find((filter) => filter.source === source && filter.field === field && filter.op === op)
  const values =
    value === null ? [String(!keep)] : keep ? [value] : [...new Set([...(had?.values ?? []), value])]
  const next = { source, field, op, values }
  return had === undefined ? [...filters, next] : filters.map((filter) => (filter === had ? next : filter))
}

/** The other way around: what was kept is left out. Only for operators that have another way. */
export function turned(filter: Filter): Filter {
  if (filter.op === 'is' || filter.op === 'not') return { ...filter, op: filter.op === 'is' ? 'not' : 'is' }
  return filter.op === 'exists'
    ? { ...filter, values: [filter.values[0] === 'true' ? 'false' : 'true'] }
    : filter
}
