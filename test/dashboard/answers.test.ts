import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyPatch,
  applyProblem,
  applyReset,
  isRefusal,
  patched,
  unknown,
  type Known,
} from '../../dashboard/stream/answers.ts'
import { patchOf } from '../../query-api/live/patch.ts'
import type { LivePatch, Problem, SeriesAnswer, SeriesMeta } from '../../query-api/wire.ts'

const meta = (change: Partial<SeriesMeta> = {}): SeriesMeta => ({
  vector: { 0: 10 },
  topic: 'clicks',
  asOfMs: 5000,
  lagMs: 40,
  complete: 1,
  partitions: 1,
  logEnd: { from: 'kafka', atMs: 5000 },
  sinceMs: 0,
  latestMs: 5000,
  behindRecords: 0,
  generation: 1,
  def: '7c1f3a09',
  from: 'cells',
  source: 'clicks',
  metric: 'clicks.events',
  by: 'country',
  interval: '1s',
  intervalMs: 1000,
  fromMs: 1000,
  toMs: 5000,
  seriesTotal: 2,
  ...change,
})
const answer: SeriesAnswer = {
  timesMs: [1000, 2000, 3000, 4000],
  series: [
    { labels: { country: 'DE' }, values: [1, 2, 3, null] },
    { labels: { country: null }, values: [5, 6, 7, null] },
  ],
  meta: meta(),
}
const patch = (change: Partial<LivePatch>): LivePatch => ({
  q: 0,
  dropBeforeMs: 2000,
  timesMs: [4000, 5000],
  values: [
    [4, 5],
    [8, 9],
  ],
  meta: meta({ asOfMs: 6000 }),
  ...change,
})

describe('patches', () => {
  test('drop what the range left behind and replace from their first point on', () => {
    const next = patched(answer, patch({}))
    expect(next?.timesMs).toEqual([2000, 3000, 4000, 5000])
    expect(next?.series.map((one) => one.values)).toEqual([
      [2, 3, 4, 5],
      [6, 7, 8, 9],
    ])
    expect(next?.meta.asOfMs).toBe(6000)
    expect(answer.timesMs).toHaveLength(4)
  })
  test('without points only move the marks', () => {
    expect(patched(answer, patch({ timesMs: [], values: [], dropBeforeMs: 0 }))?.series).toEqual(
      answer.series,
    )
  })
  test('that jump past the whole range leave only themselves', () => {
    expect(
      patched(
        answer,
        patch({
          dropBeforeMs: 90_000,
          timesMs: [89_000, 90_000],
          values: [
            [1, 2],
            [3, 4],
          ],
        }),
      )?.timesMs,
    ).toEqual([90_000])
  })
  test('of another shape are refused', () => {
    expect(patched(answer, patch({ values: [[4, 5]] }))).toBeUndefined()
    expect(patched(answer, patch({ values: [[4, 5], [8]] }))).toBeUndefined()
    expect(applyPatch(unknown, 'q', patch({}), 0)).toBeUndefined()
    expect(
      applyPatch(applyReset<SeriesAnswer>(unknown, 'q', answer, 0), 'another', patch({}), 0),
    ).toBeUndefined()
  })
  test('made by the API turn its last answer into its next one', () => {
    const value = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 24 }),
        fc.array(fc.tuple(value, value), { minLength: 8, maxLength: 24 }),
        fc.array(fc.tuple(value, value), { minLength: 30, maxLength: 30 }),
        (shift, lateAt, old, fresh) => {
          const make = (from: number, rows: (number | null)[][]): SeriesAnswer => ({
            timesMs: rows.map((_, i) => (from + i) * 1000),
            series: [0, 1].map((s) => ({ labels: { country: `c${s}` }, values: rows.map((row) => row[s]!) })),
            meta: meta({
              asOfMs: (from + rows.length) * 1000,
              fromMs: from * 1000,
              toMs: (from + rows.length) * 1000,
            }),
          })
          const last = make(100, old)
          const stays = old.slice(shift, -2).map((row, at) => (at === lateAt ? fresh[29]! : row))
          const next = make(100 + shift, [...stays, ...fresh.slice(0, 2 + shift)])
          const made = patchOf(last, next)
          if (made !== null) expect(patched(last, { q: 0, ...made })).toEqual(next)
        },
      ),
    )
  })
})

