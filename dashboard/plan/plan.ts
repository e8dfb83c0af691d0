/**
 * What the overview shows, worked out from the catalog alone: a source that nobody drew a page for gets a whole one. Pure.
 * The two shipped sources, where both are as shipped, share an arrangement of their own.
 */
import type { CatalogSource } from '../../query-api/wire.ts'
import {
  arrivingText,
  entitiesText,
  MOST_QUERIES,
  seriesText,
  tailText,
  topText,
  type Asking,
  type Query,
} from './queries.ts'
import { words } from '../format/names.ts'
import type { View } from '../view/view.ts'
import type { ChartSpec, Metric, PanelSpec, Section, TileSpec, TopSpec } from './section.ts'
import { namingFields } from './naming-fields.ts'
import { shippedOf } from './shipped.ts'
import {
  isMean,
  isWhole,
  shownAddsUp,
  statOf,
  statTitle,
  wholeChartQueries,
  wholeTileQueries,
  withStat,
} from './whole.ts'

export const shortName = (metric: Metric): string => metric.metric.slice(metric.metric.indexOf('.') + 1)
const MOST_TILES = 6
const MOST_WHOLE = 2

export const countOf = (source: CatalogSource): Metric | undefined =>
  source.metrics.find((metric) => isCount(metric) && metric.where.length === 0) ??
  source.metrics.find(isCount)

/** What stands for a source as a whole: its count, else the first metric that adds up, else any. */
export const leadOf = (source: CatalogSource): Metric | undefined =>
  countOf(source) ?? source.metrics.find((metric) => !isWhole(metric)) ?? source.metrics[0]

/** `events` of orders is simply "Orders"; else the metric's own name. */
function metricTitle(source: CatalogSource, metric: Metric, counter = 'increase'): string {
  const name = shortName(metric)
  if (metric.kind === 'counter') return `${words(name)}, ${counter}`
  if (isCount(metric) && metric.where.length === 0) return words(source.source)
  if (isWhole(metric)) return statTitle(metric, words(name))
  return isMean(metric) ? `${words(name)}, mean` : words(name)
}

/** What does not add up, at most two of it: a chart of its windows, and the values of a field by it. */
function wholePanels(source: CatalogSource): PanelSpec[] {
  return source.metrics
    .filter(isWhole)
    .slice(0, MOST_WHOLE)
    .flatMap((metric): PanelSpec[] => {
      const title = words(shortName(metric))
      const fields = namingFields(source, metric)
      return [
        { panel: 'whole', name: metric.metric, title, source, metric, width: 'w8' },
        ...(fields.length === 0
          ? []
          : [{ panel: 'top', name: metric.metric, source, metric, fields } as const]),
      ]
    })
}

/** A page for a source that nobody drew one for. */
function sectionOf(source: CatalogSource): Section {
  const { source: name, metrics } = source
  const adding = metrics.filter((metric) => !isWhole(metric))
  // An event counts under each value of a list: such series overlap, and no chart stacks them or draws their sum.
  const isList = (field: string): boolean => source.fields.some((one) => one.name === field && one.isList)
  const first = adding[0]
  const second = adding.find(isMean) ?? adding.find(isSum) ?? adding[1]
  const chart = (metric: Metric, at: number): ChartSpec => {
    const field = namingFields(source, metric).find((one) => !isList(one)) ?? null
    const named = metricTitle(source, metric, 'rate')
    return {
      panel: 'chart',
      name: `${name}.${at}`,
      title: field === null ? named : `${named} by ${words(field).toLowerCase()}`,
      source,
      metric,
      field,
      top: at === 0 ? 5 : 6,
      width: 'w8',
    }
  }
  const panels: PanelSpec[] = []
  const charted = [first, second === first ? undefined : second].filter((metric) => metric !== undefined)
  const whole = wholePanels(source)
  for (const [at, metric] of charted.entries()) {
    panels.push(chart(metric, at))
    const fields = namingFields(source, metric)
    // The last row has the feed beside it.
    if (fields.length > 0 && (at === 0 || whole.length > 0))
      panels.push({ panel: 'top', name: at === 0 ? name : metric.metric, source, metric, fields })
  }
  panels.push(...whole)
  if (source.entity !== null)
    panels.push({ panel: 'entities', name: `${name}.${source.entity.field}`, source })
  // The feed fills what is left of its row.
  const taken =
    panels.reduce((sum, panel) => sum + ('width' in panel && panel.width === 'w8' ? 8 : 4), 0) % 12
  panels.push({
    panel: 'feed',
    name: `${name}.feed`,
    sources: [source],
    width: taken === 0 ? 'w12' : taken === 4 ? 'w8' : 'w4',
  })
  return {
    name,
    title: words(name),
    sources: [source],
    tiles: metrics
      .slice(0, MOST_TILES)
      .map((metric) => ({ title: metricTitle(source, metric), source, metric })),
    arriving: [],
    panels,
  }
}

