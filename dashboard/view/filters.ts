/** Filters as the API writes them, `country:is:DE,FR`, in an address of the page with their source: `clicks.country:is:DE,FR`. Pure. */

export type Operator =
  | 'is'
  | 'not'
  | 'prefix'
  | 'contains'
  | 'exists'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'between'
  /** One of several must hold: `values` are these filters, as texts. */
  | 'any'
export interface Filter {
  /** The source whose field it is: `device` of clicks and `device` of readings are two fields. Null in an address written without one. */
  readonly source: string | null
  /** Empty for `any`. */
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
  gt: 'over',
  ge: 'at least',
  lt: 'under',
  le: 'at most',
  between: 'between',
  any: 'any of',
}

const pieces = (text: string, at: RegExp, separator: string, plain: (part: string) => string): string[] => {
  const found = ['']
  for (const [part] of text.matchAll(at))
    if (part === separator) found.push('')
    else found[found.length - 1] += plain(part)
  return found
}

export function parseFilter(text: string): Filter | undefined {
  const found =
    /^(?:([A-Za-z]\w*)\.)?(?:\((.*)\)|([A-Za-z]\w*):(is|not|prefix|contains|exists|g[te]|l[te]|between):(.*))$/s.exec(
      text,
    )
  if (found === null) return undefined
  const [, source = null, group, field = '', op = 'any', values = ''] = found
  if (group === undefined)
    return {
      source,
      field,
      op: op as Operator,
      values: pieces(values, /\\[\\,]|,|[^\\,]+|\\/g, ',', (part) =>
        part.length === 2 ? part.replace(/^\\/, '') : part,
      ),
    }
  const members = pieces(group, /\\[\s\S]|\||[^\\|]+|\\/g, '|', (part) => (part === '\\|' ? '|' : part))
  // A group in a group means nothing to the API.
  return members.every((one) => /^[A-Z]/i.test(one) && parseFilter(one)?.source === null)
    ? { source, field: '', op: 'any', values: members }
    : undefined
}

/** The conditions that it is made of: itself, or those of a group. */
export const membersOf = (filter: Filter): Filter[] =>
  filter.op === 'any'
    ? filter.values.map((text) => ({ ...parseFilter(text)!, source: filter.source }))
    : [filter]
/** One of them must hold; one alone is no group. */
export const anyOf = (members: readonly Filter[]): Filter =>
  members.length === 1
    ? members[0]!
    : { source: members[0]!.source, field: '', op: 'any', values: members.map(filterText) }

/** As the API of its source reads it. */
export const filterText = ({ field, op, values }: Filter): string =>
  op === 'any'
    ? `(${values.map((text) => text.replaceAll('|', '\\|')).join('|')})`
    : `${field}:${op}:${values.map((value) => value.replaceAll(/[\\,]/g, '\\$&')).join(',')}`

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
