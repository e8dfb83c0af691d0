/**
 * Metrics whose windows do not add up: different visitors, percentiles, a first or latest value. The page asks the API for each stretch as a
 * whole, and adds up nothing. Pure.
 */
import type { CatalogSource } from '../../query-api/wire.ts'
import { resolveRange } from '../view/range.ts'
import { seriesText, topText, type Asking, type Query } from './queries.ts'
import type { Metric } from './section.ts'

export const shownAddsUp = ({ stats, addsUp }: Metric): boolean => addsUp.includes(stats[0]!)
/** Chart of averages: sums and counts, so that the mean of any stretch is exact. */
export const isMean = (metric: Metric): boolean =>
  !shownAddsUp(metric) && ['sum', 'count'].every((stat) => metric.addsUp.includes(stat))
export const isWhole = (metric: Metric): boolean => !shownAddsUp(metric) && !isMean(metric)

/** The percentiles that a chart draws beside each other. */
const PERCENTILES = ['p50', 'p75', 'p95', 'p99']
export const linesOf = ({ stats }: Metric): readonly string[] => {
  const percentiles = PERCENTILES.filter((name) => stats.includes(name))
  return percentiles.length > 0 ? percentiles : [stats[0]!]
}
/** What a tile or a table says of it: three of four page loads are faster than p75. */
export const statOf = (metric: Metric): string =>
  linesOf(metric).find((name) => name === 'p75') ?? metric.stats[0]!
/** As the API is asked: `clicks.load.p95`; a metric with one statistic by its own name. */
export const withStat = ({ metric, stats }: Metric, stat: string): string =>
  stats.length > 1 ? `${metric}.${stat}` : metric
/** Fields say their unit in their name: `loadMs` is in milliseconds. */
export const unitNote = ({ field }: Metric): string => (/[a-z]Ms$/.test(field ?? '') ? ', ms' : '')
/** "p75 load, ms"; a name alone says it where there is one statistic. */
export const statTitle = (metric: Metric, title: string): string =>
  metric.stats.length > 1 ? `${statOf(metric)} ${title.toLowerCase()}${unitNote(metric)}` : title

/** Points at which a stretch holds enough for a percentile, and lines can still be told apart. */
const MOST_WINDOWS = 400
const FEW_WINDOWS_MS = 180_000

/** The interval whose windows are drawn: no window is made of others, so it is one that the source keeps. */
export function intervalFor({ intervals }: CatalogSource, { range }: Pick<Asking, 'range'>): string {
  const times = resolveRange(range, Date.now())
  if (typeof times === 'string') return 'auto'
  const lengthMs = times.toMs - times.fromMs
  const agoMs = Date.now() - times.fromMs
  const kept = intervals.filter(({ keepMs }) => keepMs === null || keepMs >= agoMs)
  const fit = kept.filter(({ ms }) => lengthMs / ms <= MOST_WINDOWS)
  return (
    (fit.find(({ ms }) => ms >= 60_000 || lengthMs <= FEW_WINDOWS_MS) ?? fit[0] ?? kept.at(-1))?.name ??
    'auto'
  )
}

export const wholeSlots = {
  total: (metric: Metric): string => `whole ${metric.metric}`,
  line: (metric: Metric, stat: string): string => `line ${metric.metric}.${stat}`,
}

const lineQuery = (metric: Metric, stat: string, source: CatalogSource, asking: Asking): Query => ({
  kind: 'chart',
  slot: wholeSlots.line(metric, stat),
  text: `${seriesText({ metric: withStat(metric, stat), compare: false }, source, asking)}&interval=${intervalFor(source, asking)}`,
})

/** The number of the range, and its windows for a sparkline. */
export const wholeTileQueries = (metric: Metric, source: CatalogSource, asking: Asking): Query[] => [
  {
    kind: 'list',
    slot: wholeSlots.total(metric),
    text: topText({ metric: withStat(metric, statOf(metric)), limit: 1 }, source, asking),
  },
  lineQuery(metric, statOf(metric), source, asking),
]
export const wholeChartQueries = (metric: Metric, source: CatalogSource, asking: Asking): Query[] =>
  linesOf(metric).map((stat) => lineQuery(metric, stat, source, asking))
