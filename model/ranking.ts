/** Rankings: which cells are kept in the order of a measure too, under which key, and how a name is spelled there (docs/store.md, "Rankings"). */
import type { Interval, Source } from './definition.ts'
import type { Int } from './numbers/integer.ts'
import { cellLayout, hasRow } from './measures/index.ts'
import { OTHER, valuesOf } from './dictionary.ts'
import type { Row } from './numbers/wide.ts'

/** One order of the cells of a breakdown and interval. */
export interface Ranking {
  readonly metric: string
  /** Its exact value of the cell whose row begins at a place. */
  readonly value: (row: Row, rowAt: number) => Int
}

const MINUTE_MS = 60_000

/** Of the kept intervals: the minute, and the coarsest. */
export function rankedIntervals(intervals: readonly Interval[]): Interval[] {
  return intervals.filter(({ ms }, at) => ms === MINUTE_MS || at === intervals.length - 1)
}

/** The rankings of each breakdown and interval; index: breakdown * intervals + interval. Most are empty. */
export function rankingsOf(source: Source): Ranking[][] {
  const { breakdowns, intervals } = source
  const kept = new Set(rankedIntervals(intervals))
  return breakdowns.flatMap(({ name }) => {
    const { metrics, measures, starts } = cellLayout(source, name)
    const rankings = metrics.flatMap((metric, m): Ranking[] => {
      const [measure, at] = [measures[m]!, starts[m]!]
      if (!hasRow(measure) || metric.rank?.includes(name) !== true) return []
      const [statistic] = Object.keys(measure.statistics)
      return [{ metric: metric.name, value: (row, rowAt) => measure.exact(row, rowAt + at, statistic!)! }]
    })
    return intervals.map((interval) => (kept.has(interval) ? rankings : []))
  })
}

/** Key suffix of a ranking of one window. */
export function rankingSuffix(
  metric: string,
  breakdown: string,
  interval: string,
  windowNumber: number,
): string {
  return `z:${metric}:${breakdown}:${interval}:${windowNumber}`
}

/** How a name is spelled as a member: the bare value where that can be mistaken for nothing else, the name itself elsewhere. */
export function memberOf(name: string): string {
  const [value, ...more] = valuesOf(name)
  const bare =
    more.length === 0 &&
    typeof value === 'string' &&
    value !== OTHER &&
    !value.startsWith('[') &&
    !HALF_PAIR.test(value)
  return bare ? value : name
}

/** Half of a surrogate pair has no UTF-8 of its own: bare, two values could become one member. */
const HALF_PAIR = /\p{Surrogate}/u
