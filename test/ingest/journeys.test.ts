/** Journeys: what the fold makes of the views of a key. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { packTrail, pageText, unpackTrail, type Front } from '../../model/journeys/trail.ts'
import { ByteReader, ByteWriter } from '../../model/numbers/varint.ts'
import { sourceOf } from '../decode/source.ts'
import { factSums } from './fact-sums.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const T0 = Date.UTC(2026, 10, 24, 10)
const MINUTE = 60_000

const site = (more: object = {}): Source => ({
  ...sourceOf({
    fields: { k: 'string?', path: 'string?', type: 'string?' },
    journeys: { page: 'path', where: ['type:not:ping'], gap: '10m', ...more },
  }),
  intervals: [
    { name: '1m', ms: MINUTE, keepMs: null },
    { name: '1h', ms: 60 * MINUTE, keepMs: null },
  ],
})

/** The first sum of each name, and that of pages with what is known onward, views and visits. */
function told(source: Source, { keys }: Folded, by: string): Record<string, number> {
  const sums = Object.entries(factSums(source, 'journeys', keys, by))
  return Object.fromEntries(
    sums.map(([name, [count]]) => [
      (JSON.parse(name) as (string | null)[]).map((one) => one ?? '-').join(' > '),
      count!,
    ]),
  )
}
const total = (source: Source, { keys }: Folded): number[] => factSums(source, 'journeys', keys, 'all').all!

const at = (minute: number, k: string | null, path: string | null, type = 'view'): object => ({
  ts: T0 + minute * MINUTE,
  k,
  path,
  type,
  recordKey: k,
})
/** So many keys look at a page once: the log clock follows them. */
const others = (minute: number, count = 12): object[] =>
  Array.from({ length: count }, (_, n) => at(minute, `o${n}`, '/o', 'ping'))

test('each view says what came next, and then; an end is known once nothing can follow', async () => {
  const source = site()
  const visit = [at(0, 'a', '/'), at(1, 'a', '/x', 'ping'), at(2, 'a', '/b'), at(5, 'a', '/c')]
  const open = await foldEvents(source, visit)
  expect(told(source, open, 'page+next')).toEqual({ '(start) > /': 1, '/ > /b': 1, '/b > /c': 1 })
  expect(told(source, open, 'page+next+then')).toEqual({ '(start) > / > /b': 1, '/ > /b > /c': 1 })
  // Known onward, known two steps onward, views, visits.
  expect(total(source, open)).toEqual([3, 2, 3, 1, 0, 0, 0])
  // The gap and once more, for what may come late, have not passed at 25 minutes.
  expect(told(source, await foldEvents(source, [...visit, ...others(25)]), 'next')).toEqual(
    told(source, open, 'next'),
  )
  const over = await foldEvents(source, [...visit, ...others(26)])
  expect(told(source, over, 'page+next')).toEqual({
    '(start) > /': 1,
    '/ > /b': 1,
    '/b > /c': 1,
    '/c > (end)': 1,
  })
  expect(told(source, over, 'page+next+then')).toEqual({
    '(start) > / > /b': 1,
    '/ > /b > /c': 1,
    '/b > /c > (end)': 1,
    '/c > (end) > -': 1,
  })
  expect(total(source, over)).toEqual([4, 4, 3, 1, 0, 0, 0])
})

test('a late view goes between, joins visits, or opens one before', async () => {
  const source = site({ late: '30m' })
  const first = [at(0, 'a', '/a'), at(15, 'a', '/b')]
  expect(told(source, await foldEvents(source, first), 'page+next')).toEqual({
    '(start) > /a': 1,
    '/a > (end)': 1,
    '(start) > /b': 1,
  })
  const joined = await foldEvents(source, [...first, at(8, 'a', '/m')])
  expect(told(source, joined, 'page+next')).toEqual({ '(start) > /a': 1, '/a > /m': 1, '/m > /b': 1 })
  expect(total(source, joined)).toEqual([3, 2, 3, 1, 0, 0, 0])
  const before = await foldEvents(source, [...first, at(-3, 'a', '/z')])
  expect(told(source, before, 'page+next')).toEqual({
    '(start) > /z': 1,
    '/z > /a': 1,
    '/a > (end)': 1,
    '(start) > /b': 1,
  })
})

