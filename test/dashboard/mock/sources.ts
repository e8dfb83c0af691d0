/** The sources that the mocked API knows, and what each of their numbers is at a moment. */
import type { Approximate, CatalogSource } from '../../../query-api/wire.ts'

const intervals = [
  { name: '1s', ms: 1000, keepMs: 2_700_000 },
  { name: '1m', ms: 60_000, keepMs: 172_800_000 },
]
const field = (
  name: string,
  type: 'string' | 'number' = 'string',
  optional = false,
): CatalogSource['fields'][number] => ({ name, type, optional, path: [name] })
const count = (metric: string, where: string[] = []): CatalogSource['metrics'][number] => ({
  metric,
  kind: 'count',
  stats: ['count'],
  addsUp: ['count'],
  field: null,
  where,
})
const about = { generation: 1, def: '7c1f3a09', partitions: 4, intervals, timePath: ['ts'] }
export const clicks: CatalogSource = {
  ...about,
  source: 'clicks',
  topic: 'clicks',
  key: 'visitor',
  entity: null,
  fields: [
    field('type'),
    field('path'),
    field('country', 'string', true),
    field('device', 'string', true),
    field('visitor'),
    field('amount', 'number', true),
  ],
  metrics: [
    count('clicks.events'),
    count('clicks.views', ['type:is:page_view']),
    { metric: 'clicks.revenue', kind: 'sum', stats: ['sum'], addsUp: ['sum'], field: 'amount', where: [] },
  ],
  breakdowns: [['type'], ['path'], ['country'], ['device'], ['country', 'device']],
}
/** Clicks with what does not add up: visitors, and how long pages take. */
export const measured: CatalogSource = {
  ...clicks,
  fields: [...clicks.fields, field('loadMs', 'number', true)],
  metrics: [
    ...clicks.metrics,
    {
      metric: 'clicks.visitors',
      kind: 'uniques',
      stats: ['uniques'],
      addsUp: [],
      field: 'visitor',
      where: [],
      breakdowns: [[], ['path']],
    },
    {
      metric: 'clicks.load',
      kind: 'quantiles',
      stats: ['p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'count', 'min', 'max'],
      addsUp: ['count'],
      field: 'loadMs',
      where: [],
    },
  ],
}
/** Clicks that come together to sessions and funnels. */
export const visited: CatalogSource = {
  ...clicks,
  sessions: { gapMs: 1_800_000, by: [['entry'], ['exit'], ['country'], ['entry', 'country']] },
  funnels: [
    { funnel: 'checkout', withinMs: 3_600_000, steps: ['ferry', 'sailing', 'paid'], by: [['country']] },
    { funnel: 'search', withinMs: 600_000, steps: ['search', 'result'], by: [] },
  ],
}
/** How far answers to these may be off. */
export const errors: Record<string, Approximate> = {
  visitors: { relative: 0.0081, is: 'deviation' },
  load: { relative: 0.01, is: 'bound' },
}
export const errorOf = (metric: string): { approximate?: Approximate } => {
  const approximate = errors[metric.split('.')[1]!]
  return approximate === undefined ? {} : { approximate }
}
/** Of a range as a whole; no sum of anything. */
export const wholes: Record<string, number> = { 'clicks.visitors': 4321, 'clicks.load.p75': 187.5 }
export const readings: CatalogSource = {
  ...about,
  source: 'readings',
  topic: 'readings',
  key: 'device',
  entity: { field: 'device', onlineMs: 120_000, last: { by: 'signal', of: ['value', 'unit'] } },
  fields: [
    field('device'),
    field('site'),
    field('signal'),
    field('value', 'number'),
    field('unit', 'string', true),
  ],
  metrics: [
    count('readings.readings'),
    {
      metric: 'readings.value',
      kind: 'stats',
      stats: ['avg', 'count', 'sum', 'min', 'max', 'stddev'],
      addsUp: ['count', 'sum'],
      field: 'value',
      where: [],
    },
  ],
  breakdowns: [['site'], ['signal'], ['site', 'signal']],
}
/** A source that nobody drew a page for. */
export const orders: CatalogSource = {
  ...about,
  source: 'orders',
  topic: 'shop-orders',
  key: 'customer',
  entity: null,
  fields: [field('customer'), field('status'), field('shop', 'string', true), field('total', 'number')],
  metrics: [
    count('orders.placed'),
    { metric: 'orders.turnover', kind: 'sum', stats: ['sum'], addsUp: ['sum'], field: 'total', where: [] },
    {
      metric: 'orders.total',
      kind: 'stats',
      stats: ['avg', 'count', 'sum', 'min', 'max', 'stddev'],
      addsUp: ['count', 'sum'],
      field: 'total',
      where: [],
    },
  ],
  breakdowns: [['status'], ['shop']],
}

export const shares: Record<string, Record<string, number>> = {
  country: { DE: 69, FR: 44, NL: 33, PL: 22, GB: 19, ES: 5, IT: 4, DK: 4, SE: 3, US: 2 },
  type: { page_view: 160, click: 28, add_to_cart: 11, purchase: 4, search: 2 },
  device: { mobile: 121, desktop: 70, tablet: 14 },
  site: { Porto: 460, Hamburg: 400, Rotterdam: 260, Bergen: 90 },
  signal: { temperature: 605, humidity: 403, power: 202 },
  path: Object.fromEntries(
    Array.from({ length: 14 }, (_, i) => [
      ['/harbour/tides', '/tickets/ferry', '/weather/north-sea', '/'][i] ?? `/docs/chapter-${i}`,
      Math.round(60 / (i + 1)),
    ]),
  ),
  status: { paid: 9, open: 4, sent: 2 },
  shop: { harbour: 8, online: 7 },
}
export const totals: Record<string, number> = {
  'clicks.views': 160,
  'clicks.revenue': 53.25,
  'clicks.visitors': 310,
  'clicks.load.p50': 90,
  'clicks.load.p75': 180,
  'clicks.load.p95': 420,
  'clicks.load.p99': 900,
  'readings.value.sum': 9000,
  'readings.value.count': 600,
  'orders.turnover': 640.5,
  'orders.total.sum': 640.5,
  'orders.total.count': 15,
}
export const whole: Record<string, string> = {
  'clicks.events': 'country',
  'readings.readings': 'site',
  'orders.placed': 'status',
}

/** A name of several fields is theirs in order. */
export const labelsOf = (by: string, name: string): Record<string, string> =>
  Object.fromEntries(by.split(',').map((field, i) => [field, name.split('|')[i]!]))
/** How much of it comes a second; of several fields each has its part of the first one's. */
export const levelOf = (by: string, name: string): number =>
  by.split(',').reduce((level, field, i) => {
    const own = shares[field]?.[name.split('|')[i]!] ?? 0
    return i === 0 ? own : (level * own) / Object.values(shares[field]!).reduce((sum, one) => sum + one, 0)
  }, 0)

/** FNV-1a: the noise of a window, the same in every run. */
export function noise(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

/** What the series `name` holds in the one-second window that starts at `atMs`. */
export function valueAt(metric: string, by: string | null, name: string, atMs: number): number {
  const parts = whole[metric]
  // A total is the sum of a breakdown's parts, so that the page's own adding up can be held against it.
  if (by === null && parts !== undefined)
    return Object.keys(shares[parts]!).reduce((sum, part) => sum + valueAt(metric, parts, part, atMs), 0)
  const level = by === null ? totals[metric]! : levelOf(by, name)
  const wave =
    1 +
    0.06 * Math.sin(atMs / 47_000 + name.length) +
    0.3 * Math.exp(-((((atMs / 1000) % 1200) - 700) ** 2) / 9000)
  const value = level * (wave + (noise(`${metric}${name}${atMs}`) - 0.5) * 0.35)
  if (metric.endsWith('.sum') && by !== null) return Math.round(value * (4 + name.length) * 100) / 100
  return metric.endsWith('revenue') || metric.endsWith('turnover')
    ? Math.round(value * 100) / 100
    : Math.max(0, Math.round(value))
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
export const rangeMs = (from: string): number => {
  if (/^\d+$/.test(from)) return Date.now() - Number(from)
  const found = /^now-(\d+)([mhd])$/.exec(from)
  return found === null ? 900_000 : Number(found[1]) * unitsMs[found[2]!]!
}
