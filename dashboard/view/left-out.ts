/** What an address says that cannot be read: a view is made without it, and the page says so. Pure. */
import { isZone } from '../format/zone.ts'
import { comparisonIn } from './compare.ts'
import { parseFilter } from './filters.ts'
import { resolveRange, usualRange } from './range.ts'
import { MOST_FILTERS } from './view.ts'

/** As they stand in the address. */
export function leftOutOf(search: string, nowMs: number): string[] {
  const query = new URLSearchParams(search)
  const [from, to] = [query.get('from'), query.get('to')]
  const range = { from: from ?? usualRange.from, to: to ?? 'now' }
  const means: Record<string, (text: string) => boolean> = {
    compare: (text) => text === 'off' || comparisonIn(text) !== undefined,
    tz: isZone,
    week: (text) => text === 'monday' || text === 'sunday',
    where: (text) => parseFilter(text) !== undefined,
  }
  const readable = query.getAll('where').filter((text) => parseFilter(text) !== undefined)
  return [
    ...(typeof resolveRange(range, nowMs) === 'string' ? named({ from, to }) : []),
    ...[...query].flatMap(([name, text]) => (means[name]?.(text) === false ? named({ [name]: text }) : [])),
    ...readable.slice(MOST_FILTERS).flatMap((where) => named({ where })),
  ]
}

const named = (texts: Record<string, string | null>): string[] =>
  Object.entries(texts).flatMap(([name, text]) => (text === null ? [] : `${name}=${text}`))
