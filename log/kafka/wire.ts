/** The few forms of Kafka's protocol that our own requests need, the compact ones of flexible versions among them. */
import { readOffset } from '../int64.ts'

/** One request as the client library's connections carry it. `decode` reads the answer's body, its header past. */
export interface Call<T> {
  key: number
  version: number
  name: string
  body: WireWriter
  decode: (reader: WireReader) => T
}

/** As much of kafkajs's connections as is used here. */
export interface Connections {
  send(asked: { request: object; response: object; logResponseError?: boolean }): Promise<unknown>
}

/** Sends it and reads the answer; errors are kafkajs's, or a RangeError where the answer ends before it should. */
export async function ask<T>(
  connections: Connections,
  { key, version, name, body, decode }: Call<T>,
): Promise<T> {
  const bytes = body.bytes()
  const answered = await connections.send({
    request: {
      apiKey: key,
      apiVersion: version,
      apiName: name,
      encode: async () => ({ buf: bytes, buffer: bytes, size: () => bytes.length }),
    },
    response: {
      decode: async (answer: Buffer) => ({ got: decode(new WireReader(answer, body.flexible)) }),
      parse: async (read: unknown) => read,
    },
    logResponseError: false,
  })
  return (answered as { got: T }).got
}

export class WireWriter {
  /** Compact lengths and tagged fields, as newer versions have them. The header's own tags stand first. */
  readonly flexible: boolean
  readonly #parts: Buffer[] = []

  constructor(flexible: boolean) {
    this.flexible = flexible
    this.tags()
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }

  int8(value: number): this {
    return this.#put(1, (bytes) => bytes.writeInt8(value))
  }

  int16(value: number): this {
    return this.#put(2, (bytes) => bytes.writeInt16BE(value))
  }

  int32(value: number): this {
    return this.#put(4, (bytes) => bytes.writeInt32BE(value))
  }

  int64(value: number): this {
    return this.#put(8, (bytes) => bytes.writeBigInt64BE(BigInt(value)))
  }

  raw(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }

  text(value: string): this {
    const bytes = Buffer.from(value)
    if (this.flexible) this.#varint(bytes.length + 1)
    else this.int16(bytes.length)
    return this.raw(bytes)
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    if (this.flexible) this.#varint(items.length + 1)
    else this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  /** No tagged fields. Ends every structure of a flexible version. */
  tags(): this {
    return this.flexible ? this.int8(0) : this
  }

  #put(size: number, write: (bytes: Buffer) => void): this {
    const bytes = Buffer.allocUnsafe(size)
    write(bytes)
    return this.raw(bytes)
  }

  #varint(value: number): void {
    const bytes: number[] = []
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
    this.raw(Buffer.from(bytes))
  }
}

export class WireReader {
  readonly #bytes: Buffer
  readonly #flexible: boolean
  #at = 0

  constructor(bytes: Buffer, flexible: boolean) {
    this.#bytes = bytes
    this.#flexible = flexible
    this.tags()
  }

  int8(): number {
    return this.#bytes.readInt8(this.#step(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#step(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#step(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#step(8))
  }

  /** Errors: OFFSET_TOO_LARGE. */
  offset(): number {
    return readOffset(this.#bytes, this.#step(8))
  }

  uuid(): string {
    const at = this.#step(16)
    return this.#bytes.toString('hex', at, at + 16)
  }

  text(): string | null {
    const length = this.#flexible ? this.#varint() - 1 : this.int16()
    if (length < 0) return null
    const at = this.#step(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** A view, not a copy. */
  blob(): Buffer {
    const length = Math.max(this.#flexible ? this.#varint() - 1 : this.int32(), 0)
    const at = this.#step(length)
    return this.#bytes.subarray(at, at + length)
  }

  array<T>(read: () => T): T[] {
    const count = this.#flexible ? this.#varint() - 1 : this.int32()
    const items: T[] = []
    for (let item = 0; item < count; item++) items.push(read())
    return items
  }

  tags(): this {
    if (!this.#flexible) return this
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint()
      this.#step(this.#varint())
    }
    return this
  }

  #step(size: number): number {
    const at = this.#at
    if (at + size > this.#bytes.length)
      throw new RangeError(
        `an answer of Kafka's ends at byte ${this.#bytes.length}, byte ${at + size} is wanted`,
      )
    this.#at = at + size
    return at
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#step(1))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError("an answer of Kafka's holds a length that does not end")
  }
}
