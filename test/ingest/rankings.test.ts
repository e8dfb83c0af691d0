/** Rankings against the cells they are made of, in a real store (docs/store.md, "Rankings"). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDefinition } from '../../model/definition/file.ts'
import { rankedIntervals } from '../../model/ranking.ts'
import { START_MS } from './loop.ts'
import { MINUTE_MS, orders, store, counting, suffixes, pairs, both, order } from './counted-orders.ts'

test('a member for every cell, zero or not, spelled so that no two are the same', async () => {
  const { keys, count } = await counting({ ...orders, budget: 20 })
  const cities = [
    'Porto',
    '',
    null,
    '[x',
    '[null]',
    'null',
    '__other__',
    '\ud800',
    '\ud801',
    '\ufffd',
    'é'.repeat(200),
  ]
  await count(...cities.map((city, at) => order(city, at, { k: at === 0 ? 'big' : 'small' })))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  const minute = Math.floor(START_MS / MINUTE_MS)
  expect(Object.keys(stored).filter((suffix) => suffix.includes(':1m:'))).toEqual([
    `z:big:city:1m:${minute}`,
    `z:money:city:1m:${minute}`,
    `z:money:k+city:1m:${minute}`,
  ])
  const spelled = [
    'Porto',
    '',
    '[null]',
    '["[x"]',
    '["[null]"]',
    'null',
    '["__other__"]',
    '["\\ud800"]',
    '["\\ud801"]',
    '\ufffd',
  ]
  expect(spelled.map((member) => stored[`z:money:city:1m:${minute}`]![member])).toEqual([
    0, 100, 200, 300, 400, 500, 600, 700, 800, 900,
  ])
  expect(Object.keys(stored[`z:money:city:1m:${minute}`]!).find((member) => member.startsWith('éé'))).toMatch(
    /^é{90}…[0-9a-f]{16}$/,
  )
  expect(stored[`z:big:city:1m:${minute}`]).toMatchObject({ Porto: 1, '': 0, '[null]': 0 })
  expect(stored[`z:money:k+city:1m:${minute}`]).toMatchObject({ '["big","Porto"]': 0, '["small",null]': 200 })
})

test('the order of a ranking is the order of its cells, whatever comes in whatever batches', async () => {
  const cities = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '[', null)
  const orderly = fc.record({
    afterMs: fc.integer({ min: 0, max: 4 * MINUTE_MS }),
    k: fc.constantFrom('big', 'small'),
    city: cities,
    v: fc.option(fc.integer({ min: -9e11, max: 9e13 })),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.array(orderly, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (batches) => {
        const { keys, count } = await counting()
        for (const batch of batches) await count(...batch)
        const { stored, fromCells } = await both(keys)
        expect(stored).toEqual(fromCells)
        for (const suffix of Object.keys(stored)) {
          const inOrder = (await pairs('ZRANGE', keys.of(suffix))).map(
            ([member]) => fromCells[suffix]![member]!,
          )
          expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b))
        }
      },
    ),
    { numRuns: 12 },
  )
})

test('past 2^53 the score is the nearest double', async () => {
  const { keys, count } = await counting()
  await count(...Array.from({ length: 300 }, () => order('a', 90_071_992_547_409.5)))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(Object.values(stored).map(({ a }) => a ?? 0)).toContain(Number(300n * 9_007_199_254_740_950n))
})

test('after a refusal names are read again, and members are spelled as before', async () => {
  const { keys, count } = await counting()
  await count(order('a', 5), order('[b', 3))
  await store.pipeline([['HINCRBY', keys.pos, 'rev', 1]]) // an operator's hand: the next apply is refused, and all that was believed dropped
  await count(order('[b', 1), order('c', 4))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(stored[`z:money:city:1m:${Math.floor(START_MS / MINUTE_MS)}`]).toEqual({
    a: 500,
    '["[b"]': 400,
    c: 400,
  })
})

test('a record that is too wide leaves no names behind, and later ones are spelled right', async () => {
  const { keys, count } = await counting({ ...orders, budget: 5000 })
  await count(
    order('a'),
    Array.from({ length: 1500 }, (_, at) => order(`city ${at}`)),
    order('b', 2),
    order('city 7', 3),
  )
  const [letters] = (await store.pipeline([['XRANGE', keys.rejects, '-', '+']])) as [[Buffer, Buffer[]][]]
  expect(letters.map(([, fields]) => fields.map(String))).toEqual([expect.arrayContaining(['too_wide'])])
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(stored[`z:money:city:1m:${Math.floor(START_MS / MINUTE_MS)}`]).toEqual({
    a: 100,
    b: 200,
    'city 7': 300,
  })
})

test('L11: rankings go with the chunks of their group of windows, when the last of them is past', async () => {
  const { keys, count } = await counting()
  await count(order('a'), order('b', 2, { afterMs: 3 * MINUTE_MS }))
  const minutes = async (): Promise<number[]> =>
    (await suffixes(keys, 'z'))
      .filter((suffix) => suffix.startsWith('z:money:city:1m:'))
      .map((suffix) => Number(suffix.split(':').at(-1)))
  const window = Math.floor(START_MS / MINUTE_MS)
  const group = Math.floor(window / 16)
  const [score] = await store.pipeline([['ZSCORE', keys.due, `g:1m:${group}:1.1`]])
  expect(Number(String(score))).toBe(((group + 1) * 16 + 10) * MINUTE_MS)
  expect((await minutes()).toSorted((x, y) => x - y)).toEqual([window, window + 3])
  // Past is what ends 10 minutes before the clock; the groups of both windows are, 40 minutes on.
  for (const k of ['x', 'y', 'z']) await count(order('c', 1, { afterMs: 40 * MINUTE_MS, k }))
  await expect.poll(minutes).toEqual([window + 40])
  expect((await suffixes(keys, 'c')).filter((suffix) => suffix.startsWith('c:city:1m:'))).toEqual([
    `c:city:1m:0.${Math.floor((window + 40) / 16)}`,
  ])
  const due = (await pairs('ZRANGE', keys.due)).map(([member]) => member)
  expect(due.filter((member) => member.startsWith('g:1m:'))).toEqual([
    `g:1m:${Math.floor((window + 40) / 16)}:1.1`,
  ])
})

test('rankings are kept by the minute, where it is, and by the coarsest interval', () => {
  const names = (keep: Record<string, string>): string[] =>
    rankedIntervals(
      readDefinition({
        sources: {
          s: { topic: 's', key: 'k', time: 'ts', fields: { k: 'string' }, metrics: { n: 'count' } },
        },
        keep,
      })[0]!.intervals,
    ).map(({ name }) => name)
  expect(names({ '1s': '1m', '1m': '1h', '15m': '1d', '1h': '2d' })).toEqual(['1m', '1h'])
  expect(names({ '1s': '1m', '1m': '1h' })).toEqual(['1m'])
  expect(names({ '1s': '1m', '15m': '1h' })).toEqual(['15m'])
})
