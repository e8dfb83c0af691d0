/** The mocked answers of /v1/sessions, /v1/funnel, /v1/retention and /v1/journeys. */
import type {
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  SessionFigures,
  SessionsAnswer,
} from '../../../query-api/wire.ts'
import { noise, rangeMs, shares } from './sources.ts'
import type { World } from './world.ts'

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const namesOf = (field: string): Record<string, number> =>
  shares[/^(entry|exit)$/.test(field) ? 'path' : field] ?? {}

interface Asked {
  readonly query: URLSearchParams
  readonly by: string
  readonly names: readonly (readonly [string, number])[]
  readonly meta: Omit<SessionsAnswer['meta'], 'gapMs'>
  readonly isCompared: boolean
}

function read(world: World, text: string): Asked {
  const query = new URLSearchParams(text.split('?')[1])
  const [by, source] = [query.get('by') ?? '', query.get('source') ?? '']
  const isCompared = query.get('compare') !== null
  const toMs = world.asOfMs() ?? Date.now()
  const fromMs = toMs - rangeMs(query.get('from') ?? '')
  const all = Object.entries(namesOf(by))
  const names = all.slice(0, Number(query.get('limit') ?? 10))
  const { leftOut } = world.mood
  return {
    query,
    by,
    names,
    isCompared,
    meta: {
      ...world.provenance(source),
      source,
      by: by === '' ? null : by,
      fromMs,
      toMs,
      askedFromMs: fromMs,
      askedToMs: toMs,
      previous: isCompared ? { fromMs: fromMs - (toMs - fromMs), toMs: fromMs, known: true } : null,
      intervals: ['1m'],
      rowsTotal: all.length,
      late: leftOut.late,
      over: leftOut.over,
      ...(leftOut.seenTwice && { mispartitioned: { seenTwice: true, keyedOtherwise: 0 } }),
    },
  }
}

type FactsAnswer = SessionsAnswer | FunnelAnswer | RetentionAnswer | JourneysAnswer
export function facts(world: World, text: string): FactsAnswer {
  if (text.startsWith('funnel')) return funnel(world, text)
  if (text.startsWith('retention')) return retention(world, text)
  return text.startsWith('journeys') ? journeys(world, text) : sessions(world, text)
}

const WEEK_MS = 604_800_000
const WEEKS = 8

/** Ten weeks of members, fewer of whom come back each week. */
function retention(world: World, text: string): RetentionAnswer {
  const { by, names, meta } = read(world, text)
  const firstMs = Date.UTC(2026, 0, 5)
  const rows = Array.from({ length: 10 }, (_, n): RetentionAnswer['rows'][number] => {
    const size = world.mood.empty ? 0 : 900 + 40 * n
    const back = Array.from({ length: WEEKS }, (_one, at) =>
      n + at + 1 > 9 ? null : Math.round(size * (0.42 / (1 + at * 0.6) + 0.02 * noise(`${n} ${at}`))),
    )
    return {
      labels: {},
      cohort: new Date(firstMs + n * WEEK_MS).toISOString().slice(0, 10),
      startMs: firstMs + n * WEEK_MS,
      endMs: firstMs + (n + 1) * WEEK_MS,
      size,
      back,
      share: back.map((one) => (one === null || size === 0 ? null : one / size)),
      finished: Math.max(0, 9 - n),
    }
  })
  const together = (part: number): RetentionAnswer['total'] => ({
    size: Math.round(rows.reduce((sum, { size }) => sum + size!, 0) * part),
    periods: Array.from({ length: WEEKS }, (_, at) => ({
      period: at + 1,
      cohorts: 9 - at,
      size: 8000,
      back: Math.round(3200 / (1 + at * 0.6)),
      share: 0.4 / (1 + at * 0.6),
    })),
  })
  const { previous: _, intervals: __, rowsTotal: ___, ...rest } = meta
  return {
    rows,
    ...(by !== '' && {
      names: names.map(([name]) => ({ labels: { [by]: name }, ...together(noise(name)) })),
      others: null,
    }),
    total: together(1),
    meta: {
      ...rest,
      retention: 'visitors',
      unit: 'week',
      periods: WEEKS,
      tz: 'Europe/Berlin',
      weekStart: 'monday',
      namesTotal: names.length,
    },
  }
}

