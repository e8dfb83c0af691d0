/** What a chart shows of an answer. */
import { describe, expect, test } from 'vitest'
import { gaps } from '../../dashboard/chart/scene.ts'
import { toRates } from '../../dashboard/series/buckets.ts'
import { chartModel, isCut, lineBefore, rank, stacked } from '../../dashboard/series/chart-model.ts'
import { coloursFor } from '../../dashboard/series/colours.ts'
import { meanOf, recentRate, totalOf } from '../../dashboard/series/totals.ts'
import { knownTo } from '../../dashboard/series/known-to.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'

const answer = (values: Record<string, (number | null)[]>, field = 'country'): SeriesAnswer => {
  const points = Object.values(values)[0]?.length ?? 0
  return {
    timesMs: Array.from({ length: points }, (_, i) => i * 60_000),
    series: Object.entries(values).map(([name, column]) => ({
      labels: { [field]: name === '(none)' ? null : name },
      values: column,
    })),
    meta: {
      vector: { 0: 1 },
      topic: 'clicks',
      asOfMs: points * 60_000,
      lagMs: 1,
      complete: 1,
      partitions: 1,
      logEnd: { from: 'kafka', atMs: 0 },
      sinceMs: -1e9,
      latestMs: 0,
      behindRecords: 0,
      generation: 1,
      def: 'x',
      from: 'cells',
      source: 'clicks',
      metric: 'clicks.events',
      by: field,
      interval: '1m',
      intervalMs: 60_000,
      fromMs: 0,
      toMs: points * 60_000,
      seriesTotal: Object.keys(values).length,
    },
  }
}

