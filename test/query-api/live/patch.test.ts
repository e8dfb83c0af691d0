import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyPatch } from '../../../client/patch.ts'
import { inOrderOf, patchOf } from '../../../query-api/live/patch.ts'
import type { Series, SeriesAnswer } from '../../../query-api/wire.ts'

const points = fc.array(fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }), {
  minLength: 1,
  maxLength: 30,
})

function answer(firstWindow: number, columns: (number | null)[][], names: string[]): SeriesAnswer {
  const length = Math.min(...columns.map((column) => column.length))
  const series = names.map(
    (name, n): Series => ({ labels: { country: name }, values: columns[n]!.slice(0, length) }),
  )
  return {
    timesMs: Array.from({ length }, (_, at) => (firstWindow + at) * 1000),
    series,
    meta: {
      vector: { 0: firstWindow },
      topic: 't',
      asOfMs: 0,
      lagMs: 0,
      complete: 1,
      partitions: 1,
      logEnd: { from: 'kafka', atMs: 0 },
      sinceMs: 0,
      latestMs: 0,
      behindRecords: 0,
      generation: 1,
      def: 'd',
      from: 'cells',
      source: 's',
      metric: 's.m',
      by: 'country',
      interval: '1s',
      intervalMs: 1000,
      fromMs: firstWindow * 1000,
      toMs: (firstWindow + length) * 1000,
      seriesTotal: names.length,
    },
  }
}

/** The same, compared with a range before. */
function compared(one: SeriesAnswer, columns: (number | null)[][]): SeriesAnswer {
  return {
    ...one,
    previous: {
      shiftMs: 60_000,
      values: columns.map((column) => one.timesMs.map((_, at) => column[at % column.length]!)),
    },
  }
}

test('a patch put on the last answer is the next answer', () => {
  let patched = 0
  fc.assert(
    fc.property(
      fc.tuple(points, points),
      fc.tuple(points, points),
      fc.integer({ min: 0, max: 40 }),
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 0, max: 40 }),
      (before, after, shift, isNear, isCompared, lateAt) => {
        const plain = answer(100, before, ['DE', 'FR'])
        plain.meta.asOfMs = 100_000 + (lateAt - 3) * 1000
        const last = isCompared ? compared(plain, before) : plain
        // Near: the next answer is the last one with its newest points changed, which is what live data looks like.
        const near = before.map((column, n) =>
          [...column.slice(0, -1), ...after[n]!].map((value, at) =>
            at === lateAt ? (value ?? 0) + 1 : value,
          ),
        )
        const found = isNear ? answer(100, near, ['DE', 'FR']) : answer(100 + shift, after, ['DE', 'FR'])
        const next = isCompared ? compared(found, isNear ? before : after) : found
        const patch = patchOf(last, next)
        if (patch === null) return
        patched++
        expect(applyPatch(last, patch)).toEqual(next)
      },
    ),
  )
  expect(patched).toBeGreaterThan(20)
})

test('a late event changes its own point alone', () => {
  const columns = (late: number): (number | null)[][] => [
    Array.from({ length: 900 }, (_, at) => (at === 7 ? late : 1)),
    Array.from({ length: 900 }, () => 2),
  ]
  const last = answer(100, columns(1), ['DE', 'FR'])
  const next = answer(
    101,
    columns(1).map((column, n) => [...column.slice(1), 5 + n]),
    ['DE', 'FR'],
  )
  next.series[0]!.values[7] = 4
  // All but the newest window was called complete.
  last.meta.asOfMs = 999_500
  const patch = patchOf(last, next)!
  expect(patch).toMatchObject({
    dropBeforeMs: 101_000,
    timesMs: [1_000_000],
    values: [[5], [6]],
    revised: [{ column: 0, timeMs: 108_000, was: 1, is: 4 }],
  })
  expect(applyPatch(last, patch)).toEqual(next)
})

test('what slid out of the range is dropped', () => {
  const last = answer(100, [[1, 2, 3, 4, 5, 6]], ['DE'])
  const patch = patchOf(last, answer(102, [[3, 4, 5, 7, 0, 0]], ['DE']))
  expect(patch).toMatchObject({
    dropBeforeMs: 102_000,
    timesMs: [105_000, 106_000, 107_000],
    values: [[7, 0, 0]],
  })
})

test('nothing new but the meta', () => {
  const last = answer(100, [[1, 2, 3]], ['DE'])
  expect(patchOf(last, answer(100, [[1, 2, 3]], ['DE']))).toMatchObject({ timesMs: [], values: [[]] })
})

test.each<[string, SeriesAnswer]>([
  ['another set of series', answer(100, [[1, 2, 3]], ['FR'])],
  [
    'one series more',
    answer(
      100,
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      ['DE', 'FR'],
    ),
  ],
  ['time that went back', answer(99, [[1, 2, 3]], ['DE'])],
  ['a range that ends earlier', answer(100, [[1, 2]], ['DE'])],
  ['nearly everything changed', answer(100, [[9, 9, 9, 9, 9, 9]], ['DE'])],
  [
    'another interval',
    { ...answer(100, [[1, 2, 3]], ['DE']), meta: { ...answer(100, [[1]], ['DE']).meta, intervalMs: 60_000 } },
  ],
  ['a comparison that was not there', compared(answer(100, [[1, 2, 3]], ['DE']), [[1, 2, 3]])],
  [
    'another generation',
    { ...answer(100, [[1, 2, 3]], ['DE']), meta: { ...answer(100, [[1]], ['DE']).meta, generation: 2 } },
  ],
])('%s needs a reset', (_, next) => expect(patchOf(answer(100, [[1, 2, 3]], ['DE']), next)).toBeNull())

test('a change of rank alone keeps the order', () => {
  const last = answer(
    100,
    [
      [1, 1],
      [2, 2],
    ],
    ['DE', 'FR'],
  )
  const next = answer(
    100,
    [
      [2, 3],
      [1, 4],
    ],
    ['FR', 'DE'],
  )
  expect(inOrderOf(last, next).series.map(({ labels }) => labels['country'])).toEqual(['DE', 'FR'])
  expect(inOrderOf(last, next).series[0]!.values).toEqual([1, 4])
})
