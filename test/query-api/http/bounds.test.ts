/** What a filter cannot judge, names that look like our own words, and what lies past a limit: the numbers carry what they may be. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { labelOf, valueOfLabel } from '../../../model/labels.ts'
import { filled } from '../engine/bounded-names.ts'

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
    const own = Array.from({ length: 3 }, () => ({ path: '__other__' }))
    const { total, top, series } = await filled(10, [...scan, ...checkout, ...own])
    const { rows, total: all } = await top('views', { limit: '3' })
    expect(all.value).toBe(218)
    const other = rows.find((row) => row.other)!.value!
    const value = rows[0]!.value!
    expect(value).toBeGreaterThan(150)
    expect(value + other).toBeGreaterThanOrEqual(200)
    expect(rows[0]).toMatchObject({ labels: { path: '/checkout' }, least: value, most: value + other })
    expect(rows[2]).not.toHaveProperty('least')
    const bounds = { value, least: value, most: value + other, unnamed: true }
    expect(await total('path:is:/checkout')).toEqual(bounds)
    expect(await total('path:is:/junk/3')).toEqual({ value: 1 })
    const { series: shown } = await series('views', { by: 'path' })
    expect(shown.find(({ labels }) => labels['path'] === '/checkout')!.most).toEqual([value + other])
    expect(shown.find(({ labels }) => labels['path'] === '/junk/3')!.most).toBeUndefined()
  })

  test('a series or row that one partition has no name for says what it may be; one that all name is exact', async () => {
    const { series, top } = await filled(
      3,
      [...'abcdd'].map((path) => ({ path })), // d is not named here,
      [...'adde'].map((path) => ({ path })), // and is here; all are
    )
    const { series: shown, meta } = await series('views', { by: 'path' })
    expect(
      Object.fromEntries(
        shown.map(({ labels, values, least, most }) => [labels['path'], { values, least, most }]),
      ),
    ).toEqual({
      a: { values: [2] },
      d: { values: [2], least: [2], most: [4] },
      b: { values: [1] },
      c: { values: [1] },
      e: { values: [1], least: [1], most: [3] },
      __other__: { values: [2] },
    })
    expect(meta.unnamedLeftOut).toBeUndefined() // nothing is: it is in the series of its own
    const { rows, total } = await top('views')
    expect(
      Object.fromEntries(
        rows.map(({ labels, value, least, most }) => [labels['path'], [value, least, most]]),
      ),
    ).toEqual({
      a: [2, undefined, undefined],
      d: [2, 2, 4],
      b: [1, undefined, undefined],
      c: [1, undefined, undefined],
      e: [1, 1, 3],
      __other__: [2, undefined, undefined],
    })
    expect([total.value, total.least]).toEqual([9, undefined])
  })

  test('whatever is named where, the truth lies between', async () => {
    const event = fc.record({ path: fc.constantFrom(...'abcdef'), site: fc.constantFrom('s', 't') })
    const partition = fc.array(event, { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), partition, partition, async (budget, one, two) => {
        const { series, top } = await filled(budget, one, two)
        const bySeries = (await series('views', { by: 'path' })).series.map(
          ({ labels, values, least, most }) =>
            [labels['path']!, values[0]!, least?.[0] ?? values[0]!, most?.[0] ?? values[0]!] as const,
        )
        const byTop = (await top('views')).rows.map(
          ({ labels, value, least, most }) =>
            [labels['path']!, value!, least ?? value!, most ?? value!] as const,
        )
        for (const [path, value, least, most] of [...bySeries, ...byTop]) {
          if (path === '__other__') continue
          const truth = [...one, ...two].filter((sent) => sent.path === path).length
          expect([least <= truth, truth <= most, least <= value, value <= most], path).toEqual(
            Array(4).fill(true),
          )
        }
      }),
      { numRuns: 25 },
    )
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