/** Slots of answers; a panel and the plan must agree on them. */
export const slots = {
  total: (metric: Metric): string => `total ${metric.metric}`,
  weighs: (metric: Metric): string => `weighs ${metric.metric}`,
  chart: (name: string): string => `chart ${name}`,
  weight: (name: string): string => `weight ${name}`,
  top: (name: string): string => `top ${name}`,
  entities: (source: string): string => `entities ${source}`,
  arriving: (source: string): string => `arriving ${source}`,
  tail: (source: string): string => `tail ${source}`,
  sent: (source: string): string => `sent ${source}`,
}

/** The field a table of values is opened at. */
export const tabOf = (spec: TopSpec, view: View): string =>
  spec.fields.find((field) => field === view.tabs[spec.name]) ?? spec.fields[0]!
export const SERIES_LIMIT = 300
export const TOP_ROWS = 9
/** What a table unfolds to. */
export const MOST_ROWS = 100

/** Number of events. */
export const isCount = (metric: Metric): boolean => metric.field === null && shownAddsUp(metric)
/** Sum of a field. */
export const isSum = (metric: Metric): boolean => metric.field !== null && shownAddsUp(metric)

/** A tile of means asks for sums and counts too: the mean of a range is no mean of means. */
const tileQueries = ({ metric, source }: TileSpec, view: View): Query[] => {
  if (isWhole(metric)) return wholeTileQueries(metric, source, view)
  const series = (slot: string, statistic: string): Query => ({
    kind: 'total',
    slot,
    text: seriesText({ metric: `${metric.metric}${statistic}` }, source, view),
  })
  return isMean(metric)
    ? [series(slots.total(metric), '.sum'), series(slots.weighs(metric), '.count')]
    : [series(slots.total(metric), '')]
}

/** What tells how fresh a source is, and whether anything ever came. */
const leadQueries = (metric: Metric, source: CatalogSource, view: View): Query[] =>
  isWhole(metric)
    ? [
        {
          kind: 'total',
          slot: slots.total(metric),
          text: seriesText({ metric: metric.metric }, source, view),
        },
      ]
    : tileQueries({ title: '', metric, source }, view)

