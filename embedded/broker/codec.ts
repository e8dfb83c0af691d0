import { MalformedRequest } from './errors.ts'

/** Bytes above which a payload is passed on by reference instead of copied into the response. */
const COPY_LIMIT_BYTES = 4096

/** Reads the primitive types of the Kafka protocol (the non-flexible versions). Throws `MalformedRequest` on anything out of bounds. */
export class Reader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  get remaining(): number {
    return this.#buffer.length - this.#at
  }

  #take(size: number): number {
    if (size < 0 || size > this.remaining) throw new MalformedRequest(`wanted ${size} bytes, ${this.remaining} are left`)
    const at = this.#at
    this.#at += size
    return at
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1))
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4))
  }

  /** A 64-bit integer as a number: offsets and times fit in 2^53. */
  int64(): number {
    return Number(this.#buffer.readBigInt64BE(this.#take(8)))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  nullableString(): string | null {
    const length = this.int16()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#buffer.toString('utf8', at, at + length)
  }

  string(): string {
    const text = this.nullableString()
    if (text === null) throw new MalformedRequest('a string that may not be null is null')
    return text
  }

  /** The bytes as a view of the request, not a copy. */
  nullableBytes(): Buffer | null {
    const length = this.int32()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? Buffer.alloc(0)
  }

  nullableArray<T>(read: (reader: this) => T): T[] | null {
    const length = this.int32()
    if (length === -1) return null
    // Every element takes at least one byte: a larger count is a lie that would only cost memory.
    if (length < 0 || length > this.remaining) throw new MalformedRequest(`an array of ${length} in ${this.remaining} bytes`)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read(this))
    return items
  }

  array<T>(read: (reader: this) => T): T[] {
    return this.nullableArray(read) ?? []
  }
}

/** Writes the primitive types of the Kafka protocol. Big payloads are kept by reference and leave with the rest in one write. */
export class Writer {
  readonly #parts: Buffer[] = []
  #partsBytes = 0
  #buffer = Buffer.allocUnsafe(256)
  #at = 0

  #room(size: number): number {
    if (this.#at + size > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + size))
      this.#buffer.copy(grown, 0, 0, this.#at)
      this.#buffer = grown
    }
    const at = this.#at
    this.#at += size
    return at
  }

  int8(value: number): this {
    const at = this.#room(1)
    this.#buffer.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.#room(2)
    this.#buffer.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.#room(4)
    this.#buffer.writeInt32BE(value, at)
    return this
  }

  int64(value: number): this {
    const at = this.#room(8)
    this.#buffer.writeBigInt64BE(BigInt(value), at)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  string(value: string): this {
    const size = Buffer.byteLength(value)
    this.int16(size)
    const at = this.#room(size)
    this.#buffer.write(value, at)
    return this
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value)
  }

  /** A length and the bytes; several buffers leave as one. */
  bytes(...values: readonly Buffer[]): this {
    this.int32(values.reduce((sum, value) => sum + value.length, 0))
    for (const value of values) this.#raw(value)
    return this
  }

  #raw(value: Buffer): void {
    if (value.length <= COPY_LIMIT_BYTES) {
      const at = this.#room(value.length)
      value.copy(this.#buffer, at)
      return
    }
    this.#cut()
    this.#parts.push(value)
    this.#partsBytes += value.length
  }

  #cut(): void {
    if (this.#at === 0) return
    this.#parts.push(this.#buffer.subarray(0, this.#at))
    this.#partsBytes += this.#at
    this.#buffer = Buffer.allocUnsafe(256)
    this.#at = 0
  }

  array<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.int32(items.length)
    for (const item of items) write(this, item)
    return this
  }

  /** Everything written so far, in order, without copying it together. */
  finish(): { parts: readonly Buffer[]; sizeBytes: number } {
    this.#cut()
    return { parts: this.#parts, sizeBytes: this.#partsBytes }
  }
}
