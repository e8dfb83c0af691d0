/** Numbers, times and names as the page writes them. */
import { describe, expect, test } from 'vitest'
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
} from '../../dashboard/format/format.ts'
import { changeWords, mean, nowText, totalText } from '../../dashboard/format/values.ts'
import * as fc from 'fast-check'
import { valueName } from '../../dashboard/format/names.ts'

const plain = (text: string): string => text.replaceAll('\u202f', ' ')

describe('words', () => {
  test('what adds up has its unit: counts, sums and increases, seconds in a state', () => {
    const count = { kind: 'count', field: null }
    const counter = { kind: 'counter', field: 'kwh' }
    const state = { kind: 'time_in_state', field: 'relay' }
    expect([count, counter, state].map((metric) => plain(totalText(metric)(1680.25)))).toEqual([
      '1,680',
      '1,680.25',
      '28 min',
    ])
    expect([count, counter, state].map((metric) => plain(nowText(metric, 1.5)))).toEqual([
      '1.5/s now',
      '1.5/s now',
      '1.50 at a time now',
    ])
  })
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
