/** One metric divided by one of another source: over the same windows, from what both come to, with the vectors of both. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriesQuotient } from '../../../query-api/engine/quotient.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { BatchAnswer, Problem, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { T0, world, type World } from '../scan/scan-world.ts'

let app: FastifyInstance
let shop: World
let visits: Filler
let base: string

const MINUTE = 60_000
const at = (minute: number, country: string, more: Partial<Sent> = {}): Sent => ({
  ts: T0 + minute * MINUTE,
  country,
  visitor: 'v',
  ...more,
})
const times = (count: number, event: Sent): Sent[] => Array.from({ length: count }, () => event)

const ORDERS = [
  ...times(1, at(0, 'DE')),
  ...times(3, at(1, 'DE')),
  ...times(2, at(1, 'FR', { device: 'phone' })),
]
const VISITS = [
  ...times(2, at(0, 'DE')),
  ...times(30, at(1, 'DE')),
  ...times(4, at(1, 'FR', { device: 'phone' })),
  ...times(5, at(0, 'IT')),
]

beforeAll(async () => {
  shop = await world(store, { partitions: 2, source: testSource('shop') })
  await shop.send(0, ORDERS.slice(0, 2))
  await shop.send(1, ORDERS.slice(2))
  // Fewer intervals, and other ones.
  visits = new Filler(store, testSource('visits', { '1m': '2d', '15m': '9d' }), 1)
  await visits.open()
  await visits.applyBatch(0, VISITS, shop.nowMs)
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    now: () => shop.nowMs,
    scans: shop.scans,
  })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app?.close()
  await shop?.scans.close()
})

const RANGE = `from=${T0}&to=${T0 + 2 * MINUTE}`
const RATIO = 'metric=shop.events&per=visits.events'
async function ask<A>(text: string): Promise<A> {
  const response = await fetch(`${base}/v1/${text}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as A
}
const series = (text: string): Promise<SeriesAnswer> => ask(`series?${text}&${RANGE}`)
const refused = async (text: string): Promise<Problem> => {
  const response = await app.inject(`/v1/${text}`)
  expect(response.statusCode).toBeGreaterThanOrEqual(400)
  return response.json<Problem>()
}

describe('a ratio of two sources', () => {
  test('is that of each window, with the vectors of both', async () => {
    const { timesMs, series: found, meta } = await series(`${RATIO}&interval=1m`)
    expect(timesMs).toEqual([T0, T0 + MINUTE])
    expect(found.map(({ values }) => values)).toEqual([[1 / 7, 5 / 34]])
    expect(meta).toMatchObject({
      source: 'shop',
      metric: 'shop.events/visits.events',
      vector: { 0: 2, 1: 4 },
      per: { source: 'visits', metric: 'visits.events', topic: 'visits', vector: { 0: VISITS.length } },
    })
  })

  test('of a longer window is of what both come to there, never a mean', async () => {
    const hour = await ask<SeriesAnswer>(
      `series?${RATIO}&interval=15m&tz=UTC&from=${T0}&to=${T0 + 900_000}`,
    ).catch((error: Error) => error.message)
    // The shop keeps no quarter of an hour: the answer says which of the two it is.
    expect(hour).toMatch(/shop|interval/)
    const day = await ask<SeriesAnswer>(`series?${RATIO}&interval=1d&tz=UTC&from=${T0}&to=${T0 + 900_000}`)
    expect(day.series[0]!.values).toEqual([6 / 41])
    const auto = await series(RATIO)
    expect([auto.meta.interval, auto.series[0]!.values]).toEqual(['1m', [1 / 7, 5 / 34]])
  })

  test('name by name: nothing sold is 0, and the busiest come first; past the limit both are added up and then divided', async () => {
    const { series: found, meta } = await series(`${RATIO}&by=country&interval=1m`)
    expect(found.map(({ labels, values }) => [labels['country'], values])).toEqual([
      ['DE', [1 / 2, 3 / 30]],
      ['IT', [0, null]],
      ['FR', [null, 2 / 4]],
    ])
    expect(meta.seriesTotal).toBe(3)
    const { series: one, others } = await series(`${RATIO}&by=country&interval=1m&limit=1`)
    expect(one.map(({ labels }) => labels['country'])).toEqual(['DE'])
    expect(others).toEqual({ count: 2, values: [0, 2 / 4] })
    const phones = await series(`${RATIO}&by=country&interval=1m&where=country:is:FR`)
    expect(phones.series.map(({ values }) => values)).toEqual([[null, 2 / 4]])
  })

  test('what does not add up is of the range as a whole; ranked by the ratio', async () => {
    const top = await ask<TopAnswer>(`top?${RATIO}&by=country&${RANGE}&limit=2`)
    expect(top.rows.map(({ labels, value, share }) => [labels['country'], value, share])).toEqual([
      ['FR', 2 / 4, null],
      ['DE', 4 / 32, null],
    ])
    expect(top.others).toMatchObject({ count: 1, value: 0 })
    expect(top.total.value).toBe(6 / 41)
    expect(top.meta).toMatchObject({ rowsTotal: 3, per: { source: 'visits' } })
    const [first] = (await ask<TopAnswer>(`top?${RATIO}&by=country&${RANGE}&order=asc`)).rows
    expect([first!.labels['country'], first!.value]).toEqual(['IT', 0])
  })

  test('one part from the log, the other from cells; in a batch; as rows', async () => {
    const where = '(device:is:phone|device:exists:false)'
    const scanned = await series(
      `${RATIO.replace('per=visits', 'per=shop')}&interval=1m&where=${encodeURIComponent(where)}`,
    )
    expect(scanned.series[0]!.values).toEqual([1, 1])
    expect(scanned.meta).toMatchObject({ from: 'log', scannedRecords: expect.any(Number) })
    const reply = await app.inject({
      method: 'POST',
      url: '/v1/query',
      payload: {
        queries: [
          `series?${RATIO}&interval=1m&${RANGE}`,
          `series?metric=shop.events&interval=1m&${RANGE}`,
          `top?metric=shop.events&per=visits.nothing&${RANGE}`,
        ],
      },
    })
    const [ratio, plain, problem] = reply.json<BatchAnswer>().answers
    expect(ratio).toMatchObject({ answer: { series: [{ values: [1 / 7, 5 / 34] }] } })
    expect(plain).toMatchObject({ answer: { series: [{ values: [1, 5] }] } })
    expect(problem).toMatchObject({ problem: { status: 404 } })
    const rows = await ask<{ rows: object[] }>(`series?${RATIO}&interval=1m&${RANGE}&format=rows`)
    expect(rows.rows[0]).toEqual({ timeMs: T0, 'shop.events/visits.events': 1 / 7 })
  })

  test('is compared as each of the two is', async () => {
    const answer = await ask<SeriesAnswer>(
      `series?${RATIO}&interval=1m&from=${T0 + MINUTE}&to=${T0 + 2 * MINUTE}&compare=previous`,
    )
    expect([answer.series[0]!.values, answer.previous!.values]).toEqual([[5 / 34], [[1 / 7]]])
  })

  test('an equal answer is not sent again, one of which either source moved is', async () => {
    const url = `/v1/series?${RATIO}&interval=1m&from=${T0}&to=${T0 + 5 * MINUTE}`
    const first = await app.inject(url)
    const tag = { 'if-none-match': String(first.headers['etag']) }
    expect((await app.inject({ url, headers: tag })).statusCode).toBe(304)
    await visits.applyBatch(0, [at(4, 'DE')], shop.nowMs)
    expect((await app.inject({ url, headers: tag })).statusCode).toBe(200)
  })

  test('is refused in words that say which of the two it is', async () => {
    const of = async (text: string): Promise<unknown> => {
      const { status, errors, detail } = await refused(`series?${text}`)
      return [status, errors?.[0]?.pointer, detail]
    }
    expect(await of(`metric=shop.events&per=visits.nothing&${RANGE}`)).toEqual([
      404,
      '/per',
      expect.stringMatching(/^of visits, by which is divided: visits has no metric nothing/),
    ])
    expect(await of(`${RATIO}&from=latest-1h`)).toEqual([
      400,
      '/from',
      expect.stringContaining('its own latest'),
    ])
    expect(await of(`metric=shop.events&per=x`)).toEqual([400, '/per', expect.any(String)])
    expect(await of(`metric=shop.events&per=nobody.x`)).toEqual([
      404,
      undefined,
      expect.stringMatching(/^of nobody, by which is divided/),
    ])
  })
})

test('live: moves when either of the two counts', async () => {
  const stream = new TestEventSource(
    `${base}/v1/live?q=${encodeURIComponent(`series?${RATIO}&interval=1m&from=${T0 + 5 * MINUTE}&to=${T0 + 6 * MINUTE}`)}`,
  )
  const value = () => stream.answer(0)?.series[0]?.values[0]
  try {
    await visits.applyBatch(0, times(4, at(5, 'DE')), shop.nowMs)
    await stream.until(() => value() === 0)
    await shop.send(0, [at(5, 'DE')])
    await stream.until(() => value() === 1 / 4)
    await visits.applyBatch(0, times(4, at(5, 'DE')), shop.nowMs)
    await stream.until(() => value() === 1 / 8)
  } finally {
    stream.close()
  }
})

test('no more is claimed than the one of the two knows that knows less', async () => {
  const of = await series('metric=shop.events&interval=1m')
  const per = await series('metric=visits.events&interval=1m')
  const counts = [
    { ofNothing: 0, addsUp: true },
    { ofNothing: 0, addsUp: true },
  ] as const
  const lacking = [{ partition: 0, state: 'stale' as const, why: 'its worker is silent' }]
  const poor = {
    ...per.meta,
    complete: 0.5,
    incomplete: lacking,
    asOfMs: T0 + 1,
    sinceMs: T0 + 2,
    lagMs: 1e9,
  }
  for (const [a, b] of [
    [of, { ...per, meta: poor }],
    [{ ...per, meta: poor }, of],
  ] as const) {
    const { meta } = seriesQuotient(a, b, [...counts])
    expect(meta).toMatchObject({ complete: 0.5, asOfMs: T0 + 1, sinceMs: T0 + 2, lagMs: 1e9 })
    expect([meta.incomplete, meta.per!.incomplete]).toContainEqual(lacking)
  }
  const counted = { ...of, series: [], others: { count: 3, values: [1, 1] } }
  expect(() => seriesQuotient(counted, per, [...counts])).toThrow(/more than 0 names/)
})
