import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTopQuery } from '../../query-api/language/query.ts'
import { createServer } from '../../query-api/http/server.ts'
import { Sources } from '../../query-api/sources/sources.ts'
import { tile, tilingsOf } from '../../query-api/engine/time-tiling.ts'
import { answerOne } from '../../query-api/engine/one-snapshot.ts'
import { PreparedTop } from '../../query-api/engine/top.ts'
import type { BatchAnswer, Problem, SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
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
const HOUR = 3_600_000
const KEEP = { '1s': '45m', '1m': '2d', '15m': '14d', '1h': '90d' }

async function filled(
  events: readonly Sent[],
  endAtMs: number,
  keep?: Record<string, string>,
  budget?: number,
): Promise<Filler> {
  const filler = new Filler(store, testSource(`top${names++}`, keep, budget), 2)
  await filler.open()
  for (const partition of [0, 1]) {
    const own = events.filter((_, at) => at % 2 === partition)
    for (let at = 0; at < own.length; at += 20) await filler.land(partition, own.slice(at, at + 20), endAtMs)
    await filler.land(partition, [], endAtMs)
  }
  return filler
}

async function top(filler: Filler, query: string): Promise<TopAnswer> {
  const response = await app.inject({ url: `/v1/top?metric=${filler.source.name}.${query}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

describe('tiles', () => {
  const intervals = testSource('tiles', KEEP).intervals

  test('a day is some hundred windows, and exactly the day', () => {
    const toMs = T0 + 17 * 60_000 + 23_000
    const [best] = tilingsOf(intervals, { fromMs: toMs - 24 * HOUR, toMs, compare: false }, toMs)
    const windows = best!.runs.reduce((sum, { first, end }) => sum + end - first, 0)
    expect(windows).toBeLessThan(200)
    expect(best!.toMs).toBe(toMs)
    expect(best!.fromMs).toBe(Math.floor((toMs - 24 * HOUR) / 60_000) * 60_000)
  })

  test('whatever the range, its windows are kept and lie end to end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 * 24 * HOUR }),
        fc.integer({ min: 0, max: 20 * 24 * HOUR }),
        fc.boolean(),
        (lengthMs, agoMs, compare) => {
          const latestMs = T0 + 12_345
          const toMs = latestMs - agoMs
          const [best] = tilingsOf(intervals, { fromMs: toMs - lengthMs, toMs, compare }, latestMs)
          expect(best!.fromMs).toBeLessThanOrEqual(toMs - lengthMs)
          expect(best!.toMs).toBeGreaterThanOrEqual(toMs)
          for (const part of [best!, ...(best!.previous?.runs ? [best!.previous] : [])]) {
            let at = part.fromMs
            for (const { interval, first, end } of part.runs!) {
              expect(first * interval.ms).toBe(at)
              expect((first + 1) * interval.ms + (interval.keepMs ?? Infinity)).toBeGreaterThan(latestMs)
              at = end * interval.ms
            }
            expect(at).toBe(part.toMs)
          }
        },
      ),
    )
  })

  test('a range that no windows make up exactly has none', () => {
    expect(tile(intervals, T0 + 500, T0 + 2000, T0)).toBeNull()
    expect(tile(intervals.slice(2), T0, T0 + 60_000, T0)).toBeNull()
  })
})

describe('/v1/top', () => {
  test('is the plain sum over the events, whatever the range, the metric and the budget', {
    timeout: 60_000,
  }, async () => {
    const event = fc.record({
      ts: fc.integer({ min: 0, max: 3 * HOUR }).map((ms) => T0 - ms),
      country: fc.constantFrom('DE', 'FR', 'US', 'IT', 'JP'),
      device: fc.constantFrom('phone', 'desk'),
      load: fc.integer({ min: -9, max: 9 }),
      paid: fc.integer({ min: 0, max: 99 }),
    })
    const plain = (events: readonly Sent[], metric: string): number | null => {
      if (metric === 'events') return events.length
      if (metric === 'revenue') return events.reduce((sum, { paid }) => sum + (paid ?? 0), 0)
      const loads = events.map(({ load }) => load ?? 0)
      return loads.length === 0
        ? null
        : metric === 'load.max'
          ? Math.max(...loads)
          : loads.reduce((a, b) => a + b, 0) / loads.length
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 60 }),
        fc.constantFrom('events', 'revenue', 'load.max', 'load.avg'),
        fc.integer({ min: 1, max: 7200 }),
        fc.integer({ min: 0, max: 1800 }),
        fc.constantFrom('', '&where=device:is:phone', '&where=device:not:phone'),
        fc.integer({ min: 1, max: 6 }),
        async (events, metric, seconds, agoSeconds, where, limit) => {
          nowMs = T0 + 1000
          const inOrder = events.toSorted((a, b) => a.ts - b.ts)
          const filler = await filled(
            [
              ...['a', 'b', 'c', 'd'].map((visitor) => ({
                ts: T0 - 12 * HOUR,
                country: 'XX',
                device: 'desk',
                visitor,
              })),
              ...inOrder,
            ],
            nowMs,
          )
          const toMs = T0 - agoSeconds * 1000
          const answer = await top(
            filler,
            `${metric}&by=country&from=${toMs - seconds * 1000}&to=${toMs}&limit=${limit}&compare=previous${where}`,
          )
          const { fromMs, toMs: untilMs, previous, rowsTotal } = answer.meta
          const passing = inOrder.filter(
            ({ device }) => where === '' || (device === 'phone') === where.includes(':is:'),
          )
          const of = (from: number, to: number, country?: string): Sent[] =>
            passing.filter(
              ({ ts, ...one }) => ts >= from && ts < to && (country === undefined || one.country === country),
            )
          expect(rowsTotal).toBe(new Set(of(fromMs, untilMs).map(({ country }) => country)).size)
          expect(answer.rows).toHaveLength(Math.min(limit, rowsTotal))
          expect(answer.total.value).toBeCloseTo(plain(of(fromMs, untilMs), metric) ?? 0, 9)
          for (const { labels, value, previous: before } of answer.rows) {
            expect(value).toBeCloseTo(plain(of(fromMs, untilMs, labels['country']!), metric)!, 9)
            const expected = plain(of(previous!.fromMs, previous!.toMs, labels['country']!), metric)
            expect(previous!.known).toBe(true)
            if (expected === null) expect(before).toBeNull()
            else expect(before).toBeCloseTo(expected, 9)
          }
          const values = answer.rows.map(({ value }) => value!)
          expect(values).toEqual(values.toSorted((a, b) => b - a))
          if (metric === 'events')
            expect(values.reduce((a, b) => a + b, 0) + (answer.others?.value ?? 0)).toBe(answer.total.value)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('shares, change, what lies past the limit, and what the budget did not name', async () => {
    nowMs = T0 + 10_000
    const before = ['DE', 'DE', 'FR'].map((country, at) => ({ ts: T0 - 5000 + at, country }))
    const now = ['DE', 'DE', 'DE', 'FR', 'US', 'IT'].map((country, at) => ({ ts: T0 + 1000 + at, country }))
    const filler = new Filler(store, testSource(`top${names++}`, undefined, 2), 1)
    await filler.open()
    await filler.land(0, [{ ts: T0 - 60_000, country: 'DE' }, ...before, ...now], nowMs)
    await filler.land(0, [], nowMs)
    const answer = await top(
      filler,
      `events&by=country&from=${T0}&to=${T0 + 10_000}&limit=2&compare=previous`,
    )
    expect(answer.rows).toEqual([
      { labels: { country: 'DE' }, value: 3, share: 0.5, previous: 2, change: 0.5 },
      { labels: { country: '__other__' }, other: true, value: 2, share: 1 / 3, previous: 0, change: null },
    ])
    expect(answer.others).toEqual({ count: 1, value: 1, share: 1 / 6, previous: 1, change: 0 })
    expect(answer.total).toEqual({ value: 6, previous: 3, change: 1 })
    expect(answer.meta).toMatchObject({
      by: 'country',
      fromMs: T0,
      toMs: T0 + 10_000,
      rowsTotal: 3,
      previous: { fromMs: T0 - 10_000, toMs: T0, known: true },
    })
    const worst = await top(filler, `events&by=country&from=${T0}&to=${T0 + 10_000}&order=asc&limit=1`)
    expect(worst.rows).toMatchObject([{ labels: { country: 'FR' }, value: 1, previous: null, change: null }])
  })

  test('where names are many, edges get coarser before anything is refused', async () => {
    nowMs = T0 + 30_500
    const filler = new Filler(store, testSource(`top${names++}`, KEEP), 2)
    await filler.open()
    for (const partition of [0, 1])
      for (let at = 0; at < 4400; at += 55)
        await filler.land(
          partition,
          Array.from({ length: 55 }, (_, n) => ({
            ts: T0 - 29 * 60_000 + at,
            country: `c${partition}.${at + n}`,
          })),
          nowMs,
        )
    for (const partition of [0, 1])
      await filler.land(partition, [{ ts: T0 + 30_000, country: 'late' }], nowMs)
    for (const partition of [0, 1]) await filler.land(partition, [], nowMs)
    const range = { fromMs: T0 - 30 * 60_000 + 1000, toMs: T0 + 59_000 }
    const answer = await top(filler, `events&by=country&from=${range.fromMs}&to=${range.toMs}&limit=1`)
    expect(answer).toMatchObject({
      rows: [{ labels: { country: 'late' }, value: 2 }],
      others: { count: 8800, value: 8800 },
      total: { value: 8802 },
    })
    expect(answer.meta.toMs - answer.meta.fromMs).toBe(range.toMs - range.fromMs + 1000) // one edge stays fine
  })

  test('what is not known is null, and a range before all is cut to what is kept', async () => {
    nowMs = T0 + 10_000
    const filler = await filled(
      ['a', 'b', 'c', 'd'].map((visitor, at) => ({ ts: T0 + at, country: 'DE', visitor })),
      nowMs,
      { '1s': '10m', '1m': '1h' },
    )
    const early = await top(filler, `events&by=country&from=${T0 - 5000}&to=${T0 - 4000}&compare=previous`)
    expect(early).toMatchObject({
      rows: [],
      others: null,
      total: { value: null, previous: null, change: null },
    })
    const cut = await top(filler, `events&by=country&from=${T0 - 48 * HOUR}&to=now`)
    expect(cut.rows[0]).toMatchObject({ value: 4 })
    expect([cut.meta.askedFromMs, cut.meta.fromMs]).toEqual([T0 - 48 * HOUR, T0 - HOUR])
    const past = await top(filler, `events&by=country&from=${T0 - 48 * HOUR}&to=${T0 - 47 * HOUR}`)
    expect(past).toMatchObject({ rows: [], total: { value: null } })
  })

  test('asked again after more landed, it is as if asked anew', async () => {
    nowMs = T0 + 10_000
    const filler = await filled([{ ts: T0 - 60_000, country: 'DE' }], nowMs)
    const query = readTopQuery(
      `metric=${filler.source.name}.events&by=country&from=now-1h&limit=1000&compare=previous`,
    )
    const asking = (): (() => Promise<TopAnswer>) => {
      const [sources, prepared] = [new Sources({ store, now: () => nowMs }), new PreparedTop(query)]
      return async () => answerOne(await sources.get(query.source), prepared, () => nowMs)
    }
    const kept = asking()
    for (let step = 1; step < 12; step++) {
      nowMs += step * 7000
      await filler.land(
        step % 2,
        [
          { ts: nowMs - 1000, country: `c${step}` },
          { ts: nowMs - 30_000, country: 'DE' },
        ],
        nowMs,
      )
      await filler.land(1 - (step % 2), [], nowMs)
      const answer = await kept()
      expect(answer).toEqual(await asking()())
      expect(answer.total.value).toBe(1 + 2 * step)
    }
  })

  test('two questions of one request stand at one vector; one that fails leaves the other', async () => {
    nowMs = T0 + 10_000
    const filler = await filled(
      [
        { ts: T0, country: 'DE' },
        { ts: T0 + 1, country: 'FR' },
      ],
      nowMs,
    )
    const { name } = filler.source
    const queries = [
      `series?metric=${name}.events&from=now-1m`,
      `top?metric=${name}.events&by=country&from=now-1m`,
      `top?metric=${name}.events&by=visitor`,
      'events?source=x',
      'series?metric=nobody.events',
    ]
    const { answers } = (
      await app.inject({ method: 'POST', url: '/v1/query', payload: { queries } })
    ).json<BatchAnswer>()
    const [series, ranking, ...problems] = answers as [
      { answer: SeriesAnswer },
      { answer: TopAnswer },
      ...{ problem: Problem }[],
    ]
    expect(series.answer.meta.vector).toEqual(ranking.answer.meta.vector)
    expect(ranking.answer.total.value).toBe(2)
    expect(problems.map(({ problem }) => problem.status)).toEqual([422, 400, 404])
    for (const payload of [
      {},
      { queries: [] },
      { queries: 'x' },
      { queries: [1] },
      { queries, more: 1 },
      [],
      { queries: new Array<string>(33).fill('series?') },
    ])
      expect((await app.inject({ method: 'POST', url: '/v1/query', payload })).statusCode).toBe(400)
  })
})

describe('compare=previous on series', () => {
  test('the same series, point by point one range back', async () => {
    nowMs = T0 + 10_000
    const filler = await filled(
      [
        { ts: T0 - 20_000, country: 'DE' },
        { ts: T0 - 9000, country: 'DE' },
        { ts: T0 - 9000, country: 'US' },
        { ts: T0 + 1000, country: 'DE' },
        { ts: T0 + 1001, country: 'FR' },
      ],
      nowMs,
    )
    const range = `from=${T0}&to=${T0 + 10_000}&interval=1s&by=country`
    const url = (query: string): string => `/v1/series?metric=${filler.source.name}.events&${query}`
    const answer = (await app.inject(url(`${range}&compare=previous`))).json<SeriesAnswer>()
    const before = (
      await app.inject(url(`from=${T0 - 10_000}&to=${T0}&interval=1s&by=country`))
    ).json<SeriesAnswer>()
    const of = (one: SeriesAnswer, country: string): (number | null)[] | undefined =>
      one.series.find(({ labels }) => labels['country'] === country)?.values
    expect(answer.previous!.shiftMs).toBe(10_000)
    expect(answer.previous!.values).toHaveLength(2)
    expect(answer.previous!.values[0]).toEqual(of(before, 'DE'))
    expect(answer.previous!.values[1]).toEqual(of(before, 'DE')!.map(() => 0))
    const csv = await app.inject(url(`${range}&compare=previous&format=csv`))
    expect(csv.body.split('\r\n')[0]).toBe(`time,country,${filler.source.name}.events,previous`)
  })
})