test('the order of views that are not late does not matter', async () => {
  const source = site({ late: '1h' })
  const view = fc.record({ minute: fc.integer({ min: 0, max: 59 }), page: fc.integer({ min: 0, max: 3 }) })
  const some = fc.uniqueArray(view, { selector: ({ minute }) => minute, minLength: 2, maxLength: 14 })
  await fc.assert(
    fc.asyncProperty(some, async (views) => {
      const events = views.map(({ minute, page }) => at(minute, 'a', `/${page}`))
      const sorted = await foldEvents(
        source,
        events.toSorted((a, b) => (a as { ts: number }).ts - (b as { ts: number }).ts),
      )
      const came = await foldEvents(source, events)
      for (const by of ['page', 'next', 'page+next', 'page+next+then'])
        expect(factSums(source, 'journeys', came.keys, by)).toEqual(
          factSums(source, 'journeys', sorted.keys, by),
        )
    }),
    { numRuns: 8 },
  )
})

test('what comes too late, keys past the budget and events without a page are in no journey', async () => {
  const source = site({ budget: 2 })
  const folded = await foldEvents(source, [
    at(0, 'a', '/a'),
    at(0, 'b', '/b'),
    at(1, 'c', '/c'),
    at(1, 'a', null),
    at(1, null, '/a'),
    ...others(60),
    at(49, 'a', '/a'),
    at(60, 'c', '/c'),
  ])
  expect(total(source, folded)).toEqual([5, 4, 3, 3, 1, 1, 0])
})

test('of a key the last sixteen views are remembered: what comes before is late', async () => {
  const source = site({ late: '1h' })
  const views = Array.from({ length: 20 }, (_, n) => at(n, 'a', `/${n}`))
  const folded = await foldEvents(source, [...views, at(4.5, 'a', '/x'), at(5.5, 'a', '/y')])
  expect(total(source, folded)).toEqual([21, 20, 21, 1, 1, 0, 0])
  expect(told(source, folded, 'page')).not.toHaveProperty('/x')
  expect(told(source, folded, 'page+next')).toMatchObject({ '/5 > /y': 1, '/y > /6': 1 })
})

test('transitions past their budget are of no name, and all of them are counted', async () => {
  const source = site({ transitions: 1, steps: 1 })
  const views = Array.from({ length: 40 }, (_, n) => at(n, 'a', `/${n}`))
  const folded = await foldEvents(source, views)
  const pairs = factSums(source, 'journeys', folded.keys, 'page+next')
  // The reserve is of sixteen names.
  expect(Object.keys(pairs).length).toBeLessThanOrEqual(18)
  expect(pairs.other![0]).toBeGreaterThan(20)
  expect(Object.values(pairs).reduce((sum, [one]) => sum + one!, 0)).toBe(40)
})

test('batches and restarts change no byte', async () => {
  const source = site({ budget: 2, transitions: 2, late: '20m' })
  const view = fc.record({
    minute: fc.integer({ min: -20, max: 20 }),
    k: fc.constantFrom('a', 'b', 'c'),
    page: fc.integer({ min: 0, max: 9 }),
  })
  const plain = ({ keys }: Folded): object =>
    Object.fromEntries(
      [...keys].map(([key, held]) => [key, Object.fromEntries(held)]).filter(([key]) => key !== 'due'),
    )
  await fc.assert(
    fc.asyncProperty(
      fc.array(view, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      async (views, size) => {
        const events = views.map(({ minute, k, page }, n) => at(minute + 8 * n, k, `/${page}`))
        const whole = await foldEvents(source, events, () => 1000)
        expect(plain(await foldEvents(source, events, () => size, true))).toEqual(plain(whole))
      },
    ),
    { numRuns: 8 },
  )
})

test('views are told back as they were packed, and no page is taken for a mark', () => {
  const ids = fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { maxLength: 4 })
  const view = fc.record({
    timeMs: fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
    page: fc.string({ unit: 'grapheme' }),
    ids,
    startIds: ids,
  })
  const trail = fc.record({
    front: fc.constantFrom<Front>(0, 1, 2),
    views: fc.array(view, { minLength: 1, maxLength: 16 }),
  })
  fc.assert(
    fc.property(trail, (one) => {
      const writer = new ByteWriter()
      packTrail(one, writer)
      const bytes = writer.take()
      expect(unpackTrail(new ByteReader(bytes))).toEqual(one)
      expect(() => unpackTrail(new ByteReader(bytes.subarray(0, -1)))).toThrow(RangeError)
    }),
    { numRuns: 40 },
  )
  expect(['(start)', '((end))', '(ending)', '/(start)'].map(pageText)).toEqual([
    '((start))',
    '(((end)))',
    '(ending)',
    '/(start)',
  ])
})
