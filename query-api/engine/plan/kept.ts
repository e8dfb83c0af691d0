import type { Interval } from '../../../model/definition.ts'
import type { Provenance } from '../../wire.ts'

/** A window is kept while its end plus `keep` is past the clock. */
export function isKept(interval: Interval, windowNumber: number, latestMs: number | null): boolean {
  return (
    interval.keepMs === null ||
    latestMs === null ||
    (windowNumber + 1) * interval.ms + interval.keepMs > latestMs
  )
}

/** Windows `[from, to)` of a range. */
export interface Span {
  readonly from: number
  readonly to: number
}

type Bounds = Pick<Provenance, 'sinceMs' | 'asOfMs' | 'lostBeforeMs' | 'latestMs'>

/** Windows of `[first, end)` that something is known of: between `since` and `asOf` (isWithin), and still kept. */
export function knownSpan(bounds: Bounds, interval: Interval, first: number, end: number): Span {
  return bounds.sinceMs === null ? NONE : spanOf(bounds.sinceMs, bounds, interval, first, end)
}

/** Windows that are read: what was counted before `since` may be shown too, only what is absent there is unknown, not none. */
export function readableSpan(bounds: Bounds, interval: Interval, first: number, end: number): Span {
  return spanOf(bounds.lostBeforeMs ?? Number.NEGATIVE_INFINITY, bounds, interval, first, end)
}

function spanOf(
  afterMs: number,
  { asOfMs, latestMs }: Bounds,
  { ms, keepMs }: Interval,
  first: number,
  end: number,
): Span {
  if (asOfMs === null) return NONE
  const keptFrom =
    keepMs === null || latestMs === null ? first : Math.max(first, Math.floor((latestMs - keepMs) / ms))
  const from = Math.max(keptFrom, Math.floor(afterMs / ms))
  const to = Math.min(end, Math.ceil(asOfMs / ms))
  return from < to ? { from, to } : NONE
}

const NONE: Span = { from: 0, to: 0 }

export const isIn = ({ from, to }: Span, window: number): boolean => window >= from && window < to
export const isSameSpan = (one: Span, other: Span): boolean => one.from === other.from && one.to === other.to

/** Of each window of `[first, end)`: whether it is in the span. */
export const spread = (span: Span, first: number, end: number): boolean[] =>
  Array.from({ length: end - first }, (_, at) => isIn(span, first + at))