describe('a range that moves', () => {
  test('ends where all is known: its total does not fall while the mark stands', () => {
    const stood = meta({ asOfMs: 5000, fromMs: 1000, toMs: 5000 })
    const had: SeriesAnswer = { ...answer, meta: stood }
    // Nine seconds later: the API's range begins at 10 s, and nothing in it is known.
    const late = patch({
      dropBeforeMs: 10_000,
      timesMs: [],
      values: [],
      meta: meta({ asOfMs: 5000, fromMs: 10_000, toMs: 14_000, lagMs: 9000 }),
    })
    expect(patched(had, late)?.series).toEqual(had.series)
    // It goes on: what is older than the range before the mark leaves.
    const on = patch({
      dropBeforeMs: 10_000,
      timesMs: [13_000],
      values: [[1], [1]],
      meta: meta({ asOfMs: 14_000, fromMs: 10_000, toMs: 14_000 }),
    })
    expect(patched(patched(had, late)!, on)?.timesMs).toEqual([13_000])
  })
  test('keeps those past the limit beside the named ones', () => {
    const had: SeriesAnswer = {
      ...answer,
      others: { count: 3, values: [9, 9, 9, null], previous: [1, 1, 1, 1] },
    }
    expect(patched(had, patch({ others: { count: 4, values: [7, 8], previous: [2, 2] } }))?.others).toEqual({
      count: 4,
      values: [9, 9, 7, 8],
      previous: [1, 1, 2, 2],
    })
    expect(patched(had, patch({}))).toBeUndefined()
  })
})

describe('what is known of a query', () => {
  const problem = (status: number): Problem => ({ type: 'about:blank', title: 'no', status })
  test('asOf that stands still is noticed, asOf that moves too', () => {
    let known: Known<SeriesAnswer> = applyReset<SeriesAnswer>(unknown, 'q', answer, 100)
    known = applyPatch(known, 'q', patch({ meta: meta() }), 900)!
    expect([known.arrivedMs, known.movedMs]).toEqual([900, 100])
    known = applyPatch(known, 'q', patch({ timesMs: [], values: [] }), 1200)!
    expect(known.movedMs).toBe(1200)
  })
  test('a backlog is measured from second to second', () => {
    const behind = (records: number): SeriesAnswer => ({ ...answer, meta: meta({ behindRecords: records }) })
    let known = applyReset<SeriesAnswer>(unknown, 'q', behind(5000), 0)
    known = applyReset(known, 'q', behind(4900), 200)
    expect(known.backlog?.perS).toBeNull()
    known = applyReset(known, 'q', behind(3000), 2000)
    expect(known.backlog?.perS).toBe(1000)
  })
  test('a fault that passes leaves the answer to the same question, and makes it no younger; an answer ends it', () => {
    let known = applyProblem(applyReset<SeriesAnswer>(unknown, 'q', answer, 7), 'q', problem(503))
    expect([known.answer, known.problem?.status, known.arrivedMs]).toEqual([answer, 503, 7])
    known = applyReset(known, 'q', answer, 20)
    expect([known.problem, known.arrivedMs]).toEqual([null, 20])
  })
  test('a refusal, or the fault of another question, clears what stood there', () => {
    const had = applyReset<SeriesAnswer>(unknown, 'q', answer, 7)
    for (const [question, status] of [
      ['q', 422],
      ['q', 400],
      ['another', 422],
      ['another', 503],
    ] as const) {
      const known = applyProblem(had, question, problem(status))
      expect([known.answer, known.question, known.problem?.status]).toEqual([null, question, status])
    }
    expect([404, 408, 429, 500, 503].filter((status) => isRefusal(problem(status)))).toEqual([])
  })
})
