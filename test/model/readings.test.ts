/** What is remembered of series within a batch that may be taken back, and the names they have. */
import { expect, test } from 'vitest'
import { SeriesReadings, type Reading } from '../../model/readings.ts'
import { SeriesNames } from '../../model/cells/series-names.ts'
import { TextDictionary } from '../../model/columns/text-dictionary.ts'

const DAY_MS = 86_400_000
const T0 = 20_000 * DAY_MS
const reading = (timeMs: number): Reading => ({
  timeMs: T0 + timeMs,
  offset: timeMs,
  index: 0,
  value: 1,
  ids: [1],
})
const timesOf = (readings: readonly Reading[]): number[] => readings.map(({ timeMs }) => timeMs - T0)
const made = (): SeriesReadings => {
  const readings = new SeriesReadings({ forgetMs: DAY_MS, budget: 10 })
  for (const timeMs of [10, 30]) readings.take('a', reading(timeMs), NaN)
  readings.keep()
  return readings
}

test('a batch that is taken back leaves the readings as they were, however many it added and wherever', () => {
  const readings = made()
  for (const timeMs of [40, 20, 50]) readings.take('a', reading(timeMs), NaN)
  readings.discard()
  readings.take('a', reading(35), NaN)
  expect(readings.keep().changed.map(([name, its]) => [name, timesOf(its)])).toEqual([['a', [10, 30, 35]]])
})

test('a series that is forgotten and comes again in one batch begins anew, and shares its list with no other', () => {
  const readings = made()
  readings.take('a', reading(40), NaN)
  const lateMs = 5 * DAY_MS
  for (const name of ['a', 'b'])
    expect(readings.take(name, reading(lateMs), T0 + lateMs)).toEqual({ before: null, after: null })
  readings.take('a', reading(lateMs + 1), T0 + lateMs)
  expect(readings.keep().changed.map(([name, its]) => [name, timesOf(its)])).toEqual([
    ['a', [lateMs, lateMs + 1]],
    ['b', [lateMs]],
  ])
})

test('the name of a series is spelled from its texts, and anew when the dictionary was cleared', () => {
  const dictionary = new TextDictionary()
  const names = new SeriesNames([0, 1], dictionary)
  const nameOf = (...texts: string[]): string =>
    names.of(
      texts.map((text) => Int32Array.of(text === '' ? 0 : dictionary.codeOfText(text))),
      0,
    ).name
  expect([nameOf('m1', 'heat'), nameOf('heat', 'm1'), nameOf('m1', ''), nameOf('m1', 'heat')]).toEqual([
    '["m1","heat"]',
    '["heat","m1"]',
    '["m1",null]',
    '["m1","heat"]',
  ])
  dictionary.clear()
  expect(nameOf('m2', 'heat')).toBe('["m2","heat"]')
})
