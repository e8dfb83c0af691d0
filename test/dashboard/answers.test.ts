import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyPatch, applyProblem, applyReset, patched, unknown, type Known } from '../../dashboard/live/answers.ts'
import { patchOf } from '../../query-api/patch.ts'
import type { LivePatch, SeriesAnswer, SeriesMeta } from '../../query-api/wire.ts'

const meta = (change: Partial<SeriesMeta> = {}): SeriesMeta => ({
  vector: { 0: 10 }, topic: 'clicks', asOfMs: 5000, lagMs: 40, complete: 1, partitions: 1, logEnd: { from: 'kafka', atMs: 5000 }, sinceMs: 0, latestMs: 5000, behindRecords: 0, generation: 1, def: '7c1f3a09', from: 'rollup',
  source: 'clicks', metric: 'clicks.events', by: 'country', interval: '1s', intervalMs: 1000, fromMs: 1000, toMs: 5000, seriesTotal: 2, ...change,
})
const answer: SeriesAnswer = {
  timesMs: [1000, 2000, 3000, 4000],
  series: [{ labels: { country: 'DE' }, values: [1, 2, 3, null] }, { labels: { country: null }, values: [5, 6, 7, null] }],
  meta: meta(),
}
const patch = (change: Partial<LivePatch>): LivePatch => ({ q: 0, dropBeforeMs: 2000, timesMs: [4000, 5000], values: [[4, 5], [8, 9]], meta: meta({ asOfMs: 6000 }), ...change })

describe('patches', () => {
  test('drop what the range left behind and replace from their first point on', () => {
    const next = patched(answer, patch({}))
    expect(next?.timesMs).toEqual([2000, 3000, 4000, 5000])
    expect(next?.series.map((one) => one.values)).toEqual([[2, 3, 4, 5], [6, 7, 8, 9]])
    expect(next?.meta.asOfMs).toBe(6000)
    expect(answer.timesMs).toHaveLength(4)
  })
  test('without points only move the marks', () => {
    expect(patched(answer, patch({ timesMs: [], values: [], dropBeforeMs: 0 }))?.series).toEqual(answer.series)
  })
  test('that jump past the whole range leave only themselves', () => {
    expect(patched(answer, patch({ dropBeforeMs: 90_000, timesMs: [89_000, 90_000], values: [[1, 2], [3, 4]] }))?.timesMs).toEqual([90_000])
  })
  test('of another shape are refused', () => {
    expect(patched(answer, patch({ values: [[4, 5]] }))).toBeUndefined()
    expect(patched(answer, patch({ values: [[4, 5], [8]] }))).toBeUndefined()
    expect(applyPatch(unknown, patch({}), 0)).toBeUndefined()
  })
  test('made by the API turn its last answer into its next one', () => {
    const value = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.array(fc.tuple(value, value), { minLength: 8, maxLength: 24 }), fc.array(fc.tuple(value, value), { minLength: 30, maxLength: 30 }), (shift, old, fresh) => {
        const make = (from: number, rows: (number | null)[][]): SeriesAnswer => ({
          timesMs: rows.map((_, i) => (from + i) * 1000),
          series: [0, 1].map((s) => ({ labels: { country: `c${s}` }, values: rows.map((row) => row[s]!) })),
          meta: meta({ asOfMs: from }),
        })
        const last = make(100, old)
        const next = make(100 + shift, [...old.slice(shift, -2), ...fresh.slice(0, 2 + shift)])
        const made = patchOf(last, next)
        if (made !== null) expect(patched(last, { q: 0, ...made })).toEqual(next)
      }),
    )
  })
})

describe('what is known of a query', () => {
  test('asOf that stands still is noticed, asOf that moves too', () => {
    let known: Known<SeriesAnswer> = applyReset<SeriesAnswer>(unknown, answer, 100)
    known = applyPatch(known, patch({ meta: meta() }), 900)!
    expect([known.arrivedMs, known.movedMs]).toEqual([900, 100])
    known = applyPatch(known, patch({ timesMs: [], values: [] }), 1200)!
    expect(known.movedMs).toBe(1200)
  })
  test('a backlog is measured from second to second', () => {
    const behind = (records: number): SeriesAnswer => ({ ...answer, meta: meta({ behindRecords: records }) })
    let known = applyReset<SeriesAnswer>(unknown, behind(5000), 0)
    known = applyReset(known, behind(4900), 200)
    expect(known.backlog?.perS).toBeNull()
    known = applyReset(known, behind(3000), 2000)
    expect(known.backlog?.perS).toBe(1000)
  })
  test('a problem stands beside what was known, and an answer ends it', () => {
    const problem = { type: 'about:blank', title: 'The store did not answer', status: 503 }
    let known = applyProblem(applyReset<SeriesAnswer>(unknown, answer, 0), problem, 10)
    expect([known.answer, known.problem]).toEqual([answer, problem])
    known = applyReset(known, answer, 20)
    expect(known.problem).toBeNull()
  })
})
