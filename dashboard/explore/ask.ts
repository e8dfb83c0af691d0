/** The question of the Explore page: what is shown, by which fields, in which steps, against what, and how it is drawn. Pure. */
import type { CatalogSource } from '../../query-api/wire.ts'
import { leadOf, shortName } from '../plan/plan.ts'
import type { Metric } from '../plan/section.ts'
import { words } from '../format/names.ts'
import { comparisonIn, COMPARISONS, type Comparison } from '../view/compare.ts'

export const FORMS = ['lines', 'stack', 'bars', 'number', 'table'] as const
export type Form = (typeof FORMS)[number]
export const TOPS = [3, 5, 8] as const
export const MOST_SHOWN = 4
export const MOST_BY = 4

/** A statistic of a metric. */
export interface Stat {
  readonly metric: Metric
  readonly stat: string
}
/** What a chart and a column show: a statistic, or one divided by another. */
export interface Shown {
  readonly of: Stat
  readonly per: Stat | null
}
export interface Ask {
  readonly source: CatalogSource
  readonly shown: readonly Shown[]
  readonly by: readonly string[]
  /** `auto`, an interval of the source, or days, weeks, months of the reader's zone. */
  readonly every: string
  readonly against: Comparison | null
  /** Null is what suits the first of {@link shown}. */
  readonly form: Form | null
  /** Series drawn by name. */
  readonly top: number
  /** Column that the table is sorted by. */
  readonly sort: { readonly at: number; readonly ascending: boolean }
  /** What the address names and the source does not have. */
  readonly unknown: readonly string[]
}

export const stats = (source: CatalogSource): Stat[] =>
  source.metrics.flatMap((metric) => metric.stats.map((stat) => ({ metric, stat })))

/** As the API is asked: a metric's first statistic by its own name. */
export const nameOf = ({ metric, stat }: Stat): string =>
  stat === metric.stats[0] ? metric.metric : `${metric.metric}.${stat}`
export const shownName = ({ of, per }: Shown): string =>
  per === null ? nameOf(of) : `${nameOf(of)}/${nameOf(per)}`

export const titleOf = ({ metric, stat }: Stat): string =>
  metric.stats.length > 1 ? `${words(shortName(metric))} ${stat}` : words(shortName(metric))
export const shownTitle = ({ of, per }: Shown): string =>
  per === null ? titleOf(of) : `${titleOf(of)} / ${titleOf(per).toLowerCase()}`

const sourceOf = ({ metric }: Stat): string => metric.metric.split('.')[0]!
/** Of two sources: the answer is divided already. */
export const isAcross = ({ of, per }: Shown): boolean => per !== null && sourceOf(of) !== sourceOf(per)
/** Two answers of one source, divided once their windows are put together. */
export const isDividedHere = (shown: Shown): boolean => shown.per !== null && !isAcross(shown)
/** The number of a stretch is the sum of its windows, or the ratio of two such sums. */
export const isSummable = (shown: Shown): boolean =>
  addsUp(shown.of) && (shown.per === null || (isDividedHere(shown) && addsUp(shown.per)))

/** Parts of it add up to the whole. A value of a list counts under each of its values: there they do not. */
export const addsUp = ({ metric, stat }: Stat): boolean => metric.addsUp.includes(stat)
export const isStackable = ({ of, per }: Shown, { source, by }: Pick<Ask, 'source' | 'by'>): boolean =>
  per === null &&
  addsUp(of) &&
  !source.fields.some(({ name, isList }) => isList === true && by.includes(name))

const byName = (source: CatalogSource, name: string): Stat | undefined =>
  stats(source).find((one) => nameOf(one) === name || `${one.metric.metric}.${one.stat}` === name)

/** What is divided by may be of another source: the API then divides what each of the two comes to. */
function readShown(
  source: CatalogSource,
  text: string,
  catalog: readonly CatalogSource[],
): Shown | undefined {
  const [first = '', second] = text.split('/')
  const of = byName(source, first)
  const per =
    second === undefined
      ? null
      : (byName(source, second) ?? catalog.map((other) => byName(other, second)).find((one) => one))
  return of === undefined || per === undefined ? undefined : { of, per }
}

export const formOf = (ask: Ask): Form => {
  const first = ask.shown[0]!
  const parts = ask.form === 'stack' || (ask.form === 'bars' && ask.by.length > 0)
  if (parts && !isStackable(first, ask)) return 'lines'
  return ask.form ?? (isStackable(first, ask) && ask.by.length > 0 ? 'stack' : 'lines')
}

