/** Measures that do not add up, from events to answers through a real store: over partitions, windows and names. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { createServer } from '../../../query-api/http/server.ts'
import type { CatalogAnswer, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, type Sent } from '../fill.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const NOW_MS = T0 + 120_000

let app: FastifyInstance
const source = readDefinition({
  sources: {
    shop: {
      topic: 'shop',
      key: 'visitor',
      time: 'ts',
      fields: { visitor: 'string', country: 'string?', load: 'number?' },
      breakdowns: ['country'],
      metrics: {
        events: 'count',
        visitors: { uniques: 'visitor' },
        load: { quantiles: 'load', decimals: 1 },
        opened: { first: 'load', decimals: 1 },
        closed: { last: 'load', decimals: 1 },
        people: { uniques: 'visitor', breakdowns: ['all'] },
      },
    },
  },
  keep: { '1m': '2d' },
})[0]!

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => NOW_MS })
  const filler = new Filler(store, source, 2)
  await filler.open()
  for (let partition = 0; partition < 2; partition++) {
    // 300 visitors of DE come in both minutes, of FR 1,000; twice as many batches as windows, so that stored cells are added to.
    const watched = Array.from({ length: 2600 }, (_, n): Sent => {
      const [country, of] = n < 600 ? ['DE', 150] : ['FR', 500]
      return {
        ts: T0 + (n % 2) * 60_000 + n,
        country,
        visitor: `${country}-${partition}-${Math.floor(n / 2) % of}`,
        load: n / 10 + partition,
      }
    })
    for (let from = 0; from < watched.length; from += 130)
      await filler.applyBatch(partition, watched.slice(from, from + 130), NOW_MS)
    // 18,000 of US come in both minutes: together more than a reader keeps apart.
    const many = Array.from({ length: 18_000 }, (_, n): Sent => {
      const visitor = `US-${partition}-${Math.floor(n / 2)}`
      return { ts: T0 + (n % 2) * 60_000 + n, country: 'US', visitor }
    })
    for (let from = 0; from < many.length; from += 3000)
      await filler.applyBatch(partition, many.slice(from, from + 3000), NOW_MS)
  }
})
afterAll(async () => {
  await app?.close()
})

const range = `from=${T0}&to=${T0 + 120_000}`
const series = async (query: string): Promise<SeriesAnswer> =>
  (await app.inject(`/v1/series?${range}&interval=1m&${query}`)).json()
const top = async (query: string): Promise<TopAnswer> =>
  (await app.inject(`/v1/top?${range}&by=country&${query}`)).json()

test('different visitors: exact over partitions and windows while cells are, else named as approximate', async () => {
  const exact = await series('metric=shop.visitors&where=country:is:DE')
  expect([exact.series[0]!.values, exact.meta.approximate]).toEqual([[300, 300], undefined])
  const about = await series('metric=shop.visitors')
  expect(about.meta.approximate).toEqual({ relative: 1.04 / Math.sqrt(2048), is: 'deviation' })
  for (const value of about.series[0]!.values) expect(Math.abs(value! / 19_300 - 1)).toBeLessThan(0.07)
  const { rows, total, meta } = await top('metric=shop.visitors')
  expect(rows.map(({ labels, share }) => [labels['country'], share])).toEqual([
    ['US', null],
    ['FR', null],
    ['DE', null],
  ])
  expect(rows.slice(1).map(({ value }) => value)).toEqual([1000, 300]) // the same ones in both minutes
  expect(Math.abs(total.value! / 19_300 - 1)).toBeLessThan(0.07)
  expect(meta.approximate?.is).toBe('deviation')
})

test('percentiles of a range are those of all its events; ends, first and last are exact', async () => {
  const { total, meta } = await top('metric=shop.load.p95')
  const all = Array.from({ length: 5200 }, (_, n) => Math.floor(n / 2) / 10 + (n % 2)).sort((a, b) => a - b)
  expect(Math.abs(total.value! / all[Math.ceil(5200 * 0.95) - 1]! - 1)).toBeLessThanOrEqual(1 / 128)
  expect(meta.approximate).toEqual({ relative: 1 / 128, is: 'bound' })
  const most = await top('metric=shop.load.max')
  expect([most.total.value, most.meta.approximate]).toEqual([260.9, undefined])
  expect((await series('metric=shop.opened')).series[0]!.values).toEqual([0, 0.1])
  expect((await series('metric=shop.closed')).series[0]!.values).toEqual([260.8, 260.9])
})

test('a histogram has every value of the range, over partitions, windows and names', async () => {
  const counts = new Map<number, number>()
  for (let n = 0; n < 5200; n++) {
    const units = Math.floor(n / 2) + 10 * (n % 2)
    let wide = 1
    while (units >= 16 * wide) wide *= 2
    const from = units - (units % wide)
    counts.set(from, (counts.get(from) ?? 0) + 1)
  }
  const { rows, total, meta } = await top('metric=shop.load.histogram')
  expect([meta.metric, total.value, meta.approximate]).toEqual(['shop.load.histogram', 5200, undefined])
  expect(total.buckets!.map(({ from, count }) => [Math.round(from * 10), count])).toEqual(
    [...counts].toSorted(([a], [b]) => a - b),
  )
  for (const { buckets, value } of [total, ...rows]) {
    expect(buckets!.reduce((sum, { count }) => sum + count, 0)).toBe(value)
    for (const [at, { from, to }] of buckets!.entries()) {
      expect(to - from).toBeLessThanOrEqual(Math.max(0.1 + 1e-9, from / 8))
      if (at > 0) expect(from).toBeGreaterThanOrEqual(buckets![at - 1]!.to)
    }
  }
  expect(rows.map(({ labels, buckets }) => [labels['country'], buckets!.length > 0])).toEqual([
    ['FR', true],
    ['DE', true],
  ])
  const refused = await app.inject(`/v1/series?${range}&metric=shop.load.histogram`)
  expect([refused.statusCode, refused.json().detail]).toEqual([
    400,
    expect.stringContaining('/v1/top has it'),
  ])
  expect((await app.inject(`/v1/top?${range}&metric=shop.load.histogram&limit=101`)).statusCode).toBe(400)
  expect((await app.inject(`/v1/top?${range}&metric=shop.visitors.histogram`)).statusCode).toBe(400)
})

test('a ranking without fields is the whole, from the total alone', async () => {
  const { rows, total, others, meta } = (
    await app.inject(`/v1/top?${range}&metric=shop.people`)
  ).json<TopAnswer>()
  expect([rows.map(({ labels }) => labels), others, meta.by]).toEqual([[{}], null, null])
  expect([rows[0]!.value, meta.rowsTotal]).toEqual([total.value, 1])
  expect(total.value).toBe((await top('metric=shop.visitors')).total.value)
  // By country it is not kept, and here is no log to ask.
  const refused = await app.inject(`/v1/top?${range}&by=country&metric=shop.people`)
  expect([refused.statusCode, refused.json()]).toMatchObject([
    422,
    {
      type: 'urn:tidemark:problem:breakdown_needed',
      errors: [{ pointer: '/metric', detail: 'people: { ..., breakdowns: [all, country] }' }],
    },
  ])
})

test('the catalog says what adds up', async () => {
  const { sources } = (await app.inject('/v1/catalog')).json<CatalogAnswer>()
  expect(sources[0]!.metrics.map(({ kind, stats, addsUp }) => [kind, stats[0], addsUp])).toEqual([
    ['count', 'count', ['count']],
    ['uniques', 'uniques', []],
    ['quantiles', 'p50', ['count']],
    ['first', 'first', []],
    ['last', 'last', []],
    ['uniques', 'uniques', []],
  ])
  // What is kept in some breakdowns, and which of them has a histogram.
  expect(sources[0]!.metrics.map(({ breakdowns, histogram }) => breakdowns ?? histogram)).toEqual([
    undefined,
    undefined,
    true,
    undefined,
    undefined,
    [[]],
  ])
})

test('a piece of a large cell that is gone harms its partition alone, and is named', async () => {
  const key = partitionKeys('shop', 1, 1).of('c:all:1m:0.' + Math.floor(T0 / 60_000 / 128))
  const field = `${Math.floor(T0 / 60_000) % 128}.1.3`
  const [piece] = (await store.pipeline([['HGET', key, field]])) as [Buffer]
  expect(piece.length).toBe((128 * 6) / 8) // registers
  await store.pipeline([['HDEL', key, field]])
  const anew = await createServer({ store, version: '0', pageDirectory: null, now: () => NOW_MS })
  const asked = `/v1/series?${range}&interval=1m&metric=shop.`
  const { meta, series: shown } = (await anew.inject(`${asked}visitors`)).json<SeriesAnswer>()
  expect([meta.complete, meta.incomplete]).toMatchObject([0.5, [{ partition: 1, state: 'damaged' }]])
  expect(meta.incomplete![0]!.why).toContain('piece 3')
  expect(shown[0]!.values[0]).toBeGreaterThan(9000)
  expect((await anew.inject(`${asked}events`)).json<SeriesAnswer>().meta.complete).toBe(1)
  await store.pipeline([['HSET', key, field, piece]])
  await anew.close()
})
