/** Windows of answers put together to the steps of a chart: sums of whole ones, or each as it came. Pure. */
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { localMs } from '../format/zone.ts'
import { stepFor } from './buckets.ts'

export type Column = readonly (number | null)[]

export interface Steps {
  readonly stepMs: number
  readonly startsMs: readonly number[]
  readonly endsMs: readonly number[]
  /** The windows of each step: from, to (not included). */
  readonly parts: readonly (readonly [number, number])[]
}

/** When each window ends: of days, weeks and months where the next begins. */
const endOf = ({ timesMs, meta }: SeriesAnswer, i: number): number =>
  timesMs[i + 1] ?? Math.max(meta.toMs, timesMs[i]! + 1)

const isOfCalendar = ({ meta }: SeriesAnswer): boolean => /^1(d|w|mo)$/.test(meta.interval)

/**
 * Steps that are over. With `mostPoints` windows are put together to at most so many, on round times of the reader's clock; a step
 * that lacks a window of its own at an edge of the range is none.
 */
export function stepsOf(answer: SeriesAnswer, mostPoints: number | null): Steps {
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
  const over = (from: number, to: number): void => {
    const endMs = endOf(answer, to - 1)
    if (endMs > asOfMs) return
    startsMs.push(timesMs[from]!)
    endsMs.push(endMs)
    parts.push([from, to])
  }
  if (stepMs <= meta.intervalMs) for (let i = 0; i < timesMs.length; i++) over(i, i + 1)
  else {
    const stepAt = (i: number): number => Math.floor(localMs(timesMs[i]!) / stepMs)
    for (let from = 0; from < timesMs.length; ) {
      let to = from + 1
      while (to < timesMs.length && stepAt(to) === stepAt(from)) to++
      const isFirst = from === 0 && localMs(timesMs[0]!) % stepMs !== 0
      const isLast = to === timesMs.length && (localMs(timesMs[to - 1]!) + meta.intervalMs) % stepMs !== 0
      if (!isFirst && !isLast) over(from, to)
      from = to
    }
  }
  return { stepMs, startsMs, endsMs, parts }
}

/** The sum of each step; null where any window of it that could be known is not. */
export function summed(values: Column, { parts }: Steps, { timesMs, meta }: SeriesAnswer): (number | null)[] {
  const sinceMs = meta.sinceMs ?? Number.NEGATIVE_INFINITY
  return parts.map(([from, to]) => {
    if (to - from === 1) return values[from] ?? null
    let sum: number | null = null
    for (let i = from; i < to; i++) {
      const value = values[i] ?? null
      if (value !== null) sum = (sum ?? 0) + value
      else if (timesMs[i]! >= sinceMs) return null
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
