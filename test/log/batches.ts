/** Record batches made by hand, byte by byte, so that tests can also make what no client would write. */
import { gzipSync } from 'node:zlib'
import { crc32c } from '../../log/crc32c.ts'

export interface MadeRecord {
  offsetDelta: number
  timestampDelta?: number
  key: Buffer | null
  value: Buffer | null
  headers?: [string, Buffer | null][]
}

export interface MadeBatch {
  baseOffset?: bigint
  records: MadeRecord[]
  /** Default: from the last record. */
  lastOffsetDelta?: number
  /** Default: as many as there are. */
  count?: number
  attributes?: number
  baseTimestampMs?: number
  maxTimestampMs?: number
  producerId?: bigint
  magic?: number
  gzip?: boolean
}

export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])

export function makeRecord({
  offsetDelta,
  timestampDelta = 0,
  key,
  value,
  headers = [],
}: MadeRecord): Buffer {
  const list = headers.flatMap(([name, held]) => [sized(Buffer.from(name)), sized(held)])
  const body = Buffer.concat([
    Buffer.of(0),
    varint(timestampDelta),
    varint(offsetDelta),
    sized(key),
    sized(value),
    varint(headers.length),
    ...list,
  ])
  return Buffer.concat([varint(body.length), body])
}

export function makeBatch(batch: MadeBatch): Buffer {
  const body = Buffer.concat(batch.records.map(makeRecord))
  return frame(batch, batch.gzip ? gzipSync(body) : body)
}

/** A batch around record bytes as they are. */
export function frame(batch: MadeBatch, payload: Buffer): Buffer {
  const {
    baseOffset = 0n,
    records,
    attributes = 0,
    baseTimestampMs = 0,
    maxTimestampMs = 0,
    producerId = -1n,
  } = batch
  const bytes = Buffer.concat([Buffer.alloc(61), payload])
  bytes.writeBigInt64BE(baseOffset, 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt8(batch.magic ?? 2, 16)
  bytes.writeInt16BE(attributes | (batch.gzip ? 1 : 0), 21)
  bytes.writeInt32BE(batch.lastOffsetDelta ?? records.at(-1)?.offsetDelta ?? 0, 23)
  bytes.writeBigInt64BE(BigInt(baseTimestampMs), 27)
  bytes.writeBigInt64BE(BigInt(maxTimestampMs), 35)
  bytes.writeBigInt64BE(producerId, 43)
  bytes.writeInt16BE(-1, 51)
  bytes.writeInt32BE(-1, 53)
  bytes.writeInt32BE(batch.count ?? records.length, 57)
  return seal(bytes)
}

/** Puts the right checksum on a batch whose bytes were changed. */
export function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

export const plainRecords = (count: number): MadeRecord[] =>
  Array.from({ length: count }, (_, offsetDelta) => ({
    offsetDelta,
    key: Buffer.from(`k${offsetDelta}`),
    value: Buffer.from(`v${offsetDelta}`),
  }))
