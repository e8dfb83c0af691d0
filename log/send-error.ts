import { LogError } from './errors.ts'
import type { LandedPiece } from './log.ts'

/**
 * A send that failed. `landed` is what is in the log all the same: requests go out one after the other, so a wide send can be cut
 * off in its middle. Send the others again. Those of the request that was not answered may be in the log nevertheless (`retry` errors).
 */
export class SendError extends LogError {
  readonly landed: readonly LandedPiece[]
  constructor(error: LogError, landed: readonly LandedPiece[]) {
    super(error.code, error.detail, error.cause)
    this.landed = landed
  }
}

/** The records of a send that no piece holds, in their order. */
export function notLanded<T>(records: readonly T[], landed: readonly LandedPiece[]): T[] {
  const there = new Set(landed.flatMap(({ places }) => places))
  return records.filter((_, place) => !there.has(place))
}
