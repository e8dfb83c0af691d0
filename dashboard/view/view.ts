/** What the page shows, as it stands in the address: the back button works, and a link shares it. Pure. */
import { filterAddress, parseFilter, type Filter } from './filters.ts'
import { resolveRange, sameRange, usualRange, type Range } from './range.ts'

export type PageName = 'overview' | 'pipeline' | 'store'
export interface View {
  readonly page: PageName
  readonly range: Range
  readonly filters: readonly Filter[]
  /** Against the stretch before. */
  readonly compare: boolean
  /** The one source to show; null shows all. */
  readonly source: string | null
  /** Chosen tab per table: `clicks` -> `country`. */
  readonly tabs: Readonly<Record<string, string>>
}

const ours = ['from', 'to', 'where', 'compare', 'source', 'tab']

function rangeIn(query: URLSearchParams, nowMs: number): Range {
  const range = { from: query.get('from') ?? usualRange.from, to: query.get('to') ?? 'now' }
  return typeof resolveRange(range, nowMs) === 'string' ? usualRange : range
}

const pageOf = (path: string): PageName =>
  path.endsWith('/pipeline') ? 'pipeline' : path.endsWith('/store') ? 'store' : 'overview'

/** What cannot be read is as if it were not there. */
export function viewOf(path: string, search: string, nowMs: number): View {
  const query = new URLSearchParams(search)
  const tabs = query.getAll('tab').map((text) => text.split(':'))
  return {
    page: pageOf(path),
    range: rangeIn(query, nowMs),
    filters: query
      .getAll('where')
      .map(parseFilter)
      .filter((filter) => filter !== undefined)
      .slice(0, 16),
    compare: query.get('compare') !== 'off',
    source: query.get('source'),
    tabs: Object.fromEntries(tabs.filter((tab) => tab.length === 2) as [string, string][]),
  }
}

/** The address of a view; parameters that are not ours (`theme`) stay. */
export function addressOf(view: View, search: string): string {
  const query = new URLSearchParams(search)
  for (const name of ours) query.delete(name)
  if (!sameRange(view.range, usualRange)) query.set('from', view.range.from)
  if (view.range.to !== 'now') query.set('to', view.range.to)
  for (const filter of view.filters) query.append('where', filterAddress(filter))
  if (!view.compare) query.set('compare', 'off')
  if (view.source !== null) query.set('source', view.source)
  for (const [table, field] of Object.entries(view.tabs)) query.append('tab', `${table}:${field}`)
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/')
  return `/${view.page === 'overview' ? '' : view.page}${text === '' ? '' : `?${text}`}`
}
