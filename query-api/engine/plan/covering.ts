/** A stretch of time from what is kept of it: windows that lie inside, and what no window covers, named. Pure. */
import type { Interval } from '../../../model/definition.ts'
import type { Range } from '../../language/compare.ts'
import { isKept } from './kept.ts'
import type { Run } from './time-tiling.ts'

export interface Covering {
  readonly runs: readonly Run[]
  /** Where only windows are kept that reach past an edge, or none at all. */
  readonly missing: readonly Range[]
  readonly windows: number
  /** By the log's clock: from when on one of the windows is no longer kept. */
  readonly untilMs: number
}

/**
 * Windows that lie end to end from the first to the last that fits, the coarsest first, none of them past an edge: an hour is never
 * counted in two days.
 */
export function cover(
  intervals: readonly Interval[],
  { fromMs, toMs }: Range,
  latestMs: number | null,
): Covering {
  const runs: Run[] = []
  const missing: Range[] = []
  let windows = 0
  for (let at = fromMs; at < toMs; ) {
    const start = at
    const interval = intervals.findLast(
      (one) => start % one.ms === 0 && start + one.ms <= toMs && isKept(one, start / one.ms, latestMs),
    )
    if (interval === undefined) {
      at = Math.min(...intervals.map((one) => nextStart(one, start, toMs, latestMs)))
      missing.push({ fromMs: start, toMs: at })
      continue
    }
    const [last, window] = [runs.at(-1), at / interval.ms]
    const follows = last?.interval === interval && last.end === window
    if (follows) runs[runs.length - 1] = { ...last, end: window + 1 }
    else runs.push({ interval, first: window, end: window + 1 })
    at += interval.ms
    windows++
  }
  const ends = runs.map(({ interval: { ms, keepMs }, first }) => (first + 1) * ms + (keepMs ?? Infinity))
  return { runs, missing, windows, untilMs: Math.min(Infinity, ...ends) }
}

/** Where the next window of an interval begins that is kept and ends by `toMs`; `toMs` where none does. */
function nextStart(interval: Interval, afterMs: number, toMs: number, latestMs: number | null): number {
  const { ms, keepMs } = interval
  const aligned = Math.floor(afterMs / ms) * ms + ms
  const keptMs =
    keepMs === null || latestMs === null ? 0 : Math.max(0, Math.floor((latestMs - keepMs) / ms) * ms)
  let start = Math.max(aligned, keptMs)
  if (!isKept(interval, start / ms, latestMs)) start += ms
  return start + ms <= toMs ? start : toMs
}

/** What became too old since the windows were chosen. */
export function goneSince({ runs, untilMs }: Covering, latestMs: number | null): Range[] {
  if (latestMs === null || untilMs > latestMs) return []
  return runs.flatMap(({ interval, first, end }): Range[] => {
    const { ms, keepMs } = interval
    if (keepMs === null || isKept(interval, first, latestMs)) return []
    const keptFrom = Math.floor((latestMs - keepMs) / ms)
    const firstKept = isKept(interval, keptFrom, latestMs) ? keptFrom : keptFrom + 1
    return [{ fromMs: first * ms, toMs: Math.min(end, firstKept) * ms }]
  })
}
