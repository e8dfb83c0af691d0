/** Metrics that are worked out from others: of merged parts, never of shares, over cells and over the log. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import type { Source } from '../../../model/definition.ts'
import { readSeriesQuery } from '../../../query-api/language/query.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { Sources } from '../../../query-api/sources/sources.ts'
import type { CatalogAnswer, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { changeCatalog, definitionHash } from '../../../store/calls/catalog.ts'
import { readGenerations } from '../../../store/calls/read-generations.ts'
import { store } from '../../harness/own-store.ts'
import { world, T0, type World } from '../scan/scan-world.ts'

let app: FastifyInstance
let own: World

const DERIVED = {
  conversion: { ratio: ['paid', 'orders'] },
  basket: { ratio: ['revenue', 'paid'] },
  unpaid: { difference: ['orders', 'paid'] },
  perHour: { per: '1h', of: 'orders' },
  apiece: { ratio: ['people', 'orders'] },
}
const sourceWith = (derived: object): Source =>
  readDefinition({
    sources: {
      shop: {
        topic: 'shop',
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', country: 'string?', paid: 'number?' },
        breakdowns: ['country'],
        metrics: {
          orders: { count: true, where: ['visitor:exists:true'] },
          paid: { count: true, where: ['paid:gt:0', 'visitor:exists:true'] },
          revenue: { sum: 'paid', decimals: 2 },
          people: { uniques: 'visitor' },
        },
        derived,
      },
    },
    keep: { '1m': '2d' },
  })[0]!

beforeAll(async () => {
  own = await world(store, { partitions: 2, source: sourceWith(DERIVED) })
  // DE: 1 of 2 paid in the first minute, 3 of 8 in the second, over two partitions. FR: nobody paid. IT: no order at all.
  const order = (minute: number, country: string, paid?: number) => ({
    ts: T0 + minute * 60_000,
    visitor: `${country}${paid ?? 0}`,
    country,
    ...(paid !== undefined && { paid }),
  })
  await own.send(0, [order(0, 'DE', 10), ...Array.from({ length: 5 }, () => order(1, 'DE')), order(0, 'FR')])
  await own.send(1, [order(0, 'DE'), ...[1, 2, 3].map((paid) => order(1, 'DE', paid))])
  await own.send(1, [{ ts: T0, country: 'IT', paid: 5 }])
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    now: () => own.nowMs,
    scans: own.scans,
  })
})
afterAll(async () => {
  await app?.close()
})

const range = `from=${T0}&to=${T0 + 180_000}`
async function ask<A>(path: string, status = 200): Promise<A> {
  const answer = await app.inject(path)
  expect([path, answer.statusCode, answer.statusCode === status ? '' : answer.body]).toEqual([
    path,
    status,
    '',
  ])
  return answer.json<A>()
}
const series = (query: string) => ask<SeriesAnswer>(`/v1/series?${range}&interval=1m&metric=shop.${query}`)
const top = (query: string) => ask<TopAnswer>(`/v1/top?${range}&metric=shop.${query}`)

test('a ratio of a window is that of its sums over partitions and names; to nothing it is null', async () => {
  const all = await series('conversion')
  expect(all.series[0]!.values).toEqual([1 / 3, 3 / 8, null])
  const by = await series('conversion&by=country')
  expect(Object.fromEntries(by.series.map(({ labels, values }) => [labels['country'], values]))).toEqual({
    DE: [1 / 2, 3 / 8, null],
    FR: [0, null, null],
    IT: [null, null, null],
  })
  expect(by.series.map(({ labels }) => labels['country'])).toEqual(['DE', 'FR', 'IT']) // by what it is divided by
  expect(all.meta.metric).toBe('shop.conversion')
})

test('Prometheus has it too, over any range', async () => {
  const found = async (query: string): Promise<unknown> => {
    const url = `/api/v1/query?query=${encodeURIComponent(query)}&time=${(T0 + 120_000) / 1000}`
    const { data, error } = (await app.inject({ url })).json()
    return error ?? data.result.map((one: { value: [number, string] }) => one.value[1])
  }
  expect(await found('last_over_time(shop:conversion{country="DE"}[2m])')).toEqual(['0.4'])
  expect(await found('last_over_time(shop:perHour[2m])')).toEqual(['330'])
  expect(await found('rate(shop:perHour[2m])')).toMatch(/rate is of what adds up/)
  expect(await found('sum by (country) (shop:conversion)')).toMatch(/has no one meaning/)
  const { data } = (await app.inject('/api/v1/metadata?metric=shop:conversion')).json()
  expect(data['shop:conversion'][0].help).toBe('ratio of paid (count) and orders (count); shop, topic shop')
})

test('of a day it is that of the day, not the mean of its windows', async () => {
  const from = T0 - (T0 % 86_400_000)
  const answer = await ask<SeriesAnswer>(
    `/v1/series?metric=shop.conversion&interval=1d&from=${from}&to=${from + 86_400_000}`,
  )
  expect(answer.series[0]!.values).toEqual([4 / 11])
})

test('rankings go by the value of the range; names without one stand last', async () => {
  const answer = await top('conversion&by=country')
  expect(answer.rows.map(({ labels, value, share }) => [labels['country'], value, share])).toEqual([
    ['DE', 4 / 10, null],
    ['FR', 0, null],
  ])
  expect(answer.total.value).toBe(4 / 11)
  const least = await top('conversion&by=country&order=asc')
  expect(least.rows.map(({ labels }) => labels['country'])).toEqual(['FR', 'DE'])
  for (const order of ['asc', 'desc']) {
    const baskets = await top(`basket&by=country&order=${order}`)
    expect(baskets.rows.map(({ labels, value }) => [labels['country'], value])).toEqual([
      ['DE', 16 / 4],
      ['FR', null],
      ['IT', null],
    ])
  }
})

test('differences, shares of time, statistics of operands, and how far a ratio of estimates is off', async () => {
  expect((await series('unpaid')).series[0]!.values).toEqual([2, 5, 0])
  expect((await series('perHour')).series[0]!.values).toEqual([180, 480, 0])
  expect((await top('perHour&by=country')).total.value).toBe(220) // 11 in three minutes
  expect((await series('basket')).series[0]!.values).toEqual([15, 2, null])
  const apiece = await series('apiece')
  expect([apiece.series[0]!.values, apiece.meta.approximate]).toEqual([[3 / 3, 4 / 8, null], undefined])
})

test('from the log, compared, as rows and as CSV it is the same', async () => {
  const query = readSeriesQuery(`metric=shop.conversion&interval=1m&where=visitor:prefix:DE&${range}`)
  const scanned = await own.scans.series(query).answer(await own.sources.get('shop'))
  expect([scanned.meta.from, scanned.series[0]!.values]).toEqual(['log', [1 / 2, 3 / 8, null]])
  const compared = await ask<SeriesAnswer>(
    `/v1/series?metric=shop.conversion&interval=1m&compare=previous&from=${T0 + 60_000}&to=${T0 + 120_000}`,
  )
  expect([compared.series[0]!.values, compared.previous?.values]).toEqual([[3 / 8], [[1 / 3]]])
  const csv = await app.inject(`/v1/series?${range}&interval=1m&metric=shop.unpaid&format=csv`)
  expect(
    csv.body
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').at(-1)?.trim()),
  ).toEqual(['2', '5', '0'])
  const rows = await app.inject(`/v1/series?${range}&interval=1m&metric=shop.conversion&format=ndjson`)
  expect(rows.body).toContain('"shop.conversion":0.375')
})

test('the catalog lists them with what they are of; an unknown statistic is refused', async () => {
  const { sources } = await ask<CatalogAnswer>('/v1/catalog')
  expect(sources[0]!.metrics.slice(4)).toEqual([
    expect.objectContaining({
      metric: 'shop.conversion',
      kind: 'ratio',
      stats: ['ratio'],
      addsUp: [],
      of: ['shop.paid', 'shop.orders'],
    }),
    expect.objectContaining({ metric: 'shop.basket', kind: 'ratio' }),
    expect.objectContaining({ metric: 'shop.unpaid', kind: 'difference', addsUp: ['difference'] }),
    expect.objectContaining({ metric: 'shop.perHour', kind: 'per', of: ['shop.orders'], everyMs: 3_600_000 }),
    expect.objectContaining({ metric: 'shop.apiece', kind: 'ratio' }),
  ])
  await ask(`/v1/series?${range}&metric=shop.conversion.avg`, 400)
})

test('another ratio is no other generation: nothing is counted anew, and the API answers by it', async () => {
  const changed = sourceWith({ ...DERIVED, conversion: { ratio: ['orders', 'paid'] } })
  const [had] = (await readGenerations(store, 'shop'))!.all
  expect(definitionHash(changed)).toBe(had!.def)
  const sources = new Sources({ store, now: () => own.nowMs })
  const before = await sources.get('shop')
  const { version } = (await readGenerations(store, 'shop'))!
  await changeCatalog(store, 'shop', version, { put: [{ ...had!, source: changed }] })
  own.nowMs += 2000
  const after = await sources.get('shop')
  expect([after.generation, after.source.derived![0]!.of[0]!.metric]).toEqual([1, 'orders'])
  expect(after.partitions).not.toBe(before.partitions) // whoever planned plans again
  expect(after.partitions[0]).toBe(before.partitions[0])
  expect((await series('conversion')).series[0]!.values).toEqual([3, 8 / 3, null])
})
