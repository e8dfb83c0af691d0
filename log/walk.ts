/**
 * A lazy walk over the records of one batch: no object a record, no copy of a byte, nothing read that nobody asks for.
 * Only the framing is checked on the way; every length is held against what contains it, so damage ends in CORRUPT_BATCH,
 * never in a read past the batch and never in an endless loop (each record costs at least seven bytes).
 */
import {
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LOG_APPEND_TIME,
  MAX_TIMESTAMP_AT,
} from './batch.ts'
import { ATTRIBUTES_AT, BASE_OFFSET_AT, CODEC_MASK, LENGTH_AT, MAGIC_AT, PREFIX_BYTES } from './batch.ts'
import { inflate } from './codec.ts'
import { verifyCrc } from './crc32c.ts'
import { LogError } from './errors.ts'
import { readInt64, readOffset } from './int64.ts'

/** 64 MB. */
export const MAX_INFLATED_BYTES = 64 * 1024 * 1024
/** A header beyond the 64th is not looked for: a record with 20,000 of them costs no more than one with 64. */
const MAX_HEADERS_SEEN = 64
const SMALLEST_RECORD_BYTES = 7

export interface WalkOptions {
  /** What a compressed batch may become; default 64 MB. */
  maxInflatedBytes?: number
  /** Whether its checksum is held against its bytes at once; default false. A compressed batch always is: that costs little beside opening it. */
  verify?: boolean
}

/**
 * Opens a batch as it lay in the log. `bytes` must hold the whole of it; what follows is ignored.
 * Errors: CORRUPT_BATCH, MAGIC_UNSUPPORTED, CODEC_UNSUPPORTED, INFLATED_TOO_LARGE, OFFSET_TOO_LARGE.
 */
export function openBatch(bytes: Buffer, options: WalkOptions = {}): RecordCursor {
  if (bytes.length <= MAGIC_AT)
    throw new LogError('CORRUPT_BATCH', `${bytes.length} bytes cannot hold a batch header`)
  const baseOffset = readOffset(bytes, BASE_OFFSET_AT)
  const magic = bytes.readInt8(MAGIC_AT)
  if (magic === 0 || magic === 1)
    throw new LogError(
      'MAGIC_UNSUPPORTED',
      `offset ${baseOffset} is in message format ${magic}; let the producer speak Kafka 0.11 or newer`,
    )
  if (magic !== 2) throw new LogError('CORRUPT_BATCH', `magic ${magic} at offset ${baseOffset}`)
  const end = PREFIX_BYTES + bytes.readInt32BE(LENGTH_AT)
  if (end < HEADER_BYTES || end > bytes.length)
    throw new LogError(
      'CORRUPT_BATCH',
      `the batch at offset ${baseOffset} says ${end} bytes, ${bytes.length} are there`,
    )

  const count = bytes.readInt32BE(COUNT_AT)
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT)
  const codec = attributes & CODEC_MASK
  const whole = bytes.subarray(0, end)
  const isVerified = options.verify === true || codec !== 0
  if (isVerified && !verifyCrc(whole)) throw altered(baseOffset)
  const packed = bytes.subarray(HEADER_BYTES, end)
  const records =
    codec === 0 || packed.length === 0
      ? packed
      : inflate(codec, packed, options.maxInflatedBytes ?? MAX_INFLATED_BYTES, baseOffset)
  if (count < 0 || count * SMALLEST_RECORD_BYTES > records.length)
    throw new LogError(
      'CORRUPT_BATCH',
      `the batch at offset ${baseOffset} says ${count} records in ${records.length} bytes`,
    )
  return new RecordCursor(records, isVerified ? null : whole, {
    baseOffset,
    lastOffsetDelta: bytes.readInt32BE(LAST_OFFSET_DELTA_AT),
    count,
    logAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    baseTimestampMs: readInt64(bytes, BASE_TIMESTAMP_AT),
    maxTimestampMs: readInt64(bytes, MAX_TIMESTAMP_AT),
  })
}

const altered = (baseOffset: number): LogError =>
  new LogError(
    'CORRUPT_BATCH',
    `the batch at offset ${baseOffset} is not what its producer sent: its checksum (CRC-32C) is wrong`,
  )

/** What the header of a batch says of all its records. */
export interface BatchInfo {
  baseOffset: number
  lastOffsetDelta: number
  count: number
  /** The broker stamped the batch: all records share `maxTimestampMs`. */
  logAppendTime: boolean
  baseTimestampMs: number
  maxTimestampMs: number
}

/** Stands before the first record until `next()` answered true; its fields then speak of one record at a time. */
export class RecordCursor {
  readonly batch: BatchInfo
  offset = -1
  /** By the topic's rule: when the broker took it, or what the producer said. */
  timestampMs = -1
  /** -1 = null. */
  keyLength = -1
  /** -1 = null, a tombstone. */
  valueLength = -1
  keyAt = 0
  valueAt = 0
  /** False: it has none, and its end is as it should be. */
  hasHeaders = false
  headerAt = 0
  headerLength = -1
  /** All records of the batch, opened. */
  readonly bytes: Buffer
  #at = 0
  #left: number
  #lastDelta = -1
  #recordEnd = 0