/** Text fields: by these series can be told apart. */
export const naming = ({ fields }: CatalogSource): string[] =>
  fields.filter(({ type }) => type === 'string').map(({ name }) => name)

/** What an address asks; what cannot be read is as if it were not there. Undefined where there is no source. */
export function readAsk(
  text: string,
  catalog: readonly CatalogSource[],
  preferred: string | null,
): Ask | undefined {
  const query = new URLSearchParams(text)
  const named = query.getAll('show')
  const source =
    catalog.find(({ source }) => named[0]?.startsWith(`${source}.`)) ??
    catalog.find(({ source }) => source === preferred) ??
    catalog[0]
  if (source === undefined) return undefined
  const lead = leadOf(source)
  if (lead === undefined) return undefined
  const shown = named.flatMap((one) => readShown(source, one, catalog) ?? []).slice(0, MOST_SHOWN)
  const fields = (query.get('by') ?? '').split(',').filter((name) => name !== '')
  const by = [...new Set(fields)].filter((name) => naming(source).includes(name))
  const every = query.get('every') ?? 'auto'
  const [at = '0', ascending] = (query.get('sort') ?? '').split(':')
  const all = shown.length > 0 ? shown : [{ of: { metric: lead, stat: lead.stats[0]! }, per: null }]
  return {
    source,
    shown: all,
    by: by.slice(0, MOST_BY),
    every: everies(source).includes(every) ? every : 'auto',
    against: comparisonIn(query.get('against')) ?? null,
    form: FORMS.find((one) => one === query.get('as')) ?? null,
    top: TOPS.find((one) => one === Number(query.get('top'))) ?? 5,
    sort: {
      at: Math.min(all.length - 1, Math.max(0, Number.parseInt(at, 10) || 0)),
      ascending: ascending === 'asc',
    },
    unknown: [
      ...named.filter((one) => readShown(source, one, catalog) === undefined),
      ...fields.filter((name) => !by.includes(name)),
      ...unreadIn(query, {
        every: everies(source),
        against: COMPARISONS,
        as: FORMS,
        top: TOPS.map(String),
        sort: all.flatMap((_, n) => [`${n}`, `${n}:asc`]),
      }),
    ],
  }
}

/** Parameters that say something else than they may. */
const unreadIn = (query: URLSearchParams, may: Record<string, readonly string[]>): string[] =>
  Object.entries(may).flatMap(([name, texts]) => {
    const said = query.get(name)
    return said === null || texts.includes(said) ? [] : `${name}=${said}`
  })

/** As {@link readAsk} reads it. */
export function askText(ask: Ask): string {
  const query = new URLSearchParams(ask.shown.map((one) => ['show', shownName(one)] as [string, string]))
  if (ask.by.length > 0) query.set('by', ask.by.join(','))
  if (ask.every !== 'auto') query.set('every', ask.every)
  if (ask.against !== null) query.set('against', ask.against)
  if (ask.form !== null) query.set('as', ask.form)
  if (ask.top !== 5) query.set('top', String(ask.top))
  if (ask.sort.at > 0 || ask.sort.ascending)
    query.set('sort', `${ask.sort.at}${ask.sort.ascending ? ':asc' : ''}`)
  return query.toString()
}

export const CALENDAR = ['1d', '1w', '1mo'] as const
/** Intervals that the source keeps, and days, weeks and months of a zone. */
export const everies = ({ intervals }: CatalogSource): string[] => [
  'auto',
  ...intervals.map(({ name }) => name).filter((name) => !(CALENDAR as readonly string[]).includes(name)),
  ...CALENDAR,
]
const SPANS: Record<string, string> = { auto: 'Automatic', '1d': 'Day', '1w': 'Week', '1mo': 'Month' }
const UNITS: Record<string, string> = { ms: 'millisecond', s: 'second', m: 'minute', h: 'hour', d: 'day' }
export function everyName(every: string): string {
  const [, count, unit] = /^(\d+)(ms|[smhd])$/.exec(every) ?? []
  return (
    SPANS[every] ??
    (unit === undefined ? every : count === '1' ? words(UNITS[unit]!) : `${count!} ${UNITS[unit]!}s`)
  )
}
