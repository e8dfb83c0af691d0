/** Who hears of a live stream. */
import type { LiveAnswer, LivePart, LiveProgress, Problem } from '../query-api/wire.ts'
import type { ApiError } from './api-error.ts'

export interface LiveHandlers {
  /** Of the query at `q`: the newest answer, whole. */
  answer(q: number, answer: LiveAnswer): void
  /** It cannot be answered now; it may heal. */
  problem?(q: number, problem: Problem): void
  /** The log is read for the first answer: how far. */
  progress?(q: number, progress: LiveProgress['progress']): void
  /** What the part of the log comes to that is read so far, as `meta.reading` says: no number of it is final. */
  part?(q: number, part: LivePart['part']): void
  /** Who answers has counted less than was seen before; its answer comes once that is caught up with, or after some seconds. */
  behind?(q: number, behind: { readonly records: number; readonly seen: number }): void
  /** Every second: the clock of the API. */
  beat?(nowMs: number): void
  /** The stream broke, and is tried again after so long; answers stand still meanwhile. */
  lost?(error: unknown, retryMs: number): void
  /** The API refuses the stream itself: it is not tried again. */
  refused?(error: ApiError): void
}
