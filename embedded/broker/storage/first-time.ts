import { gunzipSync } from 'node:zlib'
import { BATCH_HEADER_BYTES, type BatchHeader } from '../record-batch.ts'
import type { Segment } from './segment.ts'

const NONE = 0
const GZIP = 1
/** A batch that inflates past this is answered as a whole. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

export interface TimedOffset {
  readonly offset: number
  readonly timestampMs: number
}

/** The first record of a segment at or after a time, or null. */
export async function firstTimeIn(segment: Segment, timeMs: number): Promise<TimedOffset | null> {
  let found: TimedOffset | null = null
  await segment.walkFromTime(timeMs, async (header, read) => {
    if (header.maxTimestampMs < timeMs) return true
    found = header.isLogAppendTime
      ? { offset: header.baseOffset, timestampMs: header.maxTimestampMs }
      : firstInBatch(header, await read(), timeMs)
    return false
  })
  return found
}

/**
 * Inside a batch that keeps the producer's times. Codecs that Node cannot open are answered with the batch's first record:
 * a reader then begins a few records early, never late.
 */
function firstInBatch(header: BatchHeader, batch: Buffer, timeMs: number): TimedOffset {
  const whole = { offset: header.baseOffset, timestampMs: header.baseTimestampMs }
  try {
    const records = recordsOf(header, batch)
    return records === null ? whole : (search(header, records, timeMs) ?? whole)
  } catch {
    return whole
  }
}

function recordsOf(header: BatchHeader, batch: Buffer): Buffer | null {
  const records = batch.subarray(BATCH_HEADER_BYTES)
  if (header.codec === NONE) return records
  return header.codec === GZIP ? gunzipSync(records, { maxOutputLength: MAX_INFLATED_BYTES }) : null
}

/** A record begins: length (varint), attributes (1), time delta (varint), offset delta (varint). */
function search(header: BatchHeader, records: Buffer, timeMs: number): TimedOffset | null {
  let at = 0
  for (let i = 0; i < header.count; i++) {
    const length = varint(records, at)
    const time = varint(records, length.next + 1)
    const timestampMs = header.baseTimestampMs + time.value
    if (timestampMs >= timeMs) return { offset: header.baseOffset + varint(records, time.next).value, timestampMs }
    at = length.next + length.value
  }
  return null
}

/** A zigzag varint of up to 64 bits; the numbers here fit in 2^53. */
function varint(bytes: Buffer, from: number): { value: number; next: number } {
  let raw = 0
  let scale = 1
  let at = from
  for (;;) {
    const byte = bytes.readUInt8(at++)
    raw += (byte & 0x7f) * scale
    if (byte < 0x80) break
    scale *= 128
  }
  return { value: raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, next: at }
}
