import { openBatch } from '../../../log/walk.ts'
import type { BatchHeader } from '../protocol/record-batch.ts'
import { MAX_INFLATED_BYTES } from '../protocol/record-check.ts'
import type { Segment } from './segment.ts'

export interface TimedOffset {
  readonly offset: number
  readonly timestampMs: number
}

/** The first record of a segment, from an offset on, that is of a time or younger; or null. */
export async function firstTimeIn(
  segment: Segment,
  timeMs: number,
  fromOffset: number,
): Promise<TimedOffset | null> {
  let found: TimedOffset | null = null
  await segment.walkFromTime(timeMs, async (header, read) => {
    if (header.maxTimestampMs < timeMs || header.lastOffset < fromOffset) return true
    found = header.isLogAppendTime
      ? { offset: Math.max(header.baseOffset, fromOffset), timestampMs: header.maxTimestampMs }
      : firstInBatch(header, await read(), timeMs, fromOffset)
    return found === null
  })
  return found
}

/** Inside a batch that keeps the producer's times. One that cannot be opened is answered with its first record: too early, never too late. */
function firstInBatch(
  header: BatchHeader,
  batch: Buffer,
  timeMs: number,
  fromOffset: number,
): TimedOffset | null {
  try {
    const record = openBatch(batch, { maxInflatedBytes: MAX_INFLATED_BYTES })
    while (record.next()) {
      if (record.offset >= fromOffset && record.timestampMs >= timeMs)
        return { offset: record.offset, timestampMs: record.timestampMs }
    }
    return null
  } catch {
    return { offset: Math.max(header.baseOffset, fromOffset), timestampMs: header.baseTimestampMs }
  }
}
