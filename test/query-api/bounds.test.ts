/** What a filter cannot judge, names that look like our own words, and what lies past a limit: the numbers carry what they may be. */
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDefinition } from '../../model/definition-file.ts'
import { cutValue } from '../../model/names.ts'
import { parseFilter, passes } from '../../query-api/filter.ts'
import { labelOf, valueOfLabel } from '../../query-api/labels.ts'
import { createServer } from '../../query-api/server.ts'
import type { Problem, SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler, type Sent } from './fill.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const nowMs = T0 + 60_000

let server: TestStore
let store: Store
let app: FastifyInstance
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

let names = 0
interface Event {
  path?: string | null
  site?: string
  paid?: number
  load?: number
}
/** Partitions of events, a second apart. */
async function filled(budget: number, ...partitions: Event[][]) {
  const name = `b${names++}`
  const source = readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'path',
        time: 'ts',
        budget,
        fields: { path: 'string?', site: 'string?', paid: 'number?', load: 'number?' },
        breakdowns: ['path', ['path', 'site']],
        metrics: {
          views: 'count',
          revenue: { sum: 'paid', decimals: 0 },
          load: { stats: 'load', decimals: 0 },
        },
      },
    },
    keep: { '1s': '45m', '1m': '2d' },
  })[0]!
  const filler = new Filler(store, source, partitions.length)
  await filler.open()
  for (const [partition, events] of partitions.entries())
    for (let from = 0; from < events.length; from += 50)
      await filler.land(
        partition,
        events
          .slice(from, from + 50)
          .map((event, at) => ({ ts: T0 + ((from + at) % 60) * 1000, ...event }) as Sent),
        nowMs,
      )
  const ask = async <A>(
    kind: 'top' | 'series',
    metric: string,
    query: Record<string, string> = {},
  ): Promise<A> => {
    const where = Object.entries(query)
      .map(([param, value]) => `&${param.replace(/\d$/, '')}=${encodeURIComponent(value)}`)
      .join('')
    const response = await app.inject(
      `/v1/${kind}?metric=${name}.${metric}&from=${T0}&to=${T0 + 60_000}${where}`,
    )
    if (response.statusCode !== 200) throw new Error(response.json<Problem>().detail)
    return response.json<A>()
  }
  return {
    top: (metric: string, query: Record<string, string> = {}) =>
      ask<TopAnswer>('top', metric, { by: 'path', ...query }),
    total: async (where: string, metric = 'views') => {
      const {
        series: [one],
        meta,
      } = await ask<SeriesAnswer>('series', metric, { where, interval: '1m' })
      return {
        value: one!.values[0],
        least: one!.least?.[0],
        most: one!.most?.[0],
        unnamed: meta.unnamedLeftOut,
        cut: meta.cutLeftOut,
      }
    },
    series: (metric: string, query: Record<string, string>) =>
      ask<SeriesAnswer>('series', metric, { interval: '1m', ...query }),
  }
}

