import { MalformedRequest } from './errors.ts'

/** Bytes above which a payload is passed on by reference instead of copied into the response. */
const COPY_LIMIT_BYTES = 4096

/** Elements of all arrays of one request together: more is no client at work, and each would cost memory and an answer. */
const MAX_ELEMENTS = 100_000
const UUID_BYTES = 16
const LONG_MAX = 2n ** 63n - 1n

/**
 * Reads the types of the Kafka protocol. A flexible version of a request (KIP-482) writes lengths as varints, one more than they
 * are, and ends every struct with a list of tagged fields; which of the two forms is read is said once, for the whole request.
 * Throws `MalformedRequest` on anything out of bounds.
 */
export class Reader {
  flexible: boolean
  readonly #buffer: Buffer
  #at = 0
  #elements = 0

  constructor(buffer: Buffer, flexible = false) {
    this.#buffer = buffer
    this.flexible = flexible
  }

  get remaining(): number {
    return this.#buffer.length - this.#at
  }

  #take(size: number): number {
    if (size < 0 || size > this.remaining)
      throw new MalformedRequest(`wanted ${size} bytes, ${this.remaining} are left`)
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

  /** An unsigned varint of up to 32 bits. */
  #uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer[this.#take(1)]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new MalformedRequest('a number that does not end')
  }

  /** Passes over the tagged fields that end a struct: none of them has a bearing here. */
  tags(): void {
    if (!this.flexible) return
    for (let left = this.#uvarint(); left > 0; left--) {
      this.#uvarint()
      this.#take(this.#uvarint())
    }
  }

  /** In the form in which Kafka prints it: 22 letters. */
  uuid(): string {
    const at = this.#take(UUID_BYTES)
    return this.#buffer.toString('base64url', at, at + UUID_BYTES)
  }

  nullableString(): string | null {
    const length = this.flexible ? this.#uvarint() - 1 : this.int16()
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
    const length = this.flexible ? this.#uvarint() - 1 : this.int32()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? Buffer.alloc(0)
  }

  /** Of plain values; what is a struct of its own is read by `structs`. */
  nullableArray<T>(read: (reader: this) => T): T[] | null {
    const length = this.flexible ? this.#uvarint() - 1 : this.int32()
    if (length === -1) return null
    // Every element takes at least one byte: a larger count is a lie that would only cost memory.
    if (length < 0 || length > this.remaining)
      throw new MalformedRequest(`an array of ${length} in ${this.remaining} bytes`)
    this.#elements += length
    if (this.#elements > MAX_ELEMENTS)
      throw new MalformedRequest(`a request that names more than ${MAX_ELEMENTS} things`)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read(this))
    return items
  }

  array<T>(read: (reader: this) => T): T[] {
    return this.nullableArray(read) ?? []
  }

  nullableStructs<T>(read: (reader: this) => T): T[] | null {
    return this.nullableArray((reader) => {
      const item = read(reader)
      reader.tags()
      return item
    })
  }

  structs<T>(read: (reader: this) => T): T[] {
    return this.nullableStructs(read) ?? []
  }
}

/** Writes what `Reader` reads, in the same two forms. Big payloads are kept by reference and leave with the rest in one write. */
export class Writer {
  readonly flexible: boolean
  readonly #parts: Buffer[] = []
  #partsBytes = 0
  #buffer = Buffer.allocUnsafe(256)
  #at = 0

  constructor(flexible = false) {
    this.flexible = flexible
  }

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

  #byte(value: number): this {
    const at = this.#room(1)
    this.#buffer[at] = value
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
    // A time of 2^63 - 1 was rounded up when it was read.
    this.#buffer.writeBigInt64BE(value >= 2 ** 63 ? LONG_MAX : BigInt(value), at)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  #uvarint(value: number): this {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) | 0x80)
    return this.#byte(rest)
  }

  /** No tagged fields: the end of every struct of a flexible version. */
  tags(): this {
    return this.flexible ? this.#uvarint(0) : this
  }

  uuid(value: string): this {
    const at = this.#room(UUID_BYTES)
    this.#buffer.write(value, at, UUID_BYTES, 'base64url')
    return this
  }

  string(value: string): this {
    const size = Buffer.byteLength(value)
    if (this.flexible) this.#uvarint(size + 1)
    else this.int16(size)
    const at = this.#room(size)
    this.#buffer.write(value, at)
    return this
  }

  nullableString(value: string | null): this {
    if (value !== null) return this.string(value)
    return this.flexible ? this.#uvarint(0) : this.int16(-1)
  }

  /** A length and the bytes; several buffers leave as one. */
  bytes(...values: readonly Buffer[]): this {
    const size = values.reduce((sum, value) => sum + value.length, 0)
    if (this.flexible) this.#uvarint(size + 1)
    else this.int32(size)
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

  /** The head of an array whose elements the caller writes. */
  count(items: number): this {
    return this.flexible ? this.#uvarint(items + 1) : this.int32(items)
  }

  array<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.count(items.length)
    for (const item of items) write(this, item)
    return this
  }

  structs<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    return this.array(items, (writer, item) => {
      write(writer, item)
      writer.tags()
    })
  }

  /** Everything written so far, in order, without copying it together. */
  finish(): { parts: readonly Buffer[]; sizeBytes: number } {
    this.#cut()
    return { parts: this.#parts, sizeBytes: this.#partsBytes }
  }
}
