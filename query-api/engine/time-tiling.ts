/**
 * A range of time as windows of several intervals: fine ones at its edges, coarse ones inside, so that a day is some hundred windows
 * and not 86,400. Pure.
 */
import type { Interval } from '../../model/definition.ts'
import { isKept } from './resolution.ts'

/** Windows `[first, end)` of one interval. */
export interface Run {
  readonly interval: Interval
  readonly first: number
  readonly end: number
}

/** Windows one range may be cut into. */
const MAX_WINDOWS = 5000

export interface Tiling {
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
  range: { fromMs: number; toMs: number; compare: boolean },
  latestMs: number | null,
): Tiling[] {
  const earliestMs = Math.min(...intervals.map((interval) => firstKeptMs(interval, latestMs)))
  const askedFromMs = Math.max(range.fromMs, earliestMs)
  if (askedFromMs >= range.toMs) return [{ fromMs: range.fromMs, toMs: range.toMs, runs: [], previous: null }]
  const found = new Map<string, Tiling>()
  for (const begin of intervals)
    for (const close of intervals) {
      const fromMs = Math.floor(askedFromMs / begin.ms) * begin.ms
      const toMs = Math.ceil(range.toMs / close.ms) * close.ms
      if (found.has(`${fromMs} ${toMs}`)) continue
      const runs = tile(intervals, fromMs, toMs, latestMs)
      if (runs === null) continue
      const lengthMs = range.toMs - range.fromMs
      const shiftMs = lengthMs % begin.ms === 0 && lengthMs % close.ms === 0 ? lengthMs : toMs - fromMs
      const [beforeFromMs, beforeToMs] = [fromMs - shiftMs, toMs - shiftMs]
      const before = range.compare
        ? {
            fromMs: beforeFromMs,
            toMs: beforeToMs,
            runs: beforeFromMs < 0 ? null : tile(intervals, beforeFromMs, beforeToMs, latestMs),
          }
        : null
      found.set(`${fromMs} ${toMs}`, { fromMs, toMs, runs, previous: before })
    }
  const rounded = ({ fromMs, toMs }: Tiling): number => toMs - fromMs
  const all = [...found.values()].sort((a, b) => rounded(a) - rounded(b))
  const comparable = all.filter(({ previous }) => previous === null || previous.runs !== null)
  return comparable.length > 0 ? comparable : all
}

/** Start of the first window that is still kept. */
function firstKeptMs({ ms, keepMs }: Interval, latestMs: number | null): number {
  if (keepMs === null || latestMs === null) return 0
  return Math.max(0, Math.floor((latestMs - keepMs) / ms) * ms)
}
