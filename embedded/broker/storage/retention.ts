import type { Segment } from './segment.ts'

/** How much of the past a partition keeps; null = all of it. */
export interface Retention {
  readonly ms: number | null
  readonly bytes: number | null
}

export const isExpired = (segment: Segment, retention: Retention, nowMs: number): boolean =>
  retention.ms !== null && segment.sizeBytes > 0 && segment.youngestMs < nowMs - retention.ms

/** How many segments, oldest first, are wholly past the retention; never the last, which is written to. */
export function countExpired(segments: readonly Segment[], retention: Retention, nowMs: number): number {
  let surplusBytes =
    segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) - (retention.bytes ?? Infinity)
  let expired = 0
  while (expired < segments.length - 1) {
    const segment = segments[expired]!
    if (!isExpired(segment, retention, nowMs) && surplusBytes < segment.sizeBytes) break
    surplusBytes -= segment.sizeBytes
    expired++
  }
  return expired
}
