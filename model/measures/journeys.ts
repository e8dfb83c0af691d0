/** What is asked of journeys, as sums that lie beside each other in a cell. */
import { NUMBER } from './measure.ts'
import { sumsMeasure } from './sums.ts'

/**
 * In the order of their places in a cell. `journeys`: from a page to the next one, or to the one after where the name says both; `onward`: how many of
 * them are known to the page after; `views` and `visits` of pages and starts; `elsewhere`: visits opened by a record whose key is not the value of the key field.
 */
export const JOURNEY_SUMS = ['journeys', 'onward', 'views', 'visits', 'late', 'over', 'elsewhere'] as const

const nth = (sums: readonly number[], name: (typeof JOURNEY_SUMS)[number]): number =>
  sums[JOURNEY_SUMS.indexOf(name)]!
const stopsOf = (sums: readonly number[]): number => nth(sums, 'views') + nth(sums, 'visits')

export const journeys = sumsMeasure('journeys', JOURNEY_SUMS.length, {
  ...Object.fromEntries(
    JOURNEY_SUMS.map((name) => [name, { ...NUMBER, of: (sums: readonly number[]) => nth(sums, name) }]),
  ),
  /** Views of which nobody knows yet what comes next, or after the next. */
  open: { ...NUMBER, of: (sums) => stopsOf(sums) - nth(sums, 'journeys') },
  openOnward: { ...NUMBER, of: (sums) => stopsOf(sums) - nth(sums, 'onward') },
})
