import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../query-api/server.ts'
import type { Problem, SeriesAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler, testSource, type Sent } from './fill.ts'

let server: TestStore
let store: Store
let app: FastifyInstance
let nowMs = 0
let names = 0

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
})
afterAll(async () => {
  await app?.close()
  await store?.close()
  await server?.stop()
})

const T0 = Date.parse('2026-03-04T05:00:00Z')

async function filled(partitions: number, keep?: Record<string, string>, budget?: number): Promise<Filler> {
  const filler = new Filler(store, testSource(`series${names++}`, keep, budget), partitions)
  await filler.open()
  return filler
}

async function get(query: string): Promise<SeriesAnswer> {
  const response = await app.inject({ url: `/v1/series?${query}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

async function refused(query: string): Promise<Problem> {
  const response = await app.inject({ url: `/v1/series?${query}` })
  expect(response.headers['content-type']).toContain('application/problem+json')
  return response.json()
}

/** The plainest way to the same numbers: every event, every window, in doubles that are exact because the inputs are small integers. */
function oracle(events: readonly Sent[], stat: string, startMs: number, endMs: number): number | null {
  const inside = events.filter(({ ts }) => ts >= startMs && ts < endMs)
  if (stat === 'events') return inside.length
  if (stat === 'phones') return inside.filter(({ device }) => device === 'phone').length
  if (stat === 'revenue')
    return inside.reduce((sum, { paid }) => sum + Math.round((paid ?? 0) * 100), 0) / 100
  const loads = inside.flatMap(({ load }) => load ?? [])
  const sum = loads.reduce((a, b) => a + b, 0)
  if (stat === 'load.count') return loads.length
  if (stat === 'load.sum') return sum
  if (loads.length === 0) return null
  if (stat === 'load.min') return Math.min(...loads)
  if (stat === 'load.max') return Math.max(...loads)
  const mean = sum / loads.length
  return stat === 'load.avg' ? mean : Math.sqrt(loads.reduce((a, b) => a + (b - mean) ** 2, 0) / loads.length)
}

const STATS = [
  'events',
  'phones',
  'revenue',
  'load.count',
  'load.sum',
  'load.min',
  'load.max',
  'load.avg',
  'load.stddev',
]

describe('numbers', () => {
  test('every statistic, over partitions, cuts and series, as a naive count says', {
    timeout: 120_000,
  }, async () => {
    const event = fc.record(
      {
        ts: fc.integer({ min: 0, max: 40_000 }).map((after) => T0 + after),
        country: fc.constantFrom('DE', 'FR', 'ü"\\', '__proto__'),
        device: fc.constantFrom('phone', 'desk'),
        load: fc.integer({ min: -1000, max: 1000 }),
        paid: fc.integer({ min: -500, max: 500 }).map((cents) => cents / 100),
      },
      { requiredKeys: ['ts'] },
    )
    const cut = fc.record({
      partition: fc.integer({ min: 0, max: 2 }),
      events: fc.array(event, { minLength: 1, maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(cut, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('1s', '1m'),
        fc.constantFrom(...STATS),
        async (cuts, interval, stat) => {
          const filler = await filled(3)
          nowMs = T0 + 60_000
          const all: Sent[] = []
          // since = the first event of all: windows from there on are known.
          await filler.land(0, [{ ts: T0 }], nowMs)
          all.push({ ts: T0 })
          for (const { partition, events } of cuts) {
            await filler.land(partition, events, nowMs)
            all.push(...events)
          }
          for (const partition of [0, 1, 2]) await filler.land(partition, [], nowMs)
          const ms = interval === '1s' ? 1000 : 60_000
          const base = `metric=${filler.source.name}.${stat}&interval=${interval}&from=${T0}&to=${T0 + 60_000}`
          const total = await get(base)
          expect(total.timesMs).toEqual(Array.from({ length: 60_000 / ms }, (_, at) => T0 + at * ms))
          close(
            total.series[0]!.values,
            total.timesMs.map((time) => oracle(all, stat, time, time + ms)),
          )

          const by = await get(`${base}&by=country`)
          expect(by.series.map(({ labels }) => labels['country'] ?? null).sort()).toEqual(
            [...new Set(all.map(({ country }) => country ?? null))].sort(),
          )
          for (const { labels, values } of by.series)
            close(
              values,
              by.timesMs.map((time) =>
                oracle(
                  all.filter(({ country }) => (country ?? null) === labels['country']),
                  stat,
                  time,
                  time + ms,
                ),
              ),
            )

          const phones = await get(`${base}&by=country&where=device:is:phone`)
          for (const { labels, values } of phones.series)
            close(
              values,
              phones.timesMs.map((time) =>
                oracle(
                  all.filter(
                    ({ country, device }) => (country ?? null) === labels['country'] && device === 'phone',
                  ),
                  stat,
                  time,
                  time + ms,
                ),
              ),
            )
        },
      ),
      { numRuns: 40 },
    )
  })

  test('sums past 2^53 stay exact until they are shown', async () => {
    const filler = await filled(2)
    nowMs = T0 + 10_000
    const most = Math.floor(2 ** 53 / 100) - 1
    for (const partition of [0, 1])
      await filler.land(
        partition,
        Array.from({ length: 3 }, () => ({ ts: T0, paid: most })),
        nowMs,
      )
    const { series } = await get(`metric=${filler.source.name}.revenue&interval=1m&from=${T0}&to=${T0 + 1}`)
    expect(series[0]!.values).toEqual([most * 6])
  })

  test('names past the first blocks of ids, and past the budget', async () => {
    const filler = await filled(1, undefined, 200)
    nowMs = T0 + 10_000
    for (let from = 0; from < 260; from += 20)
      await filler.land(
        0,
        Array.from({ length: 20 }, (_, n) => ({ ts: T0 + (n % 3) * 1000, country: `c${from + n}` })),
        nowMs,
      )
    const answer = await get(
      `metric=${filler.source.name}.events&by=country&interval=1s&from=${T0}&to=${T0 + 3000}&limit=500`,
    )
    const late = answer.meta.seriesTotal - 201 // those that found a place in the reserve, by the draw of their events
    expect(late).toBeGreaterThan(0)
    expect(late).toBeLessThanOrEqual(20)
    const other = answer.series[0]!
    expect(other.labels).toEqual({ country: '__other__' })
    expect(other.values.reduce<number>((sum, value) => sum + value!, 0)).toBe(60 - late)
    expect(
      answer.series
        .slice(1)
        .every(({ values }) => values.reduce<number>((sum, value) => sum + value!, 0) === 1),
    ).toBe(true)
    const filtered = await get(
      `metric=${filler.source.name}.events&where=country:prefix:c25&interval=1s&from=${T0}&to=${T0 + 3000}`,
    )
    expect(filtered.meta.unnamedLeftOut).toBe(true)
    const limited = await get(
      `metric=${filler.source.name}.events&by=country&interval=1s&from=${T0}&to=${T0 + 3000}&limit=2`,
    )
    expect([limited.series.length, limited.meta.seriesTotal]).toEqual([2, 201 + late])
  })

  test('a range over midnight finds the names of both days', async () => {
    const filler = await filled(1)
    const midnight = Date.parse('2026-03-05T00:00:00Z')
    nowMs = midnight + 60_000
    await filler.land(
      0,
      [
        { ts: midnight - 1000, country: 'DE' },
        { ts: midnight - 1000, country: 'FR' },
        { ts: midnight, country: 'FR' },
        { ts: midnight, country: 'DE' },
        { ts: midnight + 1, country: 'FR' },
      ],
      nowMs,
    )
    for (const interval of ['1s', '1h']) {
      const { series } = await get(
        `metric=${filler.source.name}.events&by=country&interval=${interval}&from=${midnight - 1000}&to=${midnight + 1000}`,
      )
      expect(series).toEqual([
        { labels: { country: 'FR' }, values: [1, 2] },
        { labels: { country: 'DE' }, values: [1, 1] },
      ])
    }
  })
})

describe('what is known', () => {
  test('0 is not null: before since and after asOf nothing is known, between them nothing happened', async () => {
    const filler = await filled(2)
    nowMs = T0 + 20_000
    await filler.land(0, [{ ts: T0 + 2000, load: 5 }], T0 + 9000)
    await filler.land(1, [], T0 + 8500)
    const query = `interval=1s&from=${T0}&to=${T0 + 11_000}`
    const counts = await get(`metric=${filler.source.name}.events&${query}`)
    expect(counts.series[0]!.values).toEqual([null, null, 1, 0, 0, 0, 0, 0, 0, null, null])
    expect(counts.meta).toMatchObject({
      asOfMs: T0 + 8500,
      lagMs: 11_500,
      sinceMs: T0 + 2000,
      latestMs: null,
      complete: 0,
      behindRecords: 0,
      vector: { 0: 1, 1: 0 },
    })
    const means = await get(`metric=${filler.source.name}.load.avg&${query}`)
    expect(means.series[0]!.values).toEqual([null, null, 5, null, null, null, null, null, null, null, null])
  })

  test('a window that begins where all is known up to is not known', async () => {
    const filler = await filled(1)
    nowMs = T0 + 5000
    await filler.land(0, [{ ts: T0 }], T0 + 3000)
    const { series } = await get(`metric=${filler.source.name}.events&interval=1s&from=${T0}&to=${T0 + 5000}`)
    expect(series[0]!.values).toEqual([1, 0, 0, null, null])
  })

  test('a partition that lags holds asOf back to its last record', async () => {
    const filler = await filled(2)
    nowMs = T0 + 10_000
    await filler.land(0, [{ ts: T0 }], T0 + 9000)
    await filler.land(1, [{ ts: T0 + 4000 }], T0 + 5000, { behind: 7 })
    const { meta } = await get(`metric=${filler.source.name}.events&from=${T0}&to=${T0 + 9000}`)
    expect(meta).toMatchObject({ asOfMs: T0 + 4000, behindRecords: 7, complete: 1 })
  })

  test('windows past their keep are null even where a chunk lingers', async () => {
    const filler = await filled(2, { '1s': '1m', '1m': '2d' })
    nowMs = T0 + 200_000
    await filler.land(
      0,
      [
        { ts: T0 },
        { ts: T0 + 100_000, visitor: 'a' },
        { ts: T0 + 100_000, visitor: 'b' },
        { ts: T0 + 100_000, visitor: 'c' },
      ],
      nowMs,
    )
    await filler.land(1, [], nowMs)
    const { series } = await get(
      `metric=${filler.source.name}.events&interval=1s&from=${T0}&to=${T0 + 101_000}`,
    )
    // Kept while end + 60 s is past the clock at T0 + 100 s: from the window that begins at T0 + 40 s on.
    expect(series[0]!.values.findIndex((value) => value !== null)).toBe(40)
    expect(series[0]!.values[100]).toBe(3)
  })

  test('a partition that was never opened leaves the others their numbers, and the answer says what it lacks; where none is open nothing is known', async () => {
    const filler = await filled(2)
    await store.pipeline([['DEL', filler.keys(1).pos]])
    nowMs = T0 + 10_000
    const ask = `metric=${filler.source.name}.events&from=${T0}&to=${T0 + 5000}`
    expect((await get(ask)).meta).toMatchObject({ asOfMs: null, complete: 0 })
    await filler.land(0, [{ ts: T0 }], nowMs)
    const { series, meta } = await get(ask)
    expect(series[0]!.values).toEqual([1, 0, 0, 0, 0])
    expect(meta).toMatchObject({
      asOfMs: nowMs,
      complete: 0.5,
      partitions: 2,
      incomplete: [{ partition: 1, state: 'unopened' }],
      vector: { 0: 1 },
    })
    await store.pipeline([['DEL', filler.keys(0).pos]])
    const gone = await get(ask)
    expect(gone.series[0]!.values).toEqual([null, null, null, null, null])
    expect(gone.meta).toMatchObject({
      asOfMs: null,
      lagMs: null,
      complete: 0,
      vector: {},
      rebuilding: { lost: true },
    })
  })
})

describe('plans', () => {
  test.each([
    ['now-15m', '1s'],
    ['now-14m', '1s'],
    ['now-16m', '1m'],
    ['now-14h', '1m'],
    ['now-7d', '1h'],
    ['latest-10m', '1s'],
  ])('from=%s is answered at %s', async (from, interval) => {
    const filler = await filled(1)
    nowMs = T0 + 3 * 86_400_000
    await filler.land(0, [{ ts: nowMs - 1000 }], nowMs)
    const to = from.startsWith('latest') ? 'latest' : 'now'
    expect((await get(`metric=${filler.source.name}.events&from=${from}&to=${to}`)).meta.interval).toBe(
      interval,
    )
  })

  test('a fine interval that no longer covers the range gives way to a coarser one', async () => {
    const filler = await filled(1)
    nowMs = T0 + 3 * 86_400_000
    await filler.land(
      0,
      [
        { ts: nowMs, visitor: 'a' },
        { ts: nowMs, visitor: 'b' },
        { ts: nowMs, visitor: 'c' },
      ],
      nowMs,
    )
    expect((await get(`metric=${filler.source.name}.events&from=now-60m&to=now-50m`)).meta.interval).toBe(
      '1m',
    )
  })

  test('refusals say what would do', async () => {
    const filler = await filled(1)
    nowMs = T0
    const metric = `metric=${filler.source.name}.events`
    expect(await refused(`${metric}&interval=1s&from=now-2h`)).toMatchObject({
      status: 400,
      type: 'urn:tidemark:problem:interval_too_fine',
      detail: expect.stringContaining('interval=1m'),
    })
    expect(await refused(`${metric}&from=1970-01-01`)).toMatchObject({
      status: 400,
      type: 'urn:tidemark:problem:range_too_long',
    })
    expect(await refused(`${metric}&from=now&to=now-1h`)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/from' }],
    })
    expect(await refused(`${metric}&from=now&to=now`)).toMatchObject({ status: 400 })
    expect(await refused(`${metric}&interval=5s`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('1s, 1m, 1h'),
    })
    expect(await refused(`${metric}&by=visitor`)).toMatchObject({
      status: 422,
      detail: expect.stringContaining('add visitor to "breakdowns:"'),
      errors: [{ pointer: '/by', detail: 'breakdowns: [country, [country, device], visitor]' }],
    })
    expect(await refused(`${metric}&by=load`)).toMatchObject({ status: 400, errors: [{ pointer: '/by' }] })
    expect(await refused(`${metric}&by=nothing`)).toMatchObject({ status: 400 })
    expect(await refused(`metric=${filler.source.name}.nothing`)).toMatchObject({
      status: 404,
      errors: [{ pointer: '/metric' }],
    })
    expect(await refused(`metric=${filler.source.name}.load.p99`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('avg'),
    })
    expect(await refused('metric=nobody.events')).toMatchObject({ status: 404 })
  })

  test('fields in any order, and a field alone out of a wider breakdown', async () => {
    const filler = await filled(1)
    nowMs = T0 + 5000
    await filler.land(
      0,
      [
        { ts: T0, country: 'DE', device: 'phone' },
        { ts: T0, country: 'FR', device: 'phone' },
      ],
      nowMs,
    )
    const range = `interval=1s&from=${T0}&to=${T0 + 1000}`
    const pair = await get(`metric=${filler.source.name}.events&by=device,country&${range}`)
    expect(pair.series.map(({ labels }) => labels)).toEqual([
      { device: 'phone', country: 'DE' },
      { device: 'phone', country: 'FR' },
    ])
    const alone = await get(`metric=${filler.source.name}.events&by=device&${range}`)
    expect(alone.series).toEqual([{ labels: { device: 'phone' }, values: [2] }])
  })

  test('too many cells: auto steps down, a named interval is refused', async () => {
    const filler = await filled(1, { '1s': '1h', '1m': '2d' }, 100_000)
    nowMs = T0 + 900_000
    for (let from = 0; from < 2000; from += 25)
      await filler.land(
        0,
        Array.from({ length: 25 }, (_, n) => ({ ts: T0, country: `c${from + n}` })),
        nowMs,
      )
    const query = `metric=${filler.source.name}.events&by=country&from=${T0}&to=${T0 + 900_000}`
    expect((await get(query)).meta.interval).toBe('1m')
    expect(await refused(`${query}&interval=1s`)).toMatchObject({
      status: 422,
      type: 'urn:tidemark:problem:too_many_cells',
    })
  })
})

function close(got: readonly (number | null)[], wanted: readonly (number | null)[]): void {
  expect(got.length).toBe(wanted.length)
  for (const [at, value] of wanted.entries()) {
    if (value === null) expect(got[at]).toBeNull()
    else expect(Math.abs(got[at]! - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)))
  }
}
