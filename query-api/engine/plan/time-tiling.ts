/**
 * A range of time as windows of several intervals: fine ones at its edges, coarse ones inside, so that a day is some hundred windows
 * and not 86,400. Pure.
 */
import type { Interval } from '../../../model/definition.ts'
import { UTC_CALENDAR } from '../../language/calendar.ts'
import { rangeBefore, type Range } from '../../language/compare.ts'
import type { RangeQuery } from '../../language/range.ts'
import { rangeOf, type Clocks } from '../../language/time.ts'
import { isKept } from './kept.ts'
import { rangeTooLong } from '../too-long.ts'

/** Windows `[first, end)` of one interval. */
export interface Run {
  readonly interval: Interval
  readonly first: number
  readonly end: number
}

/** Windows one range may be cut into. */
const MAX_WINDOWS = 5000

export interface Tiling {
  /** The range asked for. */
  readonly asked: Range
  readonly fromMs: number
  readonly toMs: number
  readonly runs: readonly Run[]
  /** With comparison: the range before, as long, and its windows; null where it is not all kept. */
  readonly previous: {
    readonly fromMs: number
    readonly toMs: number
    readonly runs: readonly Run[] | null
  } | null
}

/** Throws bad_request or range_too_long. */
export function tilingsFor(
  query: RangeQuery,
  { intervals }: { intervals: readonly Interval[] },
  clocks: Clocks,
): Tiling[] {
  const { compare, calendar } = query
  const range = rangeOf(query, clocks)
  const before = compare === null ? null : rangeBefore(range, compare, calendar ?? UTC_CALENDAR)
  const tilings = tilingsOf(intervals, { ...range, before }, clocks.clockMs)
  if (tilings.length > 0) return tilings
  throw rangeTooLong(range, intervals.at(-1)!, MAX_WINDOWS, query.from)
}

/** Windows that are kept and together are exactly `[fromMs, toMs)`; null where there are none such. */
export function tile(
  intervals: readonly Interval[],
  fromMs: number,
  toMs: number,
  latestMs: number | null,
): Run[] | null {
  const runs: Run[] = []
  let at = fromMs
  for (let tiles = 0; at < toMs; tiles++) {
    const here = at
    const interval = intervals.findLast(
      ({ ms, ...rest }) =>
        here % ms === 0 && here + ms <= toMs && isKept({ ms, ...rest }, here / ms, latestMs),
    )
    if (interval === undefined || tiles >= MAX_WINDOWS) return null
    const last = runs.at(-1)
    const window = at / interval.ms
    if (last?.interval === interval) runs[runs.length - 1] = { ...last, end: window + 1 }
    else runs.push({ interval, first: window, end: window + 1 })
    at += interval.ms
  }
  return runs
}

/**
 * Ways to answer a range, the least rounded first; coarser edges touch fewer cells. A range that begins before anything is kept is cut to
 * what is; one that is wholly past has no windows. Empty where none fits into the limits.
 */
export function tilingsOf(
  intervals: readonly Interval[],
  range: Range & { before: Range | null },
  latestMs: number | null,
): Tiling[] {
  const earliestMs = Math.min(...intervals.map((interval) => firstKeptMs(interval, latestMs)))
  const askedFromMs = Math.max(range.fromMs, earliestMs)
  const asked = { fromMs: range.fromMs, toMs: range.toMs }
  if (askedFromMs >= range.toMs) return [{ asked, ...asked, runs: [], previous: null }]
  const found = new Map<string, Tiling>()
  for (const begin of intervals)
    for (const close of intervals) {
      const fromMs = Math.floor(askedFromMs / begin.ms) * begin.ms
      const toMs = Math.ceil(range.toMs / close.ms) * close.ms
      if (found.has(`${fromMs} ${toMs}`)) continue
      const runs = tile(intervals, fromMs, toMs, latestMs)
      if (runs === null) continue
      const before =
        range.before === null ? null : previousOf(range, range.before, { fromMs, toMs }, [begin, close])
      const previous =
        before === null
          ? null
          : {
              ...before,
              runs: before.fromMs < 0 ? null : tile(intervals, before.fromMs, before.toMs, latestMs),
            }
      found.set(`${fromMs} ${toMs}`, { asked, fromMs, toMs, runs, previous })
    }
  const rounded = ({ fromMs, toMs }: Tiling): number => toMs - fromMs
  const all = [...found.values()].sort((a, b) => rounded(a) - rounded(b))
  const comparable = all.filter(({ previous }) => previous === null || previous.runs !== null)
  return comparable.length > 0 ? comparable : all
}

/**
 * What an answered range is compared with. A stretch right before the one asked for ends where the answer begins; one at another time is
 * rounded outward by itself, because it may be longer or shorter: a day of 23 hours beside one of 24.
 */
function previousOf(asked: Range, before: Range, answered: Range, edges: [Interval, Interval]): Range {
  const [begin, close] = edges
  const lengthMs = asked.toMs - asked.fromMs
  if (before.toMs !== asked.fromMs || before.toMs - before.fromMs !== lengthMs)
    return {
      fromMs: Math.floor(before.fromMs / begin.ms) * begin.ms,
      toMs: Math.ceil(before.toMs / close.ms) * close.ms,
    }
  const isWhole = lengthMs % begin.ms === 0 && lengthMs % close.ms === 0
  const shiftMs = isWhole ? lengthMs : answered.toMs - answered.fromMs
  return { fromMs: answered.fromMs - shiftMs, toMs: answered.toMs - shiftMs }
}

/** Start of the first window that is still kept. */
function firstKeptMs({ ms, keepMs }: Interval, latestMs: number | null): number {
  if (keepMs === null || latestMs === null) return 0
  return Math.max(0, Math.floor((latestMs - keepMs) / ms) * ms)
}