function journeys(world: World, text: string): JourneysAnswer {
  const { query, meta, isCompared } = read(world, text)
  const isTwo = query.get('steps') === '2'
  const pages = ['(start)', '/harbour/tides', '/tickets/ferry', '/weather/north-sea', '(end)']
  const all = world.mood.empty
    ? []
    : pages
        .slice(0, -1)
        .flatMap((page, n) =>
          pages
            .slice(1)
            .map((next, m): JourneysAnswer['rows'][number] => ({
              labels: Object.fromEntries(
                ['page', 'next', ...(isTwo ? ['then'] : [])].map((field, at) => [
                  field,
                  [page, next, next === '(end)' ? null : pages[(m + n) % 4]!][at] ?? null,
                ]),
              ),
              journeys: Math.round(4000 / (1 + n + 2 * m)),
              ofPage: 1 / (2 + m),
              ofNext: 1 / (2 + n),
              ...(isCompared && { previous: Math.round(3800 / (1 + n + 2 * m)) }),
            })),
        )
  const fits = all.filter(
    ({ labels }) =>
      (query.get('page') ?? labels['page']) === labels['page'] &&
      (query.get('next') ?? labels['next']) === labels['next'],
  )
  const { by: _, ...rest } = meta
  return {
    rows: fits.toSorted((a, b) => b.journeys! - a.journeys!).slice(0, Number(query.get('limit') ?? 10)),
    others: null,
    total: { journeys: fits.reduce((sum, one) => sum + one.journeys!, 0) },
    meta: {
      ...rest,
      rowsTotal: fits.length,
      steps: isTwo ? 2 : 1,
      gapMs: 1_800_000,
      lateMs: 1_800_000,
      views: 90_000,
      visits: 26_310,
      open: 418,
    },
  }
}

function sessions(world: World, text: string): SessionsAnswer {
  const { query, by, names, meta, isCompared } = read(world, text)
  const figures = (count: number, name: string): SessionFigures => ({
    sessions: world.mood.empty ? 0 : count,
    bounceRate: world.mood.empty ? null : 0.3 + noise(name) * 0.3,
    pagesASession: world.mood.empty ? null : 1.5 + noise(`${name} pages`) * 3,
    averageMs: world.mood.empty ? null : 60_000 + noise(`${name} time`) * 240_000,
  })
  const row = (count: number, name: string): SessionsAnswer['total'] => ({
    ...figures(count, name),
    ...(isCompared && { previous: figures(Math.round(count * (0.8 + noise(name) * 0.3)), `${name} was`) }),
  })
  const total = row(26_310, 'all')
  const sum = names.reduce((all, [, weight]) => all + weight, 0)
  const found = /^(\d+)([smhd])$/.exec(query.get('interval') ?? '')
  const intervalMs = found === null ? 60_000 : Number(found[1]) * UNITS_MS[found[2]!]!
  const timesMs: number[] = []
  for (let ms = Math.floor(meta.fromMs / intervalMs) * intervalMs; ms < meta.toMs; ms += intervalMs)
    timesMs.push(ms)
  const each = timesMs.map((ms) => figures(Math.round(300 + 120 * noise(`window ${ms}`)), `${ms}`))
  return {
    rows: world.mood.empty
      ? []
      : by === ''
        ? [{ labels: {}, share: 1, ...total }]
        : names.map(([name, weight]) => ({
            labels: { [by]: name },
            share: weight / sum,
            ...row(Math.round((26_310 * weight) / sum), name),
          })),
    others: null,
    total,
    ...(query.get('interval') !== null && {
      windows: {
        interval: query.get('interval')!,
        intervalMs,
        timesMs,
        toMs: timesMs.at(-1)! + intervalMs,
        names: [
          {
            labels: {},
            sessions: each.map((one) => one.sessions),
            bounceRate: each.map((one) => one.bounceRate),
            pagesASession: each.map((one) => one.pagesASession),
            averageMs: each.map((one) => one.averageMs),
          },
        ],
      },
    }),
    meta: { ...meta, gapMs: 1_800_000 },
  }
}

const PARTS = [1, 0.573, 0.134]

function funnel(world: World, text: string): FunnelAnswer {
  const { query, by, names, meta, isCompared } = read(world, text)
  const name = query.get('funnel') ?? ''
  const declared = world.catalog
    .find(({ source }) => source === meta.source)
    ?.funnels?.find((one) => one.funnel === name) ?? { steps: [], withinMs: 1 }
  const way = (first: number): FunnelAnswer['total'] => {
    const counts = declared.steps.map((_, at) => (world.mood.empty ? 0 : Math.round(first * PARTS[at]!)))
    const share = (at: number, of: number): number | null =>
      (counts[of] ?? 0) === 0 ? null : counts[at]! / counts[of]!
    return {
      steps: declared.steps.map((step, at) => ({
        step,
        count: counts[at]!,
        ofFirst: share(at, 0),
        ofBefore: share(at, Math.max(0, at - 1)),
      })),
      conversion: share(counts.length - 1, 0),
      ...(isCompared && { previous: counts.map((count) => Math.round(count * 0.95)) }),
    }
  }
  const sum = names.reduce((all, [, weight]) => all + weight, 0)
  return {
    rows:
      by === ''
        ? [{ labels: {}, ...way(9830) }]
        : names.map(([value, weight]) => ({
            labels: { [by]: value },
            ...way(Math.round((9830 * weight) / sum)),
          })),
    others: null,
    total: way(9830),
    meta: { ...meta, funnel: name, withinMs: declared.withinMs },
  }
}
