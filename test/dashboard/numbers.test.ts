import { describe, expect, test } from 'vitest'
import { nearest, steadyBounds, xTicks, yBounds, yStep, ySplits } from '../../dashboard/chart/axis.ts'
import { gaps } from '../../dashboard/chart/scene.ts'
import {
  amount,
  axisLabels,
  completeness,
  figures,
  fixed,
  momentOf,
  rate,
  share,
  short,
  span,
} from '../../dashboard/say/format.ts'
import { changeWords, mean } from '../../dashboard/say/values.ts'
import { addColumns, stepFor, sumOf, toRates } from '../../dashboard/series/buckets.ts'
import { chartModel, isCut, lineBefore, rank, stacked } from '../../dashboard/series/chart-model.ts'
import { coloursFor } from '../../dashboard/series/colours.ts'
import { meanOf, recentRate, totalOf } from '../../dashboard/series/totals.ts'
import * as fc from 'fast-check'
import { knownTo } from '../../dashboard/series/known-to.ts'
import { valueName } from '../../dashboard/say/names.ts'
import type { SeriesAnswer } from '../../query-api/wire.ts'

const plain = (text: string): string => text.replaceAll('\u202f', ' ')

describe('rates', () => {
  const times = Array.from({ length: 12 }, (_, i) => 3000 + i * 1000)

  test('steps: 15 minutes of seconds are 180 points of 5 s, as a plot can show', () => {
    expect([300_000, 900_000].map((ms) => stepFor(ms, 1000))).toEqual([2000, 5000])
    expect([3_600_000, 21_600_000, 86_400_000].map((ms) => stepFor(ms, 60_000))).toEqual([
      60_000, 120_000, 600_000,
    ])
    expect(stepFor(10_000, 86_400_000)).toBe(86_400_000)
  })
  test('only whole stretches before asOf, each the mean of its seconds', () => {
    const rates = toRates(times, [times.map((_, i) => i)], 1000, 900_000, 13_500)
    // 3 and 4 s belong to a stretch whose beginning is not in the answer.
    expect(rates.startsMs).toEqual([5000])
    expect(rates.endsMs).toEqual([10_000])
    expect(rates.columns).toEqual([[(2 + 3 + 4 + 5 + 6) / 5]])
  })
  test('one window without data leaves its stretch without', () => {
    expect(
      toRates(times, [times.map((ms) => (ms === 7000 ? null : 1))], 1000, 900_000, 20_000).columns,
    ).toEqual([[null, 1]])
  })
  test('a running minute counts for the time it ran, once it is ten seconds old', () => {
    const minutes = [0, 60_000, 120_000]
    expect(toRates(minutes, [[60, 120, 30]], 60_000, 3_600_000, 135_000)).toMatchObject({
      endsMs: [60_000, 120_000, 135_000],
      columns: [[1, 2, 2]],
    })
    expect(toRates(minutes, [[60, 120, 3]], 60_000, 3_600_000, 129_000).endsMs).toEqual([60_000, 120_000])
  })
  test('nothing is known before anything was counted', () =>
    expect(toRates(times, [times], 1000, 900_000, null).endsMs).toEqual([]))
  test('sums: no data is not 0', () => {
    expect([sumOf([null, null]), sumOf([0, null]), sumOf([])]).toEqual([null, 0, null])
    expect(
      addColumns(
        [
          [1, null, null],
          [2, 3, null],
        ],
        3,
      ),
    ).toEqual([3, 3, null])
  })
})

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
      from: 'rollup',
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

