/** The records of raw batches, one by one: what counts for nothing is passed over by the same rules as in the fold, and a gap is said. */
import { LogError } from '../../log/errors.ts'
import type { RawBatch } from '../../log/log.ts'
import { openBatch, type RecordCursor } from '../../log/walk.ts'

/** Offsets `[from, to)` that an operator passed over. */
export type Skips = readonly (readonly [from: number, to: number])[]

export interface RecordTaker {
  /** `tsMs`: NaN where the record has none. */
  take(record: RecordCursor, tsMs: number): void
  /** Up to here, and not this one, all was read. */
  passed(next: number): void
}

/** The greatest time that a date can hold. */
const LAST_TIME_MS = 8.64e15
const kafkaTime = (ms: number): number => (ms >= 0 && ms <= LAST_TIME_MS ? ms : NaN)

/** The log lacks records that were counted: it is compacted, or another one. */
export class MissingRecords extends Error {}

/** Reads offsets `[wanted, until)`; answers the next one wanted. Throws MissingRecords, LogError. */
export function readRecords(
  batches: readonly RawBatch[],
  wanted: number,
  until: number,
  skips: Skips,
  taker: RecordTaker,
): number {
  let next = wanted
  const isSkipped = (offset: number): boolean => skips.some(([from, to]) => from <= offset && offset < to)
  const goTo = (offset: number): void => {
    for (let at = next; at < offset; at++)
      if (!isSkipped(at)) throw new MissingRecords(`offset ${at} was counted, and the log no longer holds it`)
    next = offset
  }
  for (const batch of batches) {
    if (next >= until) return next
    if (batch.lastOffset < next) continue
    const end = Math.min(batch.lastOffset + 1, until)
    if (batch.baseOffset > next) goTo(Math.min(batch.baseOffset, until))
    if (next >= until) return next
    if (!batch.control && !batch.aborted && !isSkippedWhole(skips, next, end)) {
      const cursor = opened(batch)
      if (cursor !== null) {
        while (cursor.next() && cursor.offset < until) {
          if (cursor.offset < next) continue
          goTo(cursor.offset)
          if (!isSkipped(cursor.offset)) taker.take(cursor, kafkaTime(cursor.timestampMs))
          next = cursor.offset + 1
        }
        goTo(end)
      }
    }
    next = end
    taker.passed(next)
  }
  return next
}

const isSkippedWhole = (skips: Skips, from: number, to: number): boolean =>
  skips.some((skip) => skip[0] <= from && to <= skip[1])

/** Null: a batch that is not opened, because it would become too large, is a reject of all its records. */
function opened(batch: RawBatch): RecordCursor | null {
  try {
    return openBatch(batch.bytes)
  } catch (error) {
    if (error instanceof LogError && error.code === 'INFLATED_TOO_LARGE') return null
    throw error
  }
}
