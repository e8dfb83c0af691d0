/** What numbers are compared with, and how that is said. Pure. */
import { beforeOf, beforeShort, type Range } from './range.ts'

/** As the API takes them. */
export const COMPARISONS = ['previous', 'previous_day', 'previous_week', 'previous_year'] as const
export type Comparison = (typeof COMPARISONS)[number]

export const comparisonIn = (text: string | null): Comparison | undefined =>
  COMPARISONS.find((one) => one === text)

/** As short as a legend has it. */
export const againstShort: Record<Comparison, string> = {
  previous: 'before',
  previous_day: 'day before',
  previous_week: 'week before',
  previous_year: 'year before',
}
/** As a list of them has it. */
export const againstNames: Record<Comparison, string> = {
  previous: 'the time before',
  previous_day: 'the day before',
  previous_week: 'the week before',
  previous_year: 'the year before',
}

/** Of a range: "15 minutes before", "the week before". */
export const againstOf = (compare: Comparison, range: Range): string =>
  compare === 'previous' ? beforeOf(range) : againstNames[compare]
export const againstIn = (compare: Comparison, range: Range): string =>
  compare === 'previous' ? beforeShort(range) : againstShort[compare]
