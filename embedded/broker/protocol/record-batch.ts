import { crc32c } from '../../../log/crc32c.ts'
import { patchedCrc } from './crc-patch.ts'
import { BrokerError } from './errors.ts'

/**
 * The header of a Kafka record batch, format 2: 61 bytes, then `count` records, perhaps compressed together.
 * Records stay the bytes the producer sent; `record-check.ts` looks at them once, before they get in.
 *
 *  0 base offset (8)   8 length after this field (4)   12 leader epoch (4)   16 format (1)   17 CRC-32C of [21, end) (4)
 * 21 attributes (2)   23 last offset delta (4)   27 base timestamp (8)   35 max timestamp (8)
 * 43 producer id (8)  51 producer epoch (2)   53 base sequence (4)   57 record count (4)
 */
export const BATCH_HEADER_BYTES = 61
/** Base offset and length: what comes before the bytes that `length` counts. */
export const BATCH_PREFIX_BYTES = 12

/** What the broker may change under the checksum, attributes and max timestamp, lies between 21 and here. */
const STAMPED_TO = 43

const CODEC_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const NEWEST_CODEC = 4
const SUPPORTED_ATTRIBUTES = CODEC_MASK | LOG_APPEND_TIME | TRANSACTIONAL | CONTROL

/** What the broker needs to know of one batch. Times in ms since 1970, sizes in bytes including the prefix. */
export interface BatchHeader {
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly lastOffset: number
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly isLogAppendTime: boolean
  readonly codec: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly count: number
}

const readInt64 = (bytes: Buffer, at: number): number => Number(bytes.readBigInt64BE(at))

/** Total size of the batch that starts at `at`, or 0 when its prefix is not whole. */
export function batchSizeAt(bytes: Buffer, at: number): number {
  return bytes.length - at < BATCH_PREFIX_BYTES ? 0 : BATCH_PREFIX_BYTES + bytes.readInt32BE(at + 8)
}

/** Reads the header at `at`; the caller has made sure that 61 bytes are there. */
export function readHeader(bytes: Buffer, at = 0): BatchHeader {
  const attributes = bytes.readInt16BE(at + 21)
  const baseOffset = readInt64(bytes, at)
  return {
    baseOffset,
    sizeBytes: BATCH_PREFIX_BYTES + bytes.readInt32BE(at + 8),
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    baseTimestampMs: readInt64(bytes, at + 27),
    maxTimestampMs: readInt64(bytes, at + 35),
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    codec: attributes & CODEC_MASK,
    producerId: readInt64(bytes, at + 43),
    producerEpoch: bytes.readInt16BE(at + 51),
    firstSequence: bytes.readInt32BE(at + 53),
    count: bytes.readInt32BE(at + 57),
  }
}

export const formatAt = (bytes: Buffer, at = 0): number => bytes.readInt8(at + 16)

export const checksumHolds = (batch: Buffer): boolean => batch.readUInt32BE(17) === crc32c(batch, 21)

/** Checks one batch as a producer sent it: exactly one batch, whole, of format 2, by its rules. Throws `BrokerError`. */
export function checkProduced(batch: Buffer, maxBytes: number): BatchHeader {
  if (batch.length < 17) throw new BrokerError('CORRUPT_MESSAGE', `a record batch of ${batch.length} bytes`)
  if (formatAt(batch) !== 2) {
    throw new BrokerError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `message format ${formatAt(batch)}; only format 2 is accepted`,
    )
  }
  if (batch.length < BATCH_HEADER_BYTES)
    throw new BrokerError('CORRUPT_MESSAGE', `a record batch of ${batch.length} bytes`)
  const header = readHeader(batch)
  if (header.sizeBytes > batch.length)
    throw new BrokerError('CORRUPT_MESSAGE', 'the record batch is cut short')
  if (header.sizeBytes < batch.length)
    throw new BrokerError('INVALID_RECORD', 'one batch a partition and request')
  if (batch.length > maxBytes) {
    throw new BrokerError(
      'MESSAGE_TOO_LARGE',
      `a record batch of ${batch.length} bytes; the topic accepts ${maxBytes}`,
    )
  }
  if (!checksumHolds(batch)) throw new BrokerError('CORRUPT_MESSAGE')
  const attributes = batch.readInt16BE(21)
  if ((attributes & CONTROL) !== 0)
    throw new BrokerError('INVALID_RECORD', "a control batch is the broker's to write")
  if ((attributes & TRANSACTIONAL) !== 0) throw new BrokerError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  if ((attributes & ~SUPPORTED_ATTRIBUTES) !== 0)
    throw new BrokerError('INVALID_RECORD', 'unknown attributes')
  if (header.codec > NEWEST_CODEC) throw new BrokerError('UNSUPPORTED_COMPRESSION_TYPE')
  if (header.count < 1 || batch.readInt32BE(23) !== header.count - 1) {
    throw new BrokerError('INVALID_RECORD', 'the record count and the last offset of the batch disagree')
  }
  return header
}

/**
 * Gives a checked batch its place in the log, in place: base offset, leader epoch 0 and, unless `appendTimeMs` is null, the
 * append time. Where the producer's times stand, the header says the youngest of them, whatever the producer wrote there. Offset
 * and epoch lie outside of the checksum; for the others it is patched, not computed anew.
 */
export function stamp(
  batch: Buffer,
  baseOffset: number,
  appendTimeMs: number | null,
  youngestMs: number,
): void {
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  batch.writeInt32BE(0, 12)
  const before = crc32c(batch, 21, STAMPED_TO)
  const attributes = batch.readInt16BE(21)
  batch.writeInt16BE(appendTimeMs === null ? attributes & ~LOG_APPEND_TIME : attributes | LOG_APPEND_TIME, 21)
  const newestMs = appendTimeMs ?? youngestMs
  if (Number.isSafeInteger(newestMs)) batch.writeBigInt64BE(BigInt(newestMs), 35)
  const after = crc32c(batch, 21, STAMPED_TO)
  batch.writeUInt32BE(patchedCrc(batch.readUInt32BE(17), before, after, batch.length - STAMPED_TO), 17)
}
