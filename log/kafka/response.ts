/**
 * The answer to Fetch, version 11, read without touching a record.
 * Throttle int32, error int16, session int32, then by topic and partition: partition int32, error int16, high watermark int64,
 * last stable offset int64, log start int64, aborted [producer int64, first offset int64], preferred replica int32, record bytes.
 */
import { ATTRIBUTES_AT, batchBytes, CONTROL, HEADER_BYTES, LAST_OFFSET_DELTA_AT, LENGTH_AT, MAGIC_AT, PREFIX_BYTES } from '../batch.ts'
import { readOffset } from '../int64.ts'
import type { RawBatch } from '../log.ts'
import { abortFilter, type AbortedTransaction } from './aborts.ts'

/** One partition's share of a fetch, as it travels through the client library. */
export interface Haul {
  batches: RawBatch[]
  /** Framing is broken from here on: the last of `batches` holds what could not be framed. */
  damaged: boolean
  logStart: number
  logEnd: number
  fetchedAtMs: number
  /** Above 0 where not even one batch fitted: the bytes the next fetch must allow. */
  needBytes: number
}

export interface PartitionResponse {
  partition: number
  errorCode: number
  highWatermark: string
  /** One carrier a partition, even of an empty answer: the library then always calls us, and filters nothing. */
  messages: { offset: string; haul: Haul }[]
  abortedTransactions: never[]
  preferredReadReplica: number
}

export interface FetchResponse {
  throttleTime: number
  clientSideThrottleTime: number
  errorCode: number
  sessionId: number
  responses: { topicName: string; partitions: PartitionResponse[] }[]
}

/** Above every offset, so that no filter on offsets ever drops the carrier. */
const CARRIER_OFFSET = '9223372036854775807'
const SMALLEST_MESSAGE_BYTES = 14

/** Errors: OFFSET_TOO_LARGE, and RangeError where the answer ends before it should. */
export function decodeFetch(bytes: Buffer, nowMs: number): FetchResponse {
  let at = 10
  const count = (): number => {
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const topic = (): { topicName: string; partitions: PartitionResponse[] } => {
    const length = bytes.readInt16BE(at)
    const topicName = bytes.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    return { topicName, partitions: repeat(count(), partition) }
  }
  const aborted = (): AbortedTransaction => {
    at += 16
    return { producerId: bytes.readBigInt64BE(at - 16), firstOffset: readOffset(bytes, at - 8) }
  }
  const partition = (): PartitionResponse => {
    const head = at
    at += 30
    const aborts = repeat(count(), aborted)
    at += 4
    const preferredReadReplica = bytes.readInt32BE(at - 4)
    const size = Math.max(count(), 0)
    if (at + size > bytes.length) throw new RangeError(`the answer to Fetch says ${size} bytes of records, ${bytes.length - at} are there`)
    const records = bytes.subarray(at, at + size)
    at += size
    const highWatermark = readOffset(bytes, head + 6)
    const lastStable = readOffset(bytes, head + 14)
    const haul: Haul = { ...splitBatches(records, aborts), logStart: readOffset(bytes, head + 22), logEnd: lastStable < 0 ? highWatermark : lastStable, fetchedAtMs: nowMs }
    return {
      partition: bytes.readInt32BE(head),
      errorCode: bytes.readInt16BE(head + 4),
      highWatermark: String(highWatermark),
      messages: [{ offset: CARRIER_OFFSET, haul }],
      abortedTransactions: [],
      preferredReadReplica,
    }
  }
  return {
    throttleTime: 0, // the broker has not throttled this answer; it asks us to wait, which is the next field
    clientSideThrottleTime: bytes.readInt32BE(0),
    errorCode: bytes.readInt16BE(4),
    sessionId: bytes.readInt32BE(6),
    responses: repeat(count(), topic),
  }
}

function repeat<T>(count: number, read: () => T): T[] {
  const items: T[] = []
  for (let item = 0; item < count; item++) items.push(read())
  return items
}

/** Cuts record bytes into batches. The last one may be cut off (a fetch is bounded by bytes): it is dropped and comes again. */
export function splitBatches(records: Buffer, aborts: readonly AbortedTransaction[]): Pick<Haul, 'batches' | 'damaged' | 'needBytes'> {
  const isAborted = abortFilter(aborts)
  const batches: RawBatch[] = []
  let at = 0
  while (at + PREFIX_BYTES <= records.length) {
    const size = batchBytes(records, at)
    if (size >= PREFIX_BYTES + SMALLEST_MESSAGE_BYTES && at + size > records.length) {
      return { batches, damaged: false, needBytes: batches.length === 0 ? size : 0 }
    }
    const baseOffset = readOffset(records, at)
    const bytes = records.subarray(at, at + size)
    if (!isFramed(bytes, size)) {
      batches.push({ baseOffset, lastOffset: baseOffset, bytes: records.subarray(at), control: false, aborted: false })
      return { batches, damaged: true, needBytes: 0 }
    }
    batches.push(bytes.readInt8(MAGIC_AT) === 2 ? modern(bytes, baseOffset, isAborted) : { baseOffset, lastOffset: baseOffset, bytes, control: false, aborted: false })
    at += size
  }
  const isCut = batches.length === 0 && records.length > 0
  return { batches, damaged: false, needBytes: isCut ? records.length * 2 + LENGTH_AT : 0 }
}

function modern(bytes: Buffer, baseOffset: number, isAborted: (bytes: Buffer, lastOffset: number) => boolean): RawBatch {
  const lastOffset = baseOffset + bytes.readInt32BE(LAST_OFFSET_DELTA_AT)
  const control = (bytes.readInt16BE(ATTRIBUTES_AT) & CONTROL) !== 0
  return { baseOffset, lastOffset, bytes, control, aborted: isAborted(bytes, lastOffset) }
}

/** Long enough for what its magic promises. Formats 0 and 1 pass: the walk names them. */
function isFramed(bytes: Buffer, size: number): boolean {
  if (size < PREFIX_BYTES + SMALLEST_MESSAGE_BYTES) return false
  const magic = bytes.readInt8(MAGIC_AT)
  if (magic !== 2) return magic === 0 || magic === 1
  return size >= HEADER_BYTES && bytes.readInt32BE(LAST_OFFSET_DELTA_AT) >= 0
}
