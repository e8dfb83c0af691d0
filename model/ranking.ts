/** Rankings: which cells are kept in the order of a measure too, under which key, and how a name is spelled there (docs/store.md, "Rankings"). */
import type { Interval, Source } from './definition.ts'
import { layout } from './measures.ts'
import { OTHER, valuesOf } from './names.ts'

/** One order of the cells of a breakdown and interval. */
export interface Ranking {
  readonly metric: string
  /** Where its measure stands in a cell. */
  readonly at: number
}

const MINUTE_MS = 60_000

/** Of the kept intervals: the minute, and the coarsest. */
export function rankedIntervals(intervals: readonly Interval[]): Interval[] {
  return intervals.filter(({ ms }, at) => ms === MINUTE_MS || at === intervals.length - 1)
}

/** The rankings of each breakdown and interval; index: breakdown * intervals + interval. Most are empty. */
export function rankingsOf({ breakdowns, intervals, metrics }: Source): Ranking[][] {
  const { starts } = layout(metrics)
  const kept = new Set(rankedIntervals(intervals))
  return breakdowns.flatMap(({ name }) => {
    const rankings = metrics.flatMap((metric, m): Ranking[] =>
      metric.kind !== 'stats' && metric.rank.includes(name) ? [{ metric: metric.name, at: starts[m]! }] : [],
    )
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
