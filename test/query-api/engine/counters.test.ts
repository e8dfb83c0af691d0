/** Counters and time in state, from events to answers through a real store: a meter that begins anew, a late reading, two partitions, a worker that begins again. */
import { beforeAll, expect } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import type { CatalogAnswer, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { needs } from '../../harness/needs.ts'
import { store } from '../../harness/own-store.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, type Sent } from '../fill.ts'
import { app, clock } from '../own-api.ts'

const T0 = Date.parse('2026-03-04T10:00:00Z')
const MINUTE = 60_000
const NOW_MS = T0 + 60 * MINUTE
clock.nowMs = NOW_MS

let filler: Filler
const source = readDefinition({
  sources: {
    meters: {
      topic: 'meters',
      key: 'meter',
      time: 'ts',
      fields: { meter: 'string', site: 'string?', kwh: 'number?', relay: 'string?' },
      breakdowns: ['meter', 'site'],
      metrics: {
        energy: { counter: 'kwh', decimals: 3 },
        heating: { time_in_state: 'relay', is: ['on'], hold: '1h' },
      },
    },
  },
  keep: { '15m': '2d', '1h': '30d' },
})[0]!

const at = (minute: number, more: object): Sent => ({ ts: T0 + minute * MINUTE, ...more }) as Sent

beforeAll(async () => {
  filler = new Filler(store, source, 2)
  await filler.open()
  const m1 = { meter: 'm1', site: 'north' }
  const readings = [
    [0, 100],
    [10, 100.5],
    [20, 101.2],
    [30, 0],
    [50, 0.8],
    [40, 0.3],
  ] as const
  for (const [minute, kwh] of readings) {
    await filler.applyBatch(0, [at(minute, { ...m1, kwh })], NOW_MS)
    filler.rewind(0, filler.snapshot(0).state)
  }
  await filler.applyBatch(
    1,
    [
      at(0, { meter: 'm2', site: 'south', kwh: 7, relay: 'on' }),
      at(20, { meter: 'm2', site: 'south', kwh: 7.9, relay: 'off' }),
      at(50, { meter: 'm2', site: 'south', kwh: 10, relay: 'on' }),
      at(58, { meter: 'm2', site: 'south', relay: 'off' }),
    ],
    NOW_MS,
  )
})

const range = `from=${T0}&to=${NOW_MS}`
const get = async <T>(path: string): Promise<T> => (await app.inject(path)).json()
const values = async (query: string): Promise<unknown> =>
  Object.fromEntries(
    (await get<SeriesAnswer>(`/v1/series?${range}&${query}`)).series.map((one) => [
      Object.values(one.labels).join(),
      one.values,
    ]),
  )
const { test } = needs('store')

test('the increase of an hour is the sum of its quarters, by meter, by site and of all', async () => {
  expect(await values('metric=meters.energy&interval=15m&by=meter')).toEqual({
    m1: [0.5, 0.7, 0.3, 0.5],
    m2: [0, 0.9, 0, 2.1],
  })
  expect(await values('metric=meters.energy&interval=1h&by=site')).toEqual({ north: [2], south: [3] })
  expect(await values('metric=meters.energy.increase&interval=1h')).toEqual({ '': [5] })
  expect(await values('metric=meters.energy&interval=1h&where=meter:is:m1')).toEqual({ '': [2] })
  expect(await values('metric=meters.energy.resets&interval=15m')).toEqual({ '': [0, 0, 1, 0] })
})

test('a rate is that of a second, of a window and of a range', async () => {
  expect(await values('metric=meters.energy.rate&interval=15m&by=meter')).toMatchObject({
    m1: [0.5 / 900, 0.7 / 900, 0.3 / 900, 0.5 / 900],
  })
  const { rows, total } = await get<TopAnswer>(`/v1/top?${range}&by=meter&metric=meters.energy.rate`)
  expect(rows.map(({ labels, value }) => [labels['meter'], value])).toEqual([
    ['m2', 3 / 3600],
    ['m1', 2 / 3600],
  ])
  expect([total.value, rows[0]!.share]).toEqual([5 / 3600, null])
  const increases = await get<TopAnswer>(`/v1/top?${range}&by=site&metric=meters.energy`)
  expect(increases.rows.map(({ value, share }) => [value, share])).toEqual([
    [3, 0.6],
    [2, 0.4],
  ])
})

test('seconds in a state are divided by windows', async () => {
  expect(await values('metric=meters.heating&interval=15m')).toEqual({ '': [900, 300, 0, 480] })
  expect(await values('metric=meters.heating.changes&interval=1h&by=site')).toMatchObject({ south: [1] })
})

test('the catalog says what adds up and what is of a second', async () => {
  const { sources } = await get<CatalogAnswer>('/v1/catalog')
  expect(sources[0]!.metrics).toMatchObject([
    { kind: 'counter', addsUp: ['increase', 'resets'], perSecond: ['rate'], inField: ['increase', 'rate'] },
    { kind: 'time_in_state', stats: ['seconds', 'changes'], addsUp: ['seconds', 'changes'] },
  ])
})

test('a live rate follows a late reading and a new one, to what the query answers', async () => {
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  const query = `metric=meters.energy.rate&interval=15m&by=meter&${range}`
  const live = new TestEventSource(`${base}/v1/live?q=${encodeURIComponent(`series?${query}`)}`)
  try {
    await live.until(({ event }) => event === 'reset')
    const m2 = { meter: 'm2', site: 'south' }
    await filler.applyBatch(1, [at(35, { ...m2, kwh: 8.8 }), at(59, { ...m2, kwh: 11 })], NOW_MS)
    const rates = (): readonly (number | null)[] | undefined =>
      live.answer(0)?.series.find(({ labels }) => labels['meter'] === 'm2')?.values
    await live.until(() => rates()?.[2] === 0.9 / 900 && rates()?.[3] === 2.2 / 900)
    const { series } = await get<SeriesAnswer>(`/v1/series?${query}`)
    expect(live.answer(0)?.series).toEqual(series)
    expect(rates()).toEqual([0, 0.9 / 900, 0.9 / 900, 2.2 / 900])
  } finally {
    live.close()
  }
})