describe('a chart', () => {
  const countries = answer({
    FR: [120, 60],
    DE: [600, 600],
    US: [60, 60],
    '(none)': [6, 0],
    __other__: [30, 30],
    PL: [0, 0],
  })
  const plan = { field: 'country', top: 2, totalName: 'All', rangeMs: 3_600_000 }

  test('shows the greatest by name and adds up the rest', () => {
    const order = rank(countries, 'country')
    expect(order).toEqual(['"DE"', '"FR"', '"US"', 'null'])
    const model = chartModel(countries, plan, order)
    expect(model.lines.map((line) => [line.name, line.colour, line.values])).toEqual([
      ['Germany', 1, [10, 10]],
      ['France', 2, [2, 1]],
      ['others', 0, [1.6, 1.5]],
    ])
    expect(model.total).toMatchObject({ values: [13.6, 12.5], last: 12.5, min: 12.5, max: 13.6, mean: 13.05 })
  })
  test('marks a name to which more may belong, and only such a one', () => {
    const late = answer({ FR: [600, 120], DE: [60, 60] })
    late.series[0]!.most = [900, 120]
    late.series[1]!.most = [60, 60]
    const { lines } = chartModel(late, plan, rank(late, 'country'))
    expect(lines.map(({ name, atLeast }) => [name, atLeast])).toEqual([
      ['France', true],
      ['Germany', undefined],
    ])
  })

  test('names the number of others where it is known', () => {
    const two = answer({ DE: [60], FR: [30], US: [6], PL: [0] })
    expect(chartModel(two, { ...plan, top: 1 }, rank(two, 'country')).lines.at(-1)?.name).toBe('2 others')
  })
  test('last is unknown where the newest point is', () => {
    const gone = answer({ DE: [60, null] })
    expect(chartModel(gone, plan, rank(gone, 'country')).lines[0]).toMatchObject({
      last: null,
      min: 1,
      mean: 1,
    })
  })
  test('stacks from the bottom up; a hole is a hole in all', () => {
    const model = chartModel(answer({ DE: [120, 60, 60], FR: [60, null, 60] }), plan, ['"DE"', '"FR"'])
    expect(stacked(model.lines, 3)).toEqual([
      [2, 1, 1],
      [3, null, 2],
    ])
  })
  test('keeps a colour for a value, whatever its place', () => {
    expect(coloursFor('f', ['a', 'b', 'c'])).toEqual([1, 2, 3])
    expect(coloursFor('f', ['c', 'x', 'a'])).toEqual([3, 2, 1])
    expect(new Set(coloursFor('f', ['x', 'b', 'a', 'c'])).size).toBe(4)
  })
  test('totals', () => {
    expect(totalOf(countries, 3_600_000)).toMatchObject({
      sum: 1566,
      now: 12.5,
      mean: 13.05,
      against: null,
      bounds: null,
    })
  })
  test('a change is of windows that are over, and only where all of before is known', () => {
    const now = {
      ...answer({ '(none)': [60, 90, 4] }),
      previous: { shiftMs: 180_000, values: [[50, 50, 77]] },
    }
    now.meta.asOfMs = 125_000
    expect(totalOf(now, 3_600_000)).toMatchObject({
      sum: 154,
      against: { now: 150, before: 100, change: 0.5 },
    })
    expect(totalOf({ ...now, previous: { shiftMs: 1, values: [[null, 50, 77]] } }, 3_600_000)).toMatchObject({
      against: null,
    })
    // One event is known from before, and nothing of the time before it: that is no full period.
    const young = { ...now, meta: { ...now.meta, sinceMs: -100_000 } }
    expect(totalOf(young, 3_600_000).against).toBeNull()
  })
  test('a number that may lack events lies between two', () => {
    const [one] = answer({ '(none)': [20, 8] }).series
    const bounded = (least: (number | null)[], most: (number | null)[]): SeriesAnswer => ({
      ...answer({ '(none)': [20, 8] }),
      series: [{ ...one!, least, most }],
    })
    expect(totalOf(bounded([20, 8], [30, 17]), 3_600_000).bounds).toEqual([28, 47])
    expect([
      totalOf(bounded([20, 8], [20, 8]), 3_600_000).bounds,
      totalOf(bounded([20, 8], [null, 9]), 3_600_000).bounds,
    ]).toEqual([null, null])
  })
  test('those past the limit are in the total, in the others and in the stretch before', () => {
    const now: SeriesAnswer = {
      ...answer({ DE: [600, 600], FR: [60, 60] }),
      others: { count: 1430, values: [1200, 1200], previous: [60, 60] },
      previous: {
        shiftMs: 120_000,
        values: [
          [60, 60],
          [0, 0],
        ],
      },
    }
    const model = chartModel(now, plan, rank(now, 'country'))
    expect(model.lines.map(({ name, values }) => [name, values])).toEqual([
      ['Germany', [10, 10]],
      ['France', [1, 1]],
      ['1,430 others', [20, 20]],
    ])
    expect([
      model.total.values,
      lineBefore(now, plan, null, 'before')?.line.values,
      totalOf(now, 3_600_000).sum,
    ]).toEqual([[31, 31], [2, 2], 3720])
    expect([isCut(now), isCut({ ...answer({ DE: [1] }), meta: { ...now.meta, seriesTotal: 9 } })]).toEqual([
      false,
      true,
    ])
  })
  test('a log that began within a step is drawn from there on, and not as one hole', () => {
    // 90 days in steps of half a day; all there is are the last two hours.
    const hour = 3_600_000
    const times = Array.from({ length: 12 }, (_, i) => i * hour)
    const values = times.map((ms) => (ms < 10 * hour ? null : 7200))
    const { columns } = toRates(times, [values], hour, 90 * 86_400_000, 12 * hour, { sinceMs: 10 * hour })
    expect(columns).toEqual([[2]])
    expect(toRates(times, [values], hour, 90 * 86_400_000, 12 * hour).columns).toEqual([[null]])
    expect(
      toRates(times, [values.with(11, null)], hour, 90 * 86_400_000, 12 * hour, { sinceMs: 10 * hour })
        .columns,
    ).toEqual([[null]])
  })
  test('days of a zone are steps as they are: as many, as long, and with their numbers', () => {
    // Of Berlin, over the night in which its clocks go forward.
    const timesMs = [Date.UTC(2026, 2, 27, 23), Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22)]
    const day = 86_400_000
    const asOfMs = timesMs[2]! + day / 2
    const found = toRates(timesMs, [[86_400, 82_800, 43_200]], day, 3 * day, asOfMs, { sinceMs: 0 })
    expect([found.startsMs, found.endsMs]).toEqual([timesMs, [timesMs[1], timesMs[2], asOfMs]])
    expect(found.columns).toEqual([[1, 1, 1]])
  })

  test('what arrives lately is of what is over, or known', () => {
    const seconds = { ...answer({ '(none)': Array.from({ length: 60 }, () => 5) }) }
    const fast: SeriesAnswer = {
      ...seconds,
      timesMs: seconds.timesMs.map((_, i) => i * 1000),
      meta: { ...seconds.meta, intervalMs: 1000, asOfMs: 59_500 },
    }
    expect(recentRate(fast)).toEqual({ perS: 5, overMs: 59_000 })
    const slow = answer({ '(none)': [60, 30] })
    slow.meta.asOfMs = 90_000
    expect(recentRate(slow)).toEqual({ perS: 1, overMs: 90_000 })
    expect(recentRate({ ...slow, series: [] })).toBeNull()
  })
  test('up to where a range is known is said once it is not its end', () => {
    const of = (lagMs: number, asOfMs = 100_000): number | null =>
      knownTo({ asOfMs, lagMs, toMs: asOfMs + 500_000 })
    expect([
      of(400),
      of(9_000),
      knownTo({ asOfMs: 100_000, lagMs: 60_000, toMs: 90_000 }),
      knownTo({ asOfMs: null, lagMs: null, toMs: 1 }),
    ]).toEqual([null, 100_000, null, null])
  })
  test('the stretch before is laid over now', () => {
    const now = {
      ...answer({ DE: [60, 60], FR: [6, 6] }),
      previous: {
        shiftMs: 120_000,
        values: [
          [120, 60],
          [60, null],
        ],
      },
    }
    expect(lineBefore(now, plan, '"DE"', 'before')).toMatchObject({
      endsMs: [60_000, 120_000],
      line: { values: [2, 1] },
    })
    expect(lineBefore(now, plan, null, 'before')?.line.values).toEqual([3, 1])
    expect(lineBefore(answer({ DE: [1] }), plan, null, 'before')).toBeNull()
    // What was counted of before the log began is no stretch to compare with.
    expect(
      lineBefore({ ...now, meta: { ...now.meta, sinceMs: -60_000 } }, plan, null, 'before')?.line.values,
    ).toEqual([null, 1])
    expect(lineBefore({ ...now, meta: { ...now.meta, sinceMs: 1 } }, plan, null, 'before')).toBeNull()
  })
  test('means are sums by counts, over any stretch', () => {
    const sums = answer({ Porto: [10, 20], Bergen: [9, null] }, 'site')
    const counts = answer({ Bergen: [3, null], Porto: [5, 0] }, 'site')
    const model = chartModel(sums, { ...plan, field: 'site' }, ['"Porto"'], counts)
    expect(model.lines.map((line) => line.values)).toEqual([[2, null]])
    expect(model.total.values[0]).toBeCloseTo(19 / 8)
    const one = (values: (number | null)[]): SeriesAnswer => answer({ '(none)': values })
    expect(meanOf(one([10, 20]), one([5, 5]))).toMatchObject({ value: 3, against: null, between: [2, 4] })
    expect(
      meanOf(
        { ...one([1]), previous: { shiftMs: 1, values: [[9]] } },
        { ...one([1]), previous: { shiftMs: 1, values: [[3]] } },
      ),
    ).toMatchObject({ value: 1, against: { now: 1, before: 3 } })
  })
  test('gaps lie between data only', () => expect(gaps([null, 1, null, null, 2, 3, null])).toEqual([[1, 4]]))
})
