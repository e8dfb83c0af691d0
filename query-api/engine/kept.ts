import type { Interval } from '../../model/definition.ts'

/** A window is kept while its end plus `keep` is past the clock. */
export function isKept(interval: Interval, windowNumber: number, latestMs: number | null): boolean {
  return (
    interval.keepMs === null ||
    latestMs === null ||
    (windowNumber + 1) * interval.ms + interval.keepMs > latestMs
  )
}
