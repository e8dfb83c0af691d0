/** Late corrections of answers: which numbers of complete windows are others now, how far back that is known, and in how much memory. */
import { describe, expect, test } from 'vitest'
import { correctionsOf, isComparable } from '../../../query-api/engine/corrections.ts'
import { Revisions, REVISION_LIMITS } from '../../../query-api/service/revisions.ts'
import type { SeriesAnswer } from '../../../query-api/wire.ts'

interface Given {
  /** First window, s. */
  from?: number
  asOf: number
  records?: number
  generation?: number
  others?: { count: number; values: (number | null)[] }
}

/** Windows of a second each; `asOf` in seconds too. */
function answer(columns: Record<string, (number | null)[]>, given: Given): SeriesAnswer {
  const { from = 0, asOf, records = asOf, generation = 1, others } = given
  const length = Object.values(columns)[0]?.length ?? 0
  return {
    timesMs: Array.from({ length }, (_, at) => (from + at) * 1000),
    series: Object.entries(columns).map(([name, values]) => ({ labels: { country: name }, values })),
    ...(others !== undefined && { others }),
    meta: {
      vector: { 0: records },
      topic: 't',
      asOfMs: asOf * 1000,
      lagMs: 0,
      complete: 1,
      partitions: 1,
      logEnd: { from: 'kafka', atMs: 0 },
      sinceMs: 0,
      latestMs: 0,
      behindRecords: 0,
      generation,
      def: 'd',
      from: 'cells',
      source: 's',
      metric: 's.m',
      by: 'country',
      interval: '1s',
      intervalMs: 1000,
      fromMs: from * 1000,
      toMs: (from + length) * 1000,
      seriesTotal: Object.keys(columns).length,
    },
  }
}
const rows = (list: readonly { column: number; timeMs: number; was: unknown; is: unknown }[]) =>
  list.map(({ column, timeMs, was, is }) => [column, timeMs / 1000, was, is])

describe('between two answers', () => {
  const last = answer({ DE: [1, 2, 3, 4], FR: [5, 6, 7, 8] }, { asOf: 3.5 })
  test('only what was complete, by name and wherever the range moved to', () => {
    const next = answer({ FR: [6, 9, 80, 1], DE: [2, 3, 40, 2] }, { from: 1, asOf: 5 })
    expect(rows(correctionsOf(last, next))).toEqual([[0, 2, 7, 9]])
  })
  test('a name that is new had none before, unless some were not told', () => {
    const next = answer({ DE: [1, 2, 3, 4], FR: [5, 6, 7, 8], PL: [0, 2, 0, 1] }, { asOf: 5 })
    expect(rows(correctionsOf(last, next))).toEqual([[2, 1, null, 2]])
    const others = { count: 3, values: [0, 0, 0, 0] }
    expect(correctionsOf({ ...last, others }, { ...next, others })).toEqual([])
  })
  test('others only while they are the same; what is no longer kept is none', () => {
    const had = answer({ DE: [1, 2] }, { asOf: 2, others: { count: 2, values: [3, 3] } })
    const now = (columns: Record<string, (number | null)[]>, count = 2) =>
      rows(correctionsOf(had, answer(columns, { asOf: 3, others: { count, values: [4, 3] } })))
    expect(now({ DE: [null, 2] })).toEqual([[1, 0, 3, 4]])
    expect([now({ FR: [1, 2] }), now({ DE: [1, 2] }, 3)]).toEqual([[], []])
  })
  test('of windows from before anything was known, it is none', () => {
    const had = answer({ DE: [null, null, 3] }, { asOf: 3 })
    const now = answer({ DE: [0, 1, 4] }, { asOf: 4 })
    const since = (sinceMs: number) => rows(correctionsOf({ ...had, meta: { ...had.meta, sinceMs } }, now))
    expect(since(2500)).toEqual([[0, 2, 3, 4]])
    expect(since(1500)).toEqual([
      [0, 1, null, 1],
      [0, 2, 3, 4],
    ])
  })
  test('of another definition or interval nothing can be said', () => {
    expect(isComparable(last, answer({ DE: [9] }, { asOf: 9, generation: 2 }))).toBe(false)
    expect(isComparable(last, last)).toBe(true)
  })
})

