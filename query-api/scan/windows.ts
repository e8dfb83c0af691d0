/** In windows of which interval a question is counted, and which time it needs. Pure. */
import type { Interval } from '../../model/definition.ts'
import type { CalendarPlan } from '../engine/plan/calendar-plan.ts'
import type { Resolution } from '../engine/plan/resolution.ts'
import type { Tiling } from '../engine/plan/time-tiling.ts'

export interface CountedWindows {
  readonly interval: Interval
  /** Multiples of it. */
  readonly fromMs: number
  readonly toMs: number
}

export type Candidate = Resolution | CalendarPlan | Tiling

/** Windows that a ranking may be cut into, where its range is no multiple of any interval. */
const MOST_WINDOWS = 1500

/** `isFixed`: the range stands still; one that moves with the clock has the same windows at each moment. */
export function windowsOf(
  candidate: Candidate,
  intervals: readonly Interval[],
  isFixed: boolean,
): CountedWindows {
  if ('buckets' in candidate) {
    const all = [...candidate.buckets, ...(candidate.before ?? [])]
    const edges = all.flatMap(({ fromMs, toMs }) => [fromMs, toMs])
    return over(coarsestDividing(edges, intervals) ?? intervals[0]!, edges)
  }
  if ('interval' in candidate) {
    const { interval, first, end, shift } = candidate
    return { interval, fromMs: (first - Math.max(0, shift ?? 0)) * interval.ms, toMs: end * interval.ms }
  }
  const { asked, previous } = candidate
  const edges = [asked.fromMs, asked.toMs, ...(previous === null ? [] : [previous.fromMs, previous.toMs])]
  const dividing = isFixed ? coarsestDividing(edges, intervals) : undefined
  return over(dividing ?? fewWindows(asked, intervals), edges)
}

const coarsestDividing = (edges: readonly number[], intervals: readonly Interval[]): Interval | undefined =>
  intervals.findLast(({ ms }) => edges.every((edge) => edge % ms === 0))

const fewWindows = (
  { fromMs, toMs }: { fromMs: number; toMs: number },
  intervals: readonly Interval[],
): Interval => intervals.find(({ ms }) => (toMs - fromMs) / ms <= MOST_WINDOWS) ?? intervals.at(-1)!

function over(interval: Interval, edges: readonly number[]): CountedWindows {
  // A ranking rounds outward, and what it is compared with by itself: one window more on each side.
  return {
    interval,
    fromMs: Math.max(0, (Math.floor(Math.min(...edges) / interval.ms) - 1) * interval.ms),
    toMs: (Math.ceil(Math.max(...edges) / interval.ms) + 1) * interval.ms,
  }
}
