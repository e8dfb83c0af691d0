/**
 * The answer to Fetch, versions 11 and 13, read without touching a record.
 * Throttle int32, error int16, session int32, then by topic (its name, or its id from 13 on) and partition: partition int32, error int16, high watermark int64,
 * last stable offset int64, log start int64, aborted [producer int64, first offset int64], preferred replica int32, record bytes.
 */
import {
  ATTRIBUTES_AT,
  batchBytes,
  CONTROL,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  MAGIC_AT,
  PREFIX_BYTES,
} from '../batch.ts'
import { readOffset } from '../int64.ts'
import type { RawBatch } from '../log.ts'
import { answerBuffers } from './answer-buffers.ts'
import { abortFilter, type AbortedTransaction } from './aborts.ts'
import type { WireReader } from './wire.ts'

/** One partition's share of a fetch. */
export interface FetchedPartition {
  batches: RawBatch[]
  /** Framing is broken from here on: the last of `batches` holds what could not be framed. */
  damaged: boolean
  logStart: number
  /** The high watermark: behind the last record that every reader may see. */
  logEnd: number
  /** The last stable offset: below `logEnd` while a transaction is open. */
  stableEnd: number
  fetchedAtMs: number
  /** Above 0 where not even one batch fitted: the bytes the next fetch must allow. */
  needBytes: number
}

export interface PartitionAnswer {
  partition: number
  errorCode: number
  fetched: FetchedPartition
}

export interface FetchAnswer {
  errorCode: number
  partitions: PartitionAnswer[]
}

const SMALLEST_MESSAGE_BYTES = 14

/** Of one topic, as it was asked. Errors: OFFSET_TOO_LARGE, and RangeError where the answer ends before it should. */
export function decodeFetch(reader: WireReader, byId: boolean, nowMs: number): FetchAnswer {
  reader.int32() // throttle
  const errorCode = reader.int16()
  reader.int32() // session
  const aborted = (): AbortedTransaction => {
    const transaction = { producerId: reader.int64(), firstOffset: reader.offset() }
    reader.tags()
    return transaction
  }
  const partition = (): PartitionAnswer => {
    const number = reader.int32()
    const error = reader.int16()
    const highWatermark = reader.offset()
    const lastStable = reader.offset()
    const logStart = reader.offset()
    const aborts = reader.array(aborted)
    reader.int32() // preferred replica: none, we name no rack
    const cut = splitBatches(reader.blob(), aborts)
    reader.tags()
    return {
      partition: number,
      errorCode: error,
      fetched: { ...cut, ...ends(highWatermark, lastStable, cut.batches), logStart, fetchedAtMs: nowMs },
    }
  }
  const partitions = reader.array(() => {
    if (byId) reader.uuid()
    else reader.text()
    const own = reader.array(partition)
    reader.tags()
    return own
  })
  reader.tags()
  const all = partitions.flat()
  lend(all.flatMap(({ fetched }) => fetched.batches))
  return { errorCode, partitions: all }
}

/** All batches of one answer lie in one piece of memory. */
function lend(batches: readonly RawBatch[]): void {
  if (batches.length === 0) return
  const lease = answerBuffers.lease(batches[0]!.bytes, batches.length)
  if (lease !== undefined) for (const batch of batches) batch.lease = lease
}

/**
 * Kafka takes high watermark, last stable offset and records of one answer at different moments (seen: high watermark 30160, last stable offset 30161, records
 * up to 30160). All three say how far the log reaches at least, so the greatest is right.
 */
function ends(
  highWatermark: number,
  lastStable: number,
  batches: readonly RawBatch[],
): { logEnd: number; stableEnd: number } {
  const given = (batches.at(-1)?.lastOffset ?? -1) + 1
  const logEnd = Math.max(highWatermark, lastStable, given)
  return { logEnd, stableEnd: lastStable < 0 ? logEnd : Math.max(lastStable, given) }
}

/** Cuts record bytes into batches. The last one may be cut off (a fetch is bounded by bytes): it is dropped and comes again. */
export function splitBatches(
  records: Buffer,
  aborts: readonly AbortedTransaction[],
): Pick<FetchedPartition, 'batches' | 'damaged' | 'needBytes'> {
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
      batches.push({
        baseOffset,
        lastOffset: baseOffset,
        bytes: records.subarray(at),
        control: false,
        aborted: false,
      })
      return { batches, damaged: true, needBytes: 0 }
    }
    batches.push(
      bytes.readInt8(MAGIC_AT) === 2
        ? modern(bytes, baseOffset, isAborted)
        : { baseOffset, lastOffset: baseOffset, bytes, control: false, aborted: false },
    )
    at += size
  }
  const isCut = batches.length === 0 && records.length > 0
  return { batches, damaged: false, needBytes: isCut ? records.length * 2 + LENGTH_AT : 0 }
}

function modern(
  bytes: Buffer,
  baseOffset: number,
  isAborted: (bytes: Buffer, lastOffset: number) => boolean,
): RawBatch {
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