describe('remembered', () => {
  test('what was told first and what stands now, since the first answer', () => {
    const revisions = new Revisions()
    const told = (next: SeriesAnswer, fromS: number) => {
      revisions.note('q', next)
      return revisions.of('q', next, fromS * 1000)
    }
    expect(told(answer({ DE: [1, 2, 3] }, { asOf: 10 }), 0)).toEqual({ sinceMs: 10_000, rows: [] })
    told(answer({ DE: [1, 5, 3] }, { asOf: 11 }), 0)
    const third = told(answer({ FR: [1, 0, 0], DE: [1, 7, 4] }, { asOf: 12 }), 0)
    expect(rows(third.rows)).toEqual([
      [1, 1, 2, 7],
      [0, 0, null, 1],
      [1, 2, 3, 4],
    ])
    expect(third.rows[0]).toMatchObject({ role: 'series', labels: { country: 'DE' }, asOfMs: 12_000 })
    const later = revisions.of('q', answer({ DE: [1, 7, 4] }, { asOf: 12 }), 12_000)
    expect([later.sinceMs, rows(later.rows)]).toEqual([
      12_000,
      [
        [0, 1, 5, 7],
        [0, 2, 3, 4],
      ],
    ])
    // Back to what it was: no correction. Out of the range: not of this answer.
    expect(rows(told(answer({ DE: [2, 4] }, { from: 1, asOf: 13 }), 0).rows)).toEqual([[0, 2, 3, 4]])
    expect(revisions.of('another', answer({ DE: [1] }, { asOf: 1 }), 0)).toEqual({ sinceMs: null, rows: [] })
  })

  test('an answer that others outran is none; a store that lost some, or a new definition, begins anew', () => {
    let nowMs = 0
    const revisions = new Revisions(() => nowMs)
    revisions.note('q', answer({ DE: [1, 2] }, { asOf: 10, records: 7 }))
    const older = answer({ DE: [1, 1] }, { asOf: 10, records: 6 })
    revisions.note('q', older)
    const next = answer({ DE: [1, 3] }, { asOf: 11, records: 8 })
    revisions.note('q', next)
    expect(rows(revisions.of('q', next, 0).rows)).toEqual([[0, 1, 2, 3]])
    nowMs = 20_000
    revisions.note('q', older)
    expect(revisions.of('q', older, 0)).toEqual({ sinceMs: 10_000, rows: [] })
    const other = answer({ DE: [9, 9] }, { asOf: 12, generation: 2 })
    revisions.note('q', other)
    expect(revisions.of('q', other, 0)).toEqual({ sinceMs: 12_000, rows: [] })
  })

  test('bounded: in corrections of one, whose oldest go and are said to be gone', () => {
    const revisions = new Revisions()
    const width = REVISION_LIMITS.correctionsOfOne - 100
    const all = (value: number) => Array.from({ length: width }, () => value)
    for (const asOf of [1, 2, 3]) revisions.note('q', answer({ DE: all(asOf) }, { asOf: asOf * 10_000 }))
    expect(revisions.size.corrections).toBe(REVISION_LIMITS.correctionsOfOne)
    const { sinceMs } = revisions.of('q', answer({ DE: all(3) }, { asOf: 30_000 }), 0)
    expect(sinceMs).toBe(20_000_001)
  })

  test('bounded: in questions, in points, and in time', () => {
    let nowMs = 0
    const revisions = new Revisions(() => nowMs)
    const wide = answer({ DE: Array.from({ length: 90_000 }, () => 1) }, { asOf: 1 })
    for (let n = 0; n < 20; n++) revisions.note(`wide${n}`, { ...wide })
    expect(revisions.size).toMatchObject({ questions: 11, points: 990_000 })
    const one = answer({ DE: [1] }, { asOf: 1 })
    for (let n = 0; n < 300; n++) revisions.note(`q${n}`, { ...one })
    expect(revisions.size.questions).toBe(REVISION_LIMITS.questions)
    nowMs = REVISION_LIMITS.idleMs
    revisions.note('last', one)
    expect(revisions.size.questions).toBe(1)
  })
})
