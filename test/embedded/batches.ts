import { crc32c } from '../../log/crc32c.ts'

export interface Shape {
  readonly values: readonly string[]
  readonly producerId?: number
  readonly epoch?: number
  readonly sequence?: number
  /** ms of each record; its first is the batch's base. */
  readonly timesMs?: readonly number[]
  readonly attributes?: number
  /** What the header says instead of the true number of records. */
  readonly claims?: number
  /** The offset deltas of the records, instead of 0, 1, 2 ... */
  readonly deltas?: readonly number[]
  /** The bytes of the records, changed: compressed, cut, exchanged. */
  readonly pack?: (records: Buffer) => Buffer
}

const varint = (value: number): Buffer => {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  const bytes: number[] = []
  while (rest >= 128) {
    bytes.push((rest % 128) | 0x80)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

/** A record batch as a producer would send it, byte by byte from the format's description. */
export function batchOf(shape: Shape): Buffer {
  const times = shape.timesMs ?? shape.values.map(() => 1_700_000_000_000)
  const base = times[0]!
  const records = shape.values.map((text, i) => {
    const value = Buffer.from(text)
    const body = Buffer.concat([
      Buffer.from([0]),
      varint(times[i]! - base),
      varint(shape.deltas?.[i] ?? i),
      varint(-1),
      varint(value.length),
      value,
      varint(0),
    ])
    return Buffer.concat([varint(body.length), body])
  })
  const head = Buffer.alloc(61)
  const plain = Buffer.concat(records)
  const batch = Buffer.concat([head, shape.pack?.(plain) ?? plain])
  const count = shape.claims ?? shape.values.length
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(shape.attributes ?? 0, 21)
  batch.writeInt32BE(count - 1, 23)
  batch.writeBigInt64BE(BigInt(base), 27)
  batch.writeBigInt64BE(BigInt(Math.max(...times)), 35)
  batch.writeBigInt64BE(BigInt(shape.producerId ?? -1), 43)
  batch.writeInt16BE(shape.epoch ?? -1, 51)
  batch.writeInt32BE(shape.sequence ?? -1, 53)
  batch.writeInt32BE(count, 57)
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}