describe('axes', () => {
  test('3 to 6 hairlines on round numbers from 0', () => {
    for (const greatest of [0.3, 1, 7, 42, 99, 205, 246, 1234, 99_999, 3e6]) {
      const bounds = yBounds(0, greatest, false)
      expect(bounds.bottom).toBe(0)
      expect(bounds.top).toBeGreaterThanOrEqual(greatest)
      expect(ySplits(bounds).length - 1).toBeGreaterThanOrEqual(2)
      expect(ySplits(bounds).length).toBeLessThanOrEqual(7)
      expect(ySplits(bounds).at(-1)).toBeCloseTo(bounds.top)
    }
    expect([yStep(0), yBounds(0, 0, false).top, yBounds(0, Number.NaN, false).top]).toEqual([1, 1, 1])
  })
  test('means fit what there is, rounded outwards', () => {
    expect(yBounds(9.8, 20.4, true)).toEqual({ bottom: 7.5, top: 22.5, step: 2.5 })
    expect(yBounds(-3, 4, false)).toMatchObject({ bottom: -4, top: 4 })
    const flat = yBounds(5, 5, true)
    expect(flat.bottom <= 5 && flat.top >= 5 && flat.top > flat.bottom).toBe(true)
  })
  test('a live axis grows at once and shrinks once a minute', () => {
    const of = (greatest: number): ReturnType<typeof yBounds> => yBounds(0, greatest, false)
    const first = steadyBounds(null, of(240), 0)
    expect(steadyBounds(first, of(410), 10).top).toBe(500)
    expect(steadyBounds(first, of(90), 59_999)).toBe(first)
    expect(steadyBounds(first, of(90), 60_001).top).toBe(100)
  })
  test('labels on round times of the zone, 70 px apart', () => {
    const { stepMs, ticksMs } = xTicks(1_000_000, 1_900_000, 580, 0)
    expect(stepMs).toBe(120_000)
    expect(ticksMs[0]).toBe(1_080_000)
    expect(
      xTicks(0, 86_400_000, 600, 5.5 * 3_600_000).ticksMs.every(
        (ms) => (ms + 5.5 * 3_600_000) % 10_800_000 === 0,
      ),
    ).toBe(true)
  })
  test('the nearest point', () =>
    expect([nearest([], 5), nearest([1, 5, 9], 6), nearest([1, 5, 9], 99)]).toEqual([-1, 1, 2]))
})

