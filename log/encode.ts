/** Writes record batches, magic 2: measures first, then fills one buffer of the exact size. What walk.ts reads, this writes. */
import {
  ATTRIBUTES_AT,
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  CRC_AT,
  CRC_COVERS_FROM,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
} from './batch.ts'
import {
  LENGTH_AT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PREFIX_BYTES,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  SEQUENCE_AT,
} from './batch.ts'
import { crc32c } from './crc32c.ts'

type Bytes = Buffer | string | null

export interface BatchRecord {
  key: Bytes
  value: Bytes
  headers: Record<string, Bytes>
  offsetDelta: number
  /** Against the batch's first timestamp; may be negative. */
  timestampDeltaMs: number
}

export interface BatchHeader {
  attributes: number
  count: number
  lastOffsetDelta: number
  firstTimestampMs: bigint
  maxTimestampMs: bigint
  /** -1 = none. */
  producerId: bigint
  producerEpoch: number
  firstSequence: number
}

/** The records of a batch, one behind the other; this is what a codec compresses. */
export function encodeRecords(records: readonly BatchRecord[]): Buffer {
  const bodies = records.map(bodyBytes)
  const total = bodies.reduce((sum, body) => sum + varintBytes(body) + body, 0)
  const writer = new Writer(Buffer.allocUnsafe(total))
  records.forEach((record, index) => {
    writer.varint(bodies[index] ?? 0)
    writer.zero() // attributes of a record: none are defined
    writer.varint(record.timestampDeltaMs)
    writer.varint(record.offsetDelta)
    writer.sized(record.key)
    writer.sized(record.value)
    const names = Object.keys(record.headers)
    writer.varint(names.length)
    for (const name of names) {
      writer.sized(name)
      writer.sized(record.headers[name] ?? null)
    }
  })
  return writer.bytes
}

/** The whole batch around record bytes, its checksum included; base offset 0, which the broker sets. */
export function encodeBatch(header: BatchHeader, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length).fill(0, 0, HEADER_BYTES)
  payload.copy(bytes, HEADER_BYTES)
  bytes.writeInt32BE(bytes.length - PREFIX_BYTES, LENGTH_AT)
  bytes.writeInt8(2, MAGIC_AT)
  bytes.writeInt16BE(header.attributes, ATTRIBUTES_AT)
  bytes.writeInt32BE(header.lastOffsetDelta, LAST_OFFSET_DELTA_AT)
  bytes.writeBigInt64BE(header.firstTimestampMs, BASE_TIMESTAMP_AT)
  bytes.writeBigInt64BE(header.maxTimestampMs, MAX_TIMESTAMP_AT)
  bytes.writeBigInt64BE(header.producerId, PRODUCER_ID_AT)
  bytes.writeInt16BE(header.producerEpoch, PRODUCER_EPOCH_AT)
  bytes.writeInt32BE(header.firstSequence, SEQUENCE_AT)
  bytes.writeInt32BE(header.count, COUNT_AT)
  bytes.writeUInt32BE(crc32c(bytes, CRC_COVERS_FROM), CRC_AT)
  return bytes
}

function bodyBytes({ key, value, headers, offsetDelta, timestampDeltaMs }: BatchRecord): number {
  const names = Object.keys(headers)
  let size =
    1 +
    varintBytes(timestampDeltaMs) +
    varintBytes(offsetDelta) +
    sizedBytes(key) +
    sizedBytes(value) +
    varintBytes(names.length)
  for (const name of names) size += sizedBytes(name) + sizedBytes(headers[name] ?? null)
  return size
}

function sizedBytes(value: Bytes): number {
  if (value === null) return 1
  const size = Buffer.byteLength(value)
  return varintBytes(size) + size
}

/** Numbers are written zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... Exact to 2^52. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

function varintBytes(value: number): number {
  let size = 1
  for (let rest = zigzag(value); rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

class Writer {
  readonly bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  zero(): void {
    this.bytes[this.#at++] = 0
  }

  varint(value: number): void {
    let rest = zigzag(value)
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest % 128) | 0x80
    this.bytes[this.#at++] = rest
  }

  sized(value: Bytes): void {
    if (value === null) return this.varint(-1)
    this.varint(Buffer.byteLength(value))
    this.#at +=
      typeof value === 'string' ? this.bytes.write(value, this.#at) : value.copy(this.bytes, this.#at)
  }
}