  /** The batch as it lay in the log, until its checksum is known to be right. */
  #unverified: Buffer | null

  constructor(records: Buffer, unverified: Buffer | null, batch: BatchInfo) {
    this.bytes = records
    this.batch = batch
    this.#unverified = unverified
    this.#left = batch.count
  }

  /** Steps to the next record; false after the last. Errors: CORRUPT_BATCH. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#at !== this.bytes.length) this.#corrupt('bytes behind the last record')
      return false
    }
    this.#recordEnd = this.bytes.length
    const length = this.#varint()
    const end = this.#at + length
    if (length < SMALLEST_RECORD_BYTES - 1 || end > this.bytes.length)
      this.#corrupt('a record longer than its batch')
    this.#recordEnd = end
    this.#at++ // attributes of a record: none are defined
    const timestampDelta = this.#varlong()
    const offsetDelta = this.#varint()
    const batch = this.batch
    if (offsetDelta <= this.#lastDelta || offsetDelta > batch.lastOffsetDelta)
      this.#corrupt('offsets out of order')
    this.#lastDelta = offsetDelta
    this.offset = batch.baseOffset + offsetDelta
    this.timestampMs = batch.logAppendTime ? batch.maxTimestampMs : batch.baseTimestampMs + timestampDelta
    this.keyLength = this.#varint()
    this.keyAt = this.#at
    this.#skip(this.keyLength)
    this.valueLength = this.#varint()
    this.valueAt = this.#at
    this.#skip(this.valueLength)
    this.hasHeaders = this.#at >= end || this.bytes[this.#at] !== 0 // nearly always one byte that says none
    this.#at = end
    this.#left--
    return true
  }

  /** Holds the checksum of the batch against its bytes, unless that was done. What looks damaged was so when it was sent, or it is the batch that is. Errors: CORRUPT_BATCH. */
  verify(): void {
    if (this.#unverified === null) return
    if (!verifyCrc(this.#unverified)) throw altered(this.batch.baseOffset)
    this.#unverified = null
  }

  /** A view into the batch: copy what must outlive it. */
  key(): Buffer | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyLength)
  }

  /** A view into the batch: copy what must outlive it. */
  value(): Buffer | null {
    return this.valueLength < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueLength)
  }

  /** The first header of that name among the first 64; null where there is none or its value is null. Errors: CORRUPT_BATCH. */
  header(name: string): string | null {
    this.findHeader(name)
    return this.headerLength < 0
      ? null
      : this.bytes.toString('utf8', this.headerAt, this.headerAt + this.headerLength)
  }

  /** The same, as {@link headerAt} and {@link headerLength}. Errors: CORRUPT_BATCH. */
  findHeader(name: string): void {
    this.headerLength = -1
    if (!this.hasHeaders) return
    const resume = this.#at
    this.#at = this.valueAt + (this.valueLength > 0 ? this.valueLength : 0)
    try {
      this.#seekHeader(name)
    } finally {
      this.#at = resume
    }
  }

  #seekHeader(name: string): void {
    const count = this.#varint()
    if (count < 0) this.#corrupt('a negative number of headers')
    for (let seen = 0; seen < count && seen < MAX_HEADERS_SEEN; seen++) {
      const nameLength = this.#varint()
      const nameAt = this.#at
      if (nameLength < 0) this.#corrupt('a header without a name')
      this.#skip(nameLength)
      const valueLength = this.#varint()
      const valueAt = this.#at
      this.#skip(valueLength)
      if (this.bytes.toString('utf8', nameAt, nameAt + nameLength) !== name) continue
      this.headerAt = valueAt
      this.headerLength = valueLength
      return
    }
  }

  /** Zigzag, 32 bits, at most five bytes. */
  #varint(): number {
    const bytes = this.bytes
    const end = this.#recordEnd
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= end) this.#corrupt('a number that does not end')
      const byte = bytes[this.#at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) this.#corrupt('a number past 32 bits')
        return (value >>> 1) ^ -(value & 1)
      }
    }
    return this.#corrupt('a number longer than five bytes')
  }

  /** Zigzag, 64 bits, at most ten bytes; rounded past 2^53. */
  #varlong(): number {
    const bytes = this.bytes
    const end = this.#recordEnd
    let value = 0
    let scale = 1
    let negative = false
    for (let read = 0; read < 10; read++) {
      if (this.#at >= end) this.#corrupt('a number that does not end')
      const byte = bytes[this.#at++]!
      if (read === 0) {
        negative = (byte & 1) === 1
        value = (byte & 0x7f) >>> 1
        scale = 64
      } else {
        value += (byte & 0x7f) * scale
        scale *= 128
      }
      if (byte < 0x80) return negative ? -value - 1 : value
    }
    return this.#corrupt('a number longer than ten bytes')
  }

  #skip(length: number): void {
    if (length < -1) this.#corrupt('a negative length')
    if (length > 0) this.#at += length
    if (this.#at > this.#recordEnd) this.#corrupt('a field longer than its record')
  }

  #corrupt(what: string): never {
    const { baseOffset, count } = this.batch
    throw new LogError(
      'CORRUPT_BATCH',
      `${what}, in record ${count - this.#left + 1} of ${count} of the batch at offset ${baseOffset}`,
    )
  }
}