describe('words', () => {
  test('numbers', () => {
    expect([186_529, 1_068_412, 12_400_000, 3_100_000_000].map((n) => plain(amount(n)))).toEqual([
      '186,529',
      '1,068,412',
      '12.4 M',
      '3.1 G',
    ])
    expect([amount(48_206.5, 2), amount(1_200_510.25, 2), fixed(-3, 0)]).toEqual([
      '48,206.50',
      '1,200,510',
      '−3',
    ])
    expect([share(0.5), completeness(1), completeness(0.81), completeness(0.999999)].map(plain)).toEqual([
      '50.0 %',
      '100 %',
      '81 %',
      '99.9 %',
    ])
    expect([12_000, 171_000, 120_000, 11_100_000, 400 * 86_400_000].map((ms) => plain(span(ms)))).toEqual([
      '12 s',
      '2 min 51 s',
      '2 min',
      '3 h 05 min',
      '400 d',
    ])
  })
  test('change has an arrow and no colour', () => {
    expect(
      [0.097, -0.034, 0.0001, 99.5].map(changeWords).map(({ arrow, text }) => `${arrow} ${plain(text)}`),
    ).toEqual(['↑ 9.7 %', '↓ 3.4 %', ' 0.0 %', '↑ 9,950 %'])
    expect([9.125, 48.27, 812.4, -3.1389].map(mean)).toEqual(['9.13', '48.27', '812.4', '−3.14'])
  })
  test('very small and very large: three figures that count, or a power of ten; never 0.00 for what is not 0', () => {
    expect(
      [8e-8, 0.00004, 0.0041, 0.5, 100.25, 999.97, 7.318915e14, 2e18, 0].map((n) => plain(figures(n))),
    ).toEqual([
      '8.00 × 10⁻⁸',
      '4.00 × 10⁻⁵',
      '0.00410',
      '0.500',
      '100.3',
      '1,000',
      '732 T',
      '2.00 × 10¹⁸',
      '0',
    ])
    expect([0.004, 0.53, 12.34, 8_400, 13_149, 7.3e14, 0].map((n) => plain(short(n, 2)))).toEqual([
      '0.00400',
      '0.53',
      '12.3',
      '8,400',
      '13.1k',
      '730T',
      '0',
    ])
    expect(plain(amount(7.318915e14))).toBe('732 T')
  })
  test('a rate is over the shortest time in which something happens', () => {
    expect([16 / 30 / 86_400, 0.02, 0.5, 25, 1392.3].map((perS) => plain(rate(perS)))).toEqual([
      '0.53/day',
      '1.2/min',
      '0.50/s',
      '25/s',
      '1,392/s',
    ])
  })
  test('labels of an axis have one unit and the decimals of its step', () => {
    const of = (step: number, marks: number): string[] =>
      axisLabels(
        Array.from({ length: marks }, (_, i) => i * step),
        step,
      ).labels
    expect([
      of(0.05, 3),
      of(2500, 3),
      of(5000, 3),
      of(250_000, 3),
      of(5e5, 4),
      of(2e14, 3),
      of(0.0005, 3),
    ]).toEqual([
      ['0.00', '0.05', '0.10'],
      ['0', '2,500', '5,000'],
      ['0', '5k', '10k'],
      ['0', '250k', '500k'],
      ['0', '0.5M', '1.0M', '1.5M'],
      ['0', '200T', '400T'],
      ['0.0000', '0.0005', '0.0010'],
    ])
    const tiny = axisLabels([0, 2e-8, 4e-8, 8e-8], 2e-8)
    expect([tiny.labels, plain(tiny.times)]).toEqual([['0', '2', '4', '8'], '× 10⁻⁸'])
    for (const step of [1e-9, 0.00005, 0.025, 0.3, 1, 250, 1e4, 2.5e6, 1e13, 1e19])
      expect(new Set(of(step, 6)).size).toBe(6)
  })
  test('a moment that is not of today has its date', () => {
    const nowMs = new Date(2026, 10, 27, 12).getTime()
    expect(
      [nowMs - 3_600_000, nowMs - 3 * 86_400_000, 1_000_000]
        .map((ms) => momentOf(ms, nowMs))
        .map((text) => text.replace(/\d\d:\d\d:\d\d/, 'T')),
    ).toEqual(['T', '24 Nov T', '1 Jan 1970 T'])
  })
})

describe('names', () => {
  const country = (value: string | null): string => valueName('country', value)
  test('two values never have one name', () => {
    const values = [
      '',
      ' ',
      '  ',
      'a',
      'a ',
      ' a',
      '(none)',
      '(empty)',
      '"(none)"',
      'others',
      '5 others',
      'All',
      'all',
      'DE',
      'de',
      'Germany',
      'DD',
      'GB',
      'UK',
      'United Kingdom',
      'desrever\u202e',
      'desrever',
      'a\u0000',
      String.raw`a\u0000`,
      String.raw`"a\u0000"`,
      'caf\u00e9',
      'cafe\u0301',
      'a\u200b',
      'a\u00a0',
      '\\__other__',
      '\\\\__other__',
      '__proto__',
      'no data',
      '\u3164',
      'ZZ',
      'EU',
    ]
    const names = [null, ...values].map(country)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.string({ unit: 'binary', maxLength: 4 }),
        (a, b) => a === b || country(a) !== country(b),
      ),
      { numRuns: 2000 },
    )
  })
  test('what is not there, what is empty and what only says so', () => {
    expect([null, '', '(none)', '\\__other__', 'DE', 'x\u202ey'].map(country)).toEqual([
      '(none)',
      '(empty)',
      '"(none)"',
      '"__other__"',
      'Germany',
      String.raw`"x\u202ey"`,
    ])
    // Blanks are drawn as they are: as many as there are.
    expect(country('  ')).toHaveLength(4)
  })
})
