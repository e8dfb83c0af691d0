import { inflate } from '../../../log/codec.ts'
import { LogError } from '../../../log/errors.ts'
import { BrokerError } from './errors.ts'
import { BATCH_HEADER_BYTES, type BatchHeader } from './record-batch.ts'

/** What the compressed batches of one request may become together. A single batch may use all of it. */
export const MAX_INFLATED_BYTES = 128 * 1024 * 1024
/** Length, attributes, times, offset, no key, no value, no headers: a byte each. */
const SMALLEST_RECORD_BYTES = 7
const NO_TIMESTAMP = -1

/** How much the batches of one request may still inflate to. */
export interface InflateBudget {
  leftBytes: number
}

/** The times of the records of a batch, ms; `oldestMs` leaves out those that say "no time" (-1), and is -1 when all do. */
export interface RecordTimes {
  readonly oldestMs: number
  readonly youngestMs: number
}

/**
 * Opens a batch and holds its records against its header, as Apache Kafka does before it lets a batch into the log: what cannot
 * be opened, or holds other records than it says, would stop every reader behind it. Nothing is decoded but lengths, and nothing
 * copied but what was compressed. Throws CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, REQUEST_TIMED_OUT.
 */
export function checkRecords(batch: Buffer, header: BatchHeader, budget: InflateBudget): RecordTimes {
  const packed = batch.subarray(BATCH_HEADER_BYTES)
  const records = header.codec === 0 || packed.length === 0 ? packed : opened(header, packed, budget)
  if (header.count * SMALLEST_RECORD_BYTES > records.length) {
    throw new BrokerError(
      'INVALID_RECORD',
      `the batch says ${header.count} records, and holds ${records.length} bytes of them`,
    )
  }
  return walk(records, header)
}

function opened(header: BatchHeader, packed: Buffer, budget: InflateBudget): Buffer {
  try {
    const records = inflate(header.codec, packed, budget.leftBytes, header.baseOffset)
    budget.leftBytes -= records.length
    return records
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    if (error.code === 'INFLATED_TOO_LARGE') {
      // Its neighbours in the request used the rest: alone it may pass, so it is worth another try.
      if (budget.leftBytes < MAX_INFLATED_BYTES)
        throw new BrokerError(
          'REQUEST_TIMED_OUT',
          'the batches of one request inflate too far; send fewer at once',
        )
      throw new BrokerError(
        'MESSAGE_TOO_LARGE',
        `${packed.length} compressed bytes grow past ${MAX_INFLATED_BYTES}`,
      )
    }
    if (error.code === 'CODEC_UNSUPPORTED')
      throw new BrokerError('UNSUPPORTED_COMPRESSION_TYPE', error.message)
    throw new BrokerError('CORRUPT_MESSAGE', 'the compressed records cannot be opened')
  }
}

/** Where the walk stands; it never waits, so one place serves all. */
let at = 0

/**
 * A record: length, attributes (1), time delta, offset delta, key, value, headers; lengths and deltas are varints. The records
 * must fill the bytes, one offset after the other.
 */
function walk(records: Buffer, { count, baseTimestampMs }: BatchHeader): RecordTimes {
  let oldestMs = Infinity
  let youngestMs = -Infinity
  at = 0
  for (let i = 0; i < count; i++) {
    const length = varint(records, records.length)
    const end = at + length
    if (length < SMALLEST_RECORD_BYTES - 1 || end > records.length)
      refuse(`record ${i + 1} of ${count} is longer than what is left of the batch`)
    at++
    const timestampMs = baseTimestampMs + varlong(records, end)
    if (varint(records, end) !== i) refuse(`record ${i + 1} of ${count} has another offset than its place`)
    skip(varint(records, end), end)
    skip(varint(records, end), end)
    skipHeaders(records, end)
    if (at !== end) refuse(`record ${i + 1} of ${count} does not fill its length`)
    if (timestampMs > youngestMs) youngestMs = timestampMs
    if (timestampMs < oldestMs && timestampMs !== NO_TIMESTAMP) oldestMs = timestampMs
  }
  if (at !== records.length) refuse(`there are bytes behind the last of ${count} records`)
  return { oldestMs: oldestMs === Infinity ? NO_TIMESTAMP : oldestMs, youngestMs }
}

function skipHeaders(records: Buffer, end: number): void {
  const headers = varint(records, end)
  if (headers < 0) refuse('a negative number of headers')
  for (let i = 0; i < headers; i++) {
    const nameBytes = varint(records, end)
    if (nameBytes < 0) refuse('a header without a name')
    skip(nameBytes, end)
    skip(varint(records, end), end)
  }
}

/** -1 = null. */
function skip(length: number, end: number): void {
  if (length < -1) refuse('a negative length')
  if (length > 0) at += length
  if (at > end) refuse('a field longer than its record')
}

/** Zigzag, at most five bytes. */
function varint(bytes: Buffer, end: number): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) break
    const byte = bytes[at++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
  }
  return refuse('a number that does not end')
}

/** Zigzag, at most ten bytes; rounded past 2^53. */
function varlong(bytes: Buffer, end: number): number {
  let value = 0
  let scale = 1
  for (let read = 0; read < 10; read++) {
    if (at >= end) break
    const byte = bytes[at++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    scale *= 128
  }
  return refuse('a number that does not end')
}

function refuse(what: string): never {
  throw new BrokerError('INVALID_RECORD', what)
}