function panelQueries(spec: PanelSpec, view: View, all: ReadonlySet<string>): Query[] {
  if (spec.panel === 'feed')
    return spec.sources.flatMap((whole): Query[] => {
      const { source } = whole
      const count = countOf(whole)
      return [
        ...(count === undefined
          ? []
          : [{ kind: 'total' as const, slot: slots.arriving(source), text: arrivingText(count.metric) }]),
        { kind: 'tail', slot: slots.tail(source), text: tailText(source, 30) },
        // At a thousand events a second the tail alone would miss the one that somebody sent by hand.
        { kind: 'tail', slot: slots.sent(source), text: tailText(source, 3, 'http') },
      ]
    })
  if (spec.panel === 'entities')
    return [
      {
        kind: 'list',
        slot: slots.entities(spec.source.source),
        text: entitiesText(spec.source.source, all.has(spec.name) ? 100 : 6),
      },
    ]
  if (spec.panel === 'top')
    return [
      {
        kind: 'list',
        slot: slots.top(spec.name),
        text: topText(
          {
            metric: isWhole(spec.metric) ? withStat(spec.metric, statOf(spec.metric)) : spec.metric.metric,
            by: tabOf(spec, view),
            limit: all.has(spec.name) ? MOST_ROWS : TOP_ROWS,
          },
          spec.source,
          view,
        ),
      },
    ]
  if (spec.panel === 'whole') return wholeChartQueries(spec.metric, spec.source, view)
  const { metric, name, source, field, where } = spec
  const asking: Asking =
    where === undefined
      ? view
      : {
          ...view,
          filters: [
            ...view.filters,
            { source: source.source, field: where.field, op: 'is', values: [where.value] },
          ],
        }
  const by = field ?? undefined
  const ask = (statistic: string): string =>
    seriesText(
      { metric: `${metric.metric}${statistic}`, by, limit: SERIES_LIMIT, compare: !isMean(metric) },
      source,
      asking,
    )
  // The total is asked for too: where there are more names than a chart is sent, or a name is gone since, parts do not add up to it.
  const total: Query[] = where === undefined ? tileQueries({ title: '', source, metric }, view) : []
  if (!isMean(metric)) return [{ kind: 'chart', slot: slots.chart(name), text: ask('') }, ...total]
  return [
    { kind: 'chart', slot: slots.chart(name), text: ask('.sum') },
    { kind: 'chart', slot: slots.weight(name), text: ask('.count') },
  ]
}

export function sectionQueries(section: Section, view: View, all: ReadonlySet<string> = new Set()): Query[] {
  const found = new Map<string, Query>()
  // Every source has its count: it is what the page knows of the source as a whole.
  const counts = section.sources.flatMap((source) => {
    const metric = leadOf(source)
    return metric === undefined ? [] : leadQueries(metric, source, view)
  })
  for (const query of [
    ...section.tiles.flatMap((tile) => tileQueries(tile, view)),
    ...counts,
    ...section.panels.flatMap((panel) => panelQueries(panel, view, all)),
  ])
    if (!found.has(query.slot)) found.set(query.slot, query)
  return [...found.values()]
}

/** All sections there could be. */
export function sectionsOf(catalog: readonly CatalogSource[]): Section[] {
  const shipped = shippedOf(catalog)
  const rest = shipped === undefined ? catalog : catalog.filter((source) => !shipped.sources.includes(source))
  const all = [...(shipped === undefined ? [] : [shipped]), ...rest.map(sectionOf)]
  return all.length === 1 ? [{ ...all[0]!, title: null }] : all
}

/** The sections that are shown: the one asked for, or as many as one stream carries. */
export function shownSections(catalog: readonly CatalogSource[], view: View): Section[] {
  const all = sectionsOf(catalog)
  const one = all.filter((section) => section.sources.some(({ source }) => source === view.source))
  if (one.length > 0) return one
  let left: number = MOST_QUERIES
  return all.filter((section) => (left -= sectionQueries(section, view).length) >= 0)
}

/** All that the page asks over its stream. The pipeline page needs only how fresh each source is. */
export function queriesOf(
  catalog: readonly CatalogSource[] | null,
  view: View,
  all: ReadonlySet<string> = new Set(),
): Query[] {
  if (catalog === null) return []
  if (view.page === 'overview')
    return shownSections(catalog, view)
      .flatMap((section) => sectionQueries(section, view, all))
      .slice(0, MOST_QUERIES)
  const calm: View = { ...view, filters: [], compare: null }
  return catalog.slice(0, MOST_QUERIES).flatMap((source) => {
    const metric = leadOf(source)
    return metric === undefined
      ? []
      : [
          {
            kind: 'total' as const,
            slot: slots.total(metric),
            text: seriesText({ metric: metric.metric }, source, calm),
          },
        ]
  })
}
