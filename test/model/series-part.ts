/** What readings of one series come to in one window that holds them all, as the fold finds it. */
import type { SeriesMeasure } from '../../model/measures/index.ts'
import { SeriesReadings } from '../../model/readings.ts'
import { textHashOf } from '../../model/text-hash.ts'

export const SERIES_OPTIONS = { holdMs: 600, isHashes: new Set([textHashOf('a'), textHashOf('b')]) }
const WINDOW = { startMs: 0, endMs: 86_400_000 }

export interface CameReading {
  readonly units: number
  readonly place: { readonly timeMs: number; readonly offset: number; readonly index: number }
}

export function partOfSeries(measure: SeriesMeasure, came: readonly CameReading[]): number[] {
  const row = new Array<number>(measure.slots).fill(0)
  const readings = new SeriesReadings({ forgetMs: 86_400_000, budget: 1 })
  for (const { units, place } of came) {
    const reading = { ...place, value: measure.valueOf(units, SERIES_OPTIONS), ids: [1] }
    const found = readings.take('["s"]', reading, NaN)
    if (found === null) continue
    const { before, after } = found
    if (before !== null) measure.step(row, 0, before, reading, WINDOW, 1, SERIES_OPTIONS)
    if (after === null) continue
    if (before !== null) measure.step(row, 0, before, after, WINDOW, -1, SERIES_OPTIONS)
    measure.step(row, 0, reading, after, WINDOW, 1, SERIES_OPTIONS)
  }
  return row
}

/** Of steps that stand each for itself, so that any parts of them add up. */
export function partOfSteps(measure: SeriesMeasure, came: readonly CameReading[]): number[] {
  const row = new Array<number>(measure.slots).fill(0)
  for (const { units, place } of came) {
    const to = { ...place, value: measure.valueOf(units, SERIES_OPTIONS), ids: [1] }
    measure.step(row, 0, { ...to, timeMs: 0, value: place.offset % 2 }, to, WINDOW, 1, SERIES_OPTIONS)
  }
  return row
}
