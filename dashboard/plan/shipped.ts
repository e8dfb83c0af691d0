/** The arrangement of the two shipped sources, clicks and readings, beside each other. Undefined where one is missing or is not as shipped. */
import type { CatalogSource } from '../../query-api/wire.ts'
import { words } from '../format/names.ts'
import { namingFields } from './naming-fields.ts'
import type { Metric, PanelSpec, Section, TileSpec } from './section.ts'
import { isWhole, statTitle } from './whole.ts'

/** Visitors and load times, where the definition has them: as many as there is room for. */
const wholes = (source: CatalogSource): Metric[] => source.metrics.filter(isWhole).slice(0, 2)
const nameOf = ({ metric }: Metric): string => metric.slice(metric.indexOf('.') + 1)

export function shippedOf(catalog: readonly CatalogSource[]): Section | undefined {
  const clicks = catalog.find(({ source }) => source === 'clicks')
  const readings = catalog.find(({ source }) => source === 'readings')
  const metric = (
    source: CatalogSource | undefined,
    name: string,
  ): CatalogSource['metrics'][number] | undefined =>
    source?.metrics.find((one) => one.metric === `${source.source}.${name}`)
  const holds = (source: CatalogSource | undefined, fields: string): boolean =>
    source?.breakdowns.some((breakdown) => breakdown.join('+') === fields) === true
  const [events, views, revenue] = ['events', 'views', 'revenue'].map((name) => metric(clicks, name))
  const [count, value] = ['readings', 'value'].map((name) => metric(readings, name))
  if (
    clicks === undefined ||
    readings === undefined ||
    events === undefined ||
    views === undefined ||
    revenue === undefined ||
    count === undefined ||
    value === undefined
  )
    return undefined
  if (!holds(clicks, 'country') || !holds(readings, 'site') || !holds(readings, 'site+signal'))
    return undefined

  const fields = (source: CatalogSource, first: readonly string[], metric?: Metric): string[] => {
    const own = namingFields(source, metric)
    return [...first.filter((field) => own.includes(field)), ...own.filter((field) => !first.includes(field))]
  }
  const fieldsOf = (metric: Metric): string[] =>
    fields(clicks, ['path', 'referrer', 'country', 'device', 'type'], metric)
  const tileOf = (metric?: Metric): TileSpec[] =>
    metric === undefined ? [] : [{ title: statTitle(metric, words(nameOf(metric))), source: clicks, metric }]
  const [visitors, load] = wholes(clicks)
  const panels: PanelSpec[] = [
    {
      panel: 'chart',
      name: 'byCountry',
      title: 'Clicks by country',
      source: clicks,
      metric: events,
      field: 'country',
      top: 5,
      width: 'w8',
    },
    { panel: 'top', name: 'clicks', source: clicks, metric: events, fields: fieldsOf(events) },
    ...wholes(clicks).flatMap((metric): PanelSpec[] => {
      const name = nameOf(metric)
      return [
        { panel: 'whole', name, title: words(name), source: clicks, metric, width: 'w8' },
        { panel: 'top', name, source: clicks, metric, fields: fieldsOf(metric) },
      ]
    }),
    {
      panel: 'chart',
      name: 'bySite',
      title: 'Readings by site',
      source: readings,
      metric: count,
      field: 'site',
      top: 6,
      width: 'w8',
      lines: true,
    },
    ...(readings.entity === null ? [] : [{ panel: 'entities', name: 'devices', source: readings } as const]),
    {
      panel: 'top',
      name: 'readings',
      source: readings,
      metric: count,
      fields: fields(readings, ['signal', 'site']),
    },
    {
      panel: 'chart',
      name: 'temperature',
      title: 'Temperature by site',
      source: readings,
      metric: value,
      field: 'site',
      top: 4,
      width: 'w4',
      where: { field: 'signal', value: 'temperature', unit: '°C' },
    },
    { panel: 'feed', name: 'feed', sources: [clicks, readings], width: 'w4' },
  ]
  return {
    name: 'shipped',
    title: 'Clicks and readings',
    sources: [clicks, readings],
    tiles: [
      ...tileOf(visitors),
      // Six have room, and the devices are one of them.
      ...(load === undefined ? [{ title: 'Clicks', source: clicks, metric: events }] : []),
      { title: 'Page views', source: clicks, metric: views },
      ...tileOf(load),
      { title: 'Revenue', source: clicks, metric: revenue },
      { title: 'Readings', source: readings, metric: count },
    ],
    arriving: [clicks, readings],
    panels,
  }
}
