/** The mocked answers of /v1/top. */
import type { KnownValuesAnswer, Problem, TopAnswer } from '../../../query-api/wire.ts'
import { errorOf, labelsOf, levelOf, shares, noise, rangeMs, wholes } from './sources.ts'
import type { World } from './world.ts'

/** The refusal of a question whose fields no breakdown holds together. */
export function refusal(world: World, text: string): Problem | null {
  const query = new URLSearchParams(text.split('?')[1])
  const source = world.catalog.find((one) => one.source === (query.get('metric') ?? '').split('.')[0])
  const wanted = [
    ...new Set([
      ...(query.get('by')?.split(',') ?? []),
      ...query
        .getAll('where')
        .flatMap((one) => [...one.matchAll(/(?:^|[(|])(\w+):/g)].map(([, name]) => name!)),
    ]),
  ]
  if (source === undefined || source.breakdowns.some((fields) => wanted.every((one) => fields.includes(one))))
    return null
  return {
    type: 'urn:tidemark:problem:breakdown_needed',
    title: 'No breakdown holds these fields',
    status: 422,
    detail: `no breakdown of ${source.source} holds ${wanted.join(' and ')} together`,
    errors: [{ pointer: '/by', detail: `breakdowns: [[${wanted.join(', ')}]]` }],
  }
}

export function top(world: World, text: string): TopAnswer {
  const query = new URLSearchParams(text.split('?')[1])
  const metric = query.get('metric') ?? ''
  const by = query.get('by') ?? ''
  const source = metric.split('.')[0]!
  const toMs = world.asOfMs() ?? Date.now()
  const fromMs = toMs - rangeMs(query.get('from') ?? '')
  const s = (toMs - fromMs) / 1000
  const row = (name: string): TopAnswer['rows'][number] => {
    const value = Math.round(levelOf(by, name) * s)
    const previous = name === '/weather/north-sea' ? 0 : Math.round(value * (0.9 + noise(name) * 0.2))
    return {
      labels: labelsOf(by, name),
      value,
      share: 0,
      previous,
      change: previous === 0 ? null : (value - previous) / previous,
    }
  }
  const made = world.named?.map((name, i): TopAnswer['rows'][number] => ({
    labels: { [by]: typeof name === 'string' ? name : null },
    value: 1000 - i,
    share: 0,
    previous: null,
    change: null,
    ...(typeof name === 'object' ? name : {}),
  }))
  const all =
    made ?? (world.mood.empty ? [] : world.names(query, by)).map(row).sort((a, b) => b.value! - a.value!)
  const whole = wholes[metric]
  const total = whole ?? all.reduce((sum, one) => sum + one.value!, 0)
  const rows = all
    .slice(0, Number(query.get('limit') ?? 10))
    .map((one) => ({ ...one, share: whole === undefined ? one.value! / total : null }))
  const compared = query.get('compare') !== null
  return {
    rows: compared ? rows : rows.map((one) => ({ ...one, previous: null, change: null })),
    others: null,
    total: { value: total, previous: compared && whole !== undefined ? whole / 2 : null, change: null },
    meta: {
      ...world.provenance(source),
      source,
      metric,
      by,
      fromMs,
      toMs,
      askedFromMs: fromMs,
      askedToMs: toMs,
      previous: compared ? { fromMs: fromMs - s * 1000, toMs: fromMs, known: true } : null,
      intervals: ['1s'],
      rowsTotal: all.length,
      ...errorOf(metric),
      ...(refusal(world, text) === null ? {} : { from: 'log' as const, scannedRecords: 1_000_000 }),
    },
  }
}

/** Values of a field that begin with the text, the most frequent first. */
export function knownValues(world: World, query: URLSearchParams): KnownValuesAnswer {
  const [field, prefix] = [query.get('field') ?? '', query.get('prefix') ?? '']
  const fits = Object.entries(shares[field] ?? {}).filter(([name]) => name.startsWith(prefix))
  const source = query.get('source') ?? ''
  return {
    rows: fits.sort(([, a], [, b]) => b - a).map(([value, count]) => ({ value, count })),
    more: 0,
    meta: { ...world.provenance(source), source, field, prefix, fromMs: 0, toMs: Date.now() },
  }
}