describe('texts over 256 bytes', () => {
  const tail = (n: number): string => `https://shop.example/search?q=${'x'.repeat(260 + n)}&sig${n}=end-${n}`
  const [one, two, umlauts, whole] = [
    tail(1),
    tail(2),
    `https://shop.example/${'äöü'.repeat(120)}`,
    `https://shop.example/${'y'.repeat(200)}`,
  ]

  test('is and not are exact for the whole text, and for the label', async () => {
    const { total, top } = await filled(100, [
      { path: one },
      { path: two },
      { path: two },
      { path: umlauts },
      { path: whole },
      { path: '/a' },
      {},
    ])
    for (const [path, count] of [
      [one, 1],
      [two, 2],
      [umlauts, 1],
      [whole, 1],
      ['/a', 1],
    ] as const) {
      const quoted = path.replaceAll('\\', '\\\\').replaceAll(',', '\\,')
      expect(await total(`path:is:${quoted}`)).toEqual({ value: count })
      expect(await total(`path:not:${quoted}`)).toEqual({ value: 7 - count })
      if (path.length > 250) expect(await total(`path:is:${cutValue(quoted, 1)}`)).toEqual({ value: count })
    }
    expect(await total(`path:is:${one}z`)).toEqual({ value: 0 })
    const { rows } = await top('views')
    for (const { labels, cut } of rows)
      expect([labels, cut]).toEqual([
        labels,
        /…[0-9a-f]{16}$/.test(labels['path'] ?? '') ? ['path'] : undefined,
      ])
    expect(rows.filter(({ cut }) => cut !== undefined)).toHaveLength(3)
  })

  test('prefix and contains judge what is left, and say how much they could not', async () => {
    const { total, top, series } = await filled(100, [
      { path: one },
      { path: two },
      { path: two },
      { path: '/sig2' },
      { path: whole },
    ])
    expect(await total('path:contains:sig2')).toEqual({ value: 1, least: 1, most: 4, cut: true })
    expect(await total(`path:contains:${'y'.repeat(200)}`)).toEqual({
      value: 1,
      least: 1,
      most: 4,
      cut: true,
    })
    expect(await total('path:contains:shop.example/search')).toEqual({
      value: 3,
      least: undefined,
      most: undefined,
    })
    expect(await total('path:prefix:https://shop.example/s')).toEqual({ value: 3 })
    expect(await total('path:prefix:/s')).toEqual({ value: 1 })
    expect(await total(`path:prefix:${one}`)).toEqual({ value: 0, least: 0, most: 3, cut: true })
    expect(await total('path:exists:true')).toEqual({ value: 5 })
    expect((await top('views', { where: 'path:contains:sig2' })).rows).toMatchObject([
      { labels: { path: '/sig2' }, value: 1, least: 1, most: 4 },
    ])
    const {
      series: [shown],
    } = await series('views', { where: 'path:contains:sig2', interval: '1s' })
    expect([shown!.values.slice(0, 5), shown!.least!.slice(0, 5), shown!.most!.slice(0, 5)]).toEqual([
      [0, 0, 0, 1, 0],
      [0, 0, 0, 1, 0],
      [1, 1, 1, 1, 0],
    ])
  })

  test('a filter that decides by another field leaves nothing in doubt', async () => {
    const { top } = await filled(100, [
      { path: one, site: 'north' },
      { path: '/sig2', site: 'south' },
    ])
    expect(
      await top('views', { by: 'site', where: 'path:contains:sig2', where2: 'site:is:south' }),
    ).toMatchObject({ rows: [{ labels: { site: 'south' }, value: 1 }], total: { value: 1 } })
    expect(
      (await top('views', { by: 'site', where: 'path:contains:sig2', where2: 'site:is:south' })).meta
        .cutLeftOut,
    ).toBeUndefined()
    expect((await top('views', { by: 'site', where: 'path:contains:sig2' })).total).toMatchObject({
      value: 1,
      least: 1,
      most: 2,
    })
  })

  test('whatever the text, a filter on what is kept never says otherwise than one on the whole', () => {
    const piece = fc.constantFrom('a', 'ä', '€', '😀', '…', '0123456789abcdef', '/')
    const text = fc
      .oneof(fc.array(piece, { maxLength: 12 }), fc.array(piece, { minLength: 60, maxLength: 120 }))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        fc.constantFrom('is', 'not', 'prefix', 'contains'),
        text,
        text,
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (op, sent, other, fields, asksForIt) => {
          const asked = (asksForIt ? sent : other).slice(0, op === 'is' || op === 'not' ? undefined : 40)
          const filter = parseFilter(`f:${op}:${asked}`)
          if (typeof filter === 'string') throw new Error(filter)
          const truth =
            op === 'is'
              ? sent === asked
              : op === 'not'
                ? sent !== asked
                : op === 'prefix'
                  ? sent.startsWith(asked)
                  : sent.includes(asked)
          const kept =
            Buffer.byteLength(JSON.stringify([sent])) <= 256 && fields === 1 ? sent : cutValue(sent, fields)
          const verdict = passes(filter, kept, fields)
          if (op === 'is' || op === 'not') expect(verdict).toBe(truth)
          else expect(verdict === null || verdict === truth).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })
})

describe('past the budget of names', () => {
  test('a filtered number says what it may be', async () => {
    const { total, top } = await filled(
      3,
      [...'abcdd'].map((path) => ({ path })),
      [...'adde'].map((path) => ({ path })),
    )
    expect(await total('path:is:a')).toEqual({ value: 2 }) // both partitions gave it a name
    expect(await total('path:is:d')).toEqual({ value: 2, least: 2, most: 4, unnamed: true }) // the second did
    expect(await total('path:is:z')).toEqual({ value: 0, least: 0, most: 2, unnamed: true })
    expect(await total('path:not:a')).toEqual({ value: 5, least: 5, most: 7, unnamed: true })
    expect(await top('views', { where: 'path:not:a' })).toMatchObject({
      total: { value: 5, least: 5, most: 7 },
      meta: { unnamedLeftOut: true },
    })
    const all = await top('views')
    expect([all.total.value, all.meta.unnamedLeftOut]).toEqual([9, undefined])
  })

  test('a name that came late and often is apart, first among its like, and says that it may be more', async () => {
    const scan = Array.from({ length: 15 }, (_, n) => ({ path: `/junk/${n}` }))
    const checkout = Array.from({ length: 200 }, () => ({ path: '/checkout' }))
    const { total, top } = await filled(10, [...scan, ...checkout, ...Array(3).fill({ path: '__other__' })])
    const { rows, total: all } = await top('views', { limit: '3' })
    expect(all.value).toBe(218)
    expect(rows[0]!.labels).toEqual({ path: '/checkout' })
    const own = rows[0]!.value!
    expect(own).toBeGreaterThan(150)
    const other = rows.find((row) => row.other)!.value!
    expect(await total('path:is:/checkout')).toEqual({
      value: own,
      least: own,
      most: own + other,
      unnamed: true,
    })
    expect(own + other).toBeGreaterThanOrEqual(200)
    expect(await total('path:is:/junk/3')).toEqual({ value: 1 })
  })

  test('of sums and statistics as far as it can be said', async () => {
    const { total } = await filled(1, [
      { path: 'a', paid: 5, load: 10 },
      { path: 'b', paid: -3, load: 30 },
      { path: 'b', paid: 9, load: 2 },
    ])
    expect(await total('path:is:x', 'revenue')).toMatchObject({ value: 0, least: null, most: null })
    expect(await total('path:not:x', 'load.sum')).toMatchObject({ value: 10, least: 10, most: 42 })
    expect(await total('path:not:x', 'load.count')).toMatchObject({ value: 1, least: 1, most: 3 })
    expect(await total('path:not:x', 'load.max')).toMatchObject({ value: 10, least: 10, most: 30 })
    expect(await total('path:not:x', 'load.min')).toMatchObject({ value: 10, least: 2, most: 10 })
    expect(await total('path:not:x', 'load.avg')).toMatchObject({ value: 10, least: 2, most: 30 })
    expect(await total('path:not:x', 'load.stddev')).toMatchObject({ value: 0, least: 0, most: null })
    expect(await total('path:is:x', 'load.max')).toMatchObject({ value: null, least: 2, most: 30 })
  })
})

describe('values that are written like our own words', () => {
  const OTHERS = ['__other__', '\\__other__', '\\\\__other__', '(none)', '', 'null', '[true]']

  test('each is a row of its own, its label finds it again, and the overflow is none of them', async () => {
    const { top, total } = await filled(
      OTHERS.length + 1,
      [...OTHERS.map((path) => ({ path })), {}, { path: 'late' }, { path: 'later' }],
      [{ path: 'x' }, { path: '__other__' }, { path: '__other__' }],
    )
    const { rows, total: all } = await top('views', { limit: '20' })
    expect(new Set(rows.map(({ labels }) => labels['path'])).size).toBe(rows.length)
    expect(rows.filter(({ other }) => other)).toMatchObject([{ labels: { path: '__other__' }, value: 2 }])
    expect(all.value).toBe(13)
    expect(rows.reduce((sum, { value }) => sum + value!, 0)).toBe(13)
    for (const { labels, value, other } of rows) {
      if (other || labels['path'] === null) continue
      const quoted = labels['path']!.replaceAll('\\', '\\\\')
      expect([labels, (await total(`path:is:${quoted}`)).value]).toEqual([labels, value])
    }
    expect((await total('path:is:__other__')).value).toBe(3)
    expect(rows.find(({ labels }) => labels['path'] === '\\__other__')).toMatchObject({ value: 3 })
  })

  test('the same in series, and in csv and rows by their labels', async () => {
    const { series } = await filled(1, [{ path: 'a' }, { path: 'b' }], [{ path: '__other__' }])
    const { series: all } = await series('views', { by: 'path' })
    expect(all.map(({ labels, other, values }) => [labels['path'], other, values[0]]).sort()).toEqual([
      ['\\__other__', undefined, 1],
      ['__other__', true, 1],
      ['a', undefined, 1],
    ])
  })

  test('labels and values are one to one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(4).map((n) => `${'\\'.repeat(n)}__other__`),
        ),
        (value) => {
          const label = labelOf(value)!
          expect(valueOfLabel(label)).toBe(value)
          expect(label).not.toBe('__other__')
        },
      ),
    )
  })
})

describe('past the limit', () => {
  test('the others are one series, so that parts and total agree, before and now', async () => {
    const many = Array.from({ length: 400 }, (_, n) => ({ path: `/p${n % 350}`, load: n % 7, paid: 0.1 }))
    const { series } = await filled(5000, many.slice(0, 200), many.slice(200))
    for (const metric of ['views', 'load.sum', 'load.max']) {
      const parts = await series(metric, { by: 'path', limit: '300', interval: '1s', compare: 'previous' })
      const total = await series(metric, { interval: '1s', compare: 'previous' })
      expect([parts.series.length, parts.others!.count, parts.meta.seriesTotal]).toEqual([300, 50, 350])
      for (const [at, value] of total.series[0]!.values.entries()) {
        const all = [...parts.series.map(({ values }) => values[at]!), parts.others!.values[at]!]
        const known = all.filter((one) => one !== null)
        expect(
          metric === 'load.max'
            ? known.length === 0
              ? null
              : Math.max(...known)
            : known.reduce((sum, one) => sum + one, 0),
        ).toBe(value)
      }
      expect(parts.others!.previous).toHaveLength(parts.timesMs.length)
    }
    expect((await series('views', { by: 'path', limit: '400' })).others).toBeUndefined()
  })
})
