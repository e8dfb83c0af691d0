/** Windows of answers put together to the steps of a chart: sums of whole ones, or each as it came. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { instantOf, localMs } from '../format/zone.ts'
import { endOf, stepFor } from './buckets.ts'
import { OPEN_LEAST, showsOpen } from './open-step.ts'

export type Column = readonly (number | null)[]

export interface Steps {
  readonly stepMs: number
  readonly startsMs: readonly number[]
  /** Of a step that is not over how far it is drawn: to what is known of it. */
  readonly endsMs: readonly number[]
  /** The windows of each step: from, to (not included). */
  readonly parts: readonly (readonly [number, number])[]
  /** The last one is not over before then; null where all are. */
  readonly openUntilMs: number | null
}

const isOfCalendar = ({ meta }: SeriesAnswer): boolean => /^1(d|w|mo)$/.test(meta.interval)

/**
 * Steps that are over, and the one that is not where {@link showsOpen}. With `mostPoints` windows are put together to at most so many, on
 * round times of the reader's clock; a step that lacks a window of its own at an edge of the range is none.
 */
export function stepsOf(answer: SeriesAnswer, mostPoints: number | null, asBars = false): Steps {
  const { timesMs, meta } = answer
  const asOfMs = meta.asOfMs ?? Number.NEGATIVE_INFINITY
  const rangeMs = meta.toMs - meta.fromMs
  const stepMs =
    mostPoints === null || isOfCalendar(answer)
      ? meta.intervalMs
      : stepFor(rangeMs, meta.intervalMs, mostPoints)
  const startsMs: number[] = []
  const endsMs: number[] = []
  const parts: [number, number][] = []
  let openUntilMs: number | null = null
  const add = (from: number, to: number, endMs: number): void => {
    startsMs.push(timesMs[from]!)
    endsMs.push(endMs)
    parts.push([from, to])
  }
  const step = (from: number, to: number, untilMs: number): void => {
    if (untilMs <= asOfMs) return add(from, to, untilMs)
    const startMs = timesMs[from]!
    if (asOfMs <= startMs || openUntilMs !== null) return
    // What is from before the log began is over, and nothing.
    const isOnly = parts.length === 0 || (meta.sinceMs ?? Number.NEGATIVE_INFINITY) >= startMs
    if (!showsOpen({ stepMs, rangeMs, asBars, isOnly })) return
    openUntilMs = untilMs
    add(from, to, Math.min(untilMs, Math.max(asOfMs, startMs + rangeMs * OPEN_LEAST)))
  }
  if (stepMs <= meta.intervalMs) for (let i = 0; i < timesMs.length; i++) step(i, i + 1, endOf(answer, i))
  else {
    const stepAt = (i: number): number => Math.floor(localMs(timesMs[i]!) / stepMs)
    for (let from = 0; from < timesMs.length; ) {
      let to = from + 1
      while (to < timesMs.length && stepAt(to) === stepAt(from)) to++
      const isCutAtFirst = from === 0 && localMs(timesMs[0]!) % stepMs !== 0
      const endMs = endOf(answer, to - 1)
      const isWhole = to < timesMs.length || localMs(endMs) % stepMs === 0
      if (!isCutAtFirst && isWhole) step(from, to, endMs)
      // Of what is still to come no window is in the answer; what ended before then was cut off by the range.
      else if (!isCutAtFirst && asOfMs < meta.toMs) step(from, to, instantOf((stepAt(from) + 1) * stepMs))
      from = to
    }
  }
  return { stepMs, startsMs, endsMs, parts, openUntilMs }
}

/** The sum of each step, so far of one that is not over; null where any window of it that could be known is not. */
export function summed(values: Column, { parts }: Steps, { timesMs, meta }: SeriesAnswer): (number | null)[] {
  const sinceMs = meta.sinceMs ?? Number.NEGATIVE_INFINITY
  const asOfMs = meta.asOfMs ?? Number.POSITIVE_INFINITY
  return parts.map(([from, to]) => {
    if (to - from === 1) return values[from] ?? null
    let sum: number | null = null
    for (let i = from; i < to; i++) {
      const value = values[i] ?? null
      if (value !== null) sum = (sum ?? 0) + value
      else if (timesMs[i]! >= sinceMs && timesMs[i]! < asOfMs) return null
    }
    return sum
  })
}

/** One by the other; nothing by nothing is nothing, not 0. */
export const divided = (a: Column, b: Column): (number | null)[] =>
  a.map((value, i) => {
    const by = b[i] ?? null
    return value === null || by === null || by === 0 ? null : value / by
  })
