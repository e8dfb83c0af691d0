/** LEB128 varints without limit, and a byte writer that grows. */
import { intOf, type Int } from './integer.ts'

/** Groups of seven bits are taken as whole numbers, four of them at a time. */
const FOUR_GROUPS = 2 ** 28

export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** What was written is its first {@link length} bytes, until the next write. */
  get bytes(): Buffer {
    return this.#bytes
  }

  clear(): void {
    this.#length = 0
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  natural(value: Int): void {
    if (typeof value === 'bigint') return this.#bigNatural(value)
    this.#room(8)
    let rest = value
    while (rest >= FOUR_GROUPS) {
      const high = Math.floor(rest / FOUR_GROUPS)
      this.#groups(rest - high * FOUR_GROUPS, 4)
      rest = high
    }
    for (; rest >= 128; rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128
    this.#bytes[this.#length++] = rest
  }

  /** The lowest 49 bits of a natural number, `value` < 2^49, as seven bytes; what is above them follows as another {@link natural} that is not 0. */
  lowest49(value: number): void {
    this.#room(7)
    const high = Math.floor(value / FOUR_GROUPS)
    this.#groups(value - high * FOUR_GROUPS, 4)
    this.#groups(high, 3)
  }

  #groups(value: number, count: number): void {
    let rest = value
    for (let group = 0; group < count; group++, rest >>>= 7) this.#bytes[this.#length++] = (rest & 127) | 128
  }

  #bigNatural(value: bigint): void {
    let rest = value
    while (rest >= 128n) {
      this.#room(1)
      this.#bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#room(1)
    this.#bytes[this.#length++] = Number(rest)
  }

  /** Zigzag: 0, -1, 1, -2 as 0, 1, 2, 3. */
  integer(value: Int): void {
    if (typeof value === 'number' && value < 2 ** 51 && value > -(2 ** 51))
      this.natural(value >= 0 ? value * 2 : -value * 2 - 1)
    else {
      const big = BigInt(value)
      this.#bigNatural(big >= 0n ? big * 2n : -big * 2n - 1n)
    }
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  /** `values[from, to)`: natural numbers below 2^48, the big end first. */
  sixBytesEach(values: ArrayLike<number>, from: number, to: number): void {
    this.#room(6 * (to - from))
    const bytes = this.#bytes
    let at = this.#length
    for (let n = from; n < to; n++) {
      const value = values[n]!
      const high = Math.floor(value / 2 ** 32)
      const low = value >>> 0
      bytes[at++] = high >>> 8
      bytes[at++] = high
      bytes[at++] = low >>> 24
      bytes[at++] = low >>> 16
      bytes[at++] = low >>> 8
      bytes[at++] = low
    }
    this.#length = at
  }

  /** Length, then the bytes (text as UTF-8). */
  sized(value: string | Buffer): void {
    const size = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.natural(size)
    this.#room(size)
    if (typeof value === 'string') this.#bytes.write(value, this.#length, 'utf8')
    else value.copy(this.#bytes, this.#length)
    this.#length += size
  }

  /** Bytes as they are. */
  raw(bytes: Buffer, from: number, to: number): void {
    this.#room(to - from)
    for (let at = from; at < to; at++) this.#bytes[this.#length++] = bytes[at]!
  }

  /** A copy of what was written; the writer starts again. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return taken
  }
}

/** Bytes that end too early throw a RangeError. */
export class ByteReader {
  #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Begins anew, in other bytes perhaps. */
  over(bytes: Buffer, at: number): this {
    this.#bytes = bytes
    this.#at = at
    return this
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Bytes that were read. */
  get at(): number {
    return this.#at
  }

  natural(): Int {
    let value = 0
    let scale = 1
    for (let read = 0; read < 7; read++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    return this.#bigNatural(BigInt(value), 49n)
  }

  #bigNatural(low: bigint, bits: bigint): Int {
    let value = low
    for (let shift = bits; ; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return intOf(value)
    }
  }

  integer(): Int {
    const raw = this.natural()
    if (typeof raw === 'number') return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
    return intOf(raw % 2n === 0n ? raw / 2n : -(raw + 1n) / 2n)
  }

  /** A natural number below 2^48, the big end first. */
  sixBytes(): number {
    const [bytes, at] = [this.#bytes, this.#at]
    if (at + 6 > bytes.length) throw new RangeError('packed bytes end too early')
    this.#at = at + 6
    const high = bytes[at]! * 256 + bytes[at + 1]!
    return (
      high * 2 ** 32 +
      bytes[at + 2]! * 2 ** 24 +
      ((bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!)
    )
  }

  /** All that is left; a view. */
  rest(): Buffer {
    const rest = this.#bytes.subarray(this.#at)
    this.#at = this.#bytes.length
    return rest
  }

  sized(): Buffer {
    const size = Number(this.natural())
    if (this.#at + size > this.#bytes.length) throw new RangeError('packed bytes end too early')
    const value = this.#bytes.subarray(this.#at, this.#at + size)
    this.#at += size
    return value
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('packed bytes end too early')
    return byte
  }
}
