/** What the page shows, as it stands in the address: the back button works, and a link shares it. Pure, but for the zone, which all else asks for. */
import { filterAddress, parseFilter, type Filter } from './filters.ts'
import { comparisonIn, type Comparison } from './compare.ts'
import { chooseZone, otherZone } from '../format/zone.ts'
import { chooseWeekStart, resolveRange, sameRange, usualRange, type Range, type WeekStart } from './range.ts'

export type PageName = 'overview' | 'explore' | 'visitors' | 'pipeline' | 'store'
export interface View {
  readonly page: PageName
  readonly range: Range
  readonly filters: readonly Filter[]
  /** Null: with nothing. */
  readonly compare: Comparison | null
  /** The one source to show; null shows all. */
  readonly source: string | null
  /** Chosen tab per table: `clicks` -> `country`. */
  readonly tabs: Readonly<Record<string, string>>
  /** IANA name of the zone whose days and clocks are meant; null is the browser's own. */
  readonly tz: string | null
  readonly weekStart: WeekStart
  /** The question of the Explore page, as it stands in the address. */
  readonly question: string
}

export const MOST_FILTERS = 16

const ours = ['from', 'to', 'where', 'compare', 'source', 'tab', 'tz', 'week']
/** What the Explore page adds to them; it reads them itself. */
const ofQuestion = ['show', 'by', 'every', 'against', 'as', 'top', 'sort']

function rangeIn(query: URLSearchParams, nowMs: number): Range {
  const range = { from: query.get('from') ?? usualRange.from, to: query.get('to') ?? 'now' }
  return typeof resolveRange(range, nowMs) === 'string' ? usualRange : range
}

const pageOf = (path: string): PageName =>
  (['explore', 'visitors', 'pipeline', 'store'] as const).find((name) => path.endsWith(`/${name}`)) ??
  'overview'

const questionIn = (query: URLSearchParams): string =>
  new URLSearchParams([...query].filter(([name]) => ofQuestion.includes(name))).toString()

/** What all times are read and written by. */
export function inZone(tz: string | null, weekStart: WeekStart): void {
  chooseZone(tz)
  chooseWeekStart(weekStart)
}

/** What cannot be read is as if it were not there. */
export function viewOf(path: string, search: string, nowMs: number): View {
  const query = new URLSearchParams(search)
  const tz = otherZone(query.get('tz'))
  const weekStart = query.get('week') === 'sunday' ? 'sunday' : 'monday'
  inZone(tz, weekStart)
  const tabs = query.getAll('tab').map((text) => text.split(':'))
  return {
    page: pageOf(path),
    range: rangeIn(query, nowMs),
    filters: query
      .getAll('where')
      .map(parseFilter)
      .filter((filter) => filter !== undefined)
      .slice(0, MOST_FILTERS),
    compare: query.get('compare') === 'off' ? null : (comparisonIn(query.get('compare')) ?? 'previous'),
    source: query.get('source'),
    tabs: Object.fromEntries(tabs.filter((tab) => tab.length === 2) as [string, string][]),
    tz,
    weekStart,
    question: questionIn(query),
  }
}

/** The address of a view; parameters that are not ours (`theme`) stay. */
export function addressOf(view: View, search: string): string {
  const query = new URLSearchParams(search)
  for (const name of [...ours, ...ofQuestion]) query.delete(name)
  if (!sameRange(view.range, usualRange)) query.set('from', view.range.from)
  if (view.range.to !== 'now') query.set('to', view.range.to)
  for (const filter of view.filters) query.append('where', filterAddress(filter))
  if (view.compare !== 'previous') query.set('compare', view.compare ?? 'off')
  if (view.source !== null) query.set('source', view.source)
  for (const [table, field] of Object.entries(view.tabs)) query.append('tab', `${table}:${field}`)
  if (view.tz !== null) query.set('tz', view.tz)
  if (view.weekStart !== 'monday') query.set('week', view.weekStart)
  if (view.page === 'explore')
    for (const [name, value] of new URLSearchParams(view.question)) query.append(name, value)
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/')
  return `/${view.page === 'overview' ? '' : view.page}${text === '' ? '' : `?${text}`}`
}
