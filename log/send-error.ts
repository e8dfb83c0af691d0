import { LogError } from './errors.ts'
import type { AcknowledgedPiece } from './log.ts'

/**
 * A send that failed. `acknowledged` is what is in the log all the same: requests go out one after the other, so a wide send can be cut
 * off in its middle. Send the others again. Those of the request that was not answered may be in the log nevertheless (`retry` errors).
 */
export class SendError extends LogError {
  readonly acknowledged: readonly AcknowledgedPiece[]
  constructor(error: LogError, acknowledged: readonly AcknowledgedPiece[]) {
    super(error.code, error.detail, error.cause)
    this.acknowledged = acknowledged
  }
}

/** The records of a send that no piece holds, in their order. */
export function notAcknowledged<T>(records: readonly T[], acknowledged: readonly AcknowledgedPiece[]): T[] {
  const there = new Set(acknowledged.flatMap(({ places }) => places))
  return records.filter((_, place) => !there.has(place))
}
