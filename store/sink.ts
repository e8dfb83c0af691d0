/** A buffer that grows and is used again from call to call: small pieces are written byte by byte, which costs less than a call into native code each. */

const ZERO = 48
const FIRST_CAPACITY = 4 * 1024
/** Kept from call to call; what one wide call needed beyond that is given back. */
const KEPT_CAPACITY = 1024 * 1024
const SHORT = 64

export class Sink {
  bytes: Buffer
  length = 0

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = Buffer.allocUnsafe(capacity)
  }

  clear(): void {
    this.length = 0
    if (this.bytes.length > KEPT_CAPACITY) this.bytes = Buffer.allocUnsafe(FIRST_CAPACITY)
  }

  /** Room for `size` bytes more, and some digits. */
  room(size: number): void {
    if (this.length + size + 64 <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size + 64))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  /** Needs room. */
  copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this
    if (end - start < SHORT) for (let i = start; i < end; i++) bytes[this.length++] = from[i]!
    else {
      bytes.set(from.subarray(start, end), this.length)
      this.length += end - start
    }
  }

  /** `size` is its length as UTF-8. Needs room. */
  text(value: string, size: number): void {
    const { bytes } = this
    if (size === value.length && size <= SHORT)
      for (let i = 0; i < size; i++) bytes[this.length++] = value.charCodeAt(i)
    else this.length += bytes.write(value, this.length, 'utf8')
  }

  /** A natural number below 2^53 in decimal. Needs room. */
  digits(value: number, digits: number): void {
    let rest = value
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10)
      this.bytes[at] = ZERO + (rest - next * 10)
      rest = next
    }
    this.length += digits
  }

  static digitsOf(value: number): number {
    let digits = 1
    for (let bound = 10; value >= bound; bound *= 10) digits++
    return digits
  }
}

/** False for what is long, too: it is measured by native code. */
export function isShortAscii(value: string): boolean {
  if (value.length > SHORT) return false
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false
  return true
}
