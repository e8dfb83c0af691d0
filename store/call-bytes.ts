/**
 * The bytes of a call of `apply`, written by hand: a call of two thousand arguments costs the client library milliseconds, one object an argument. Keys
 * and arguments grow side by side in two buffers that are used again from call to call; `take` joins them behind the header of the request.
 */

const CR = 13
const LF = 10
const DOLLAR = 36
const ZERO = 48
const FIRST_CAPACITY = 64 * 1024
/** Digits of a count that is known only later; Lua reads leading zeros. */
const COUNT_DIGITS = 6

/** Bulk strings of RESP, one behind the other. */
export class BulkWriter {
  bytes = Buffer.allocUnsafe(FIRST_CAPACITY)
  length = 0
  count = 0

  clear(): void {
    this.length = this.count = 0
  }

  /** Room for `size` bytes more, and some digits. */
  room(size: number): void {
    if (this.length + size + 64 <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size + 64))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  /** A natural number below 2^53. */
  number(value: number): void {
    this.room(16)
    const digits = digitsOf(value)
    this.#head(digits)
    this.#digits(value, digits)
    this.#end()
  }

  /** Any number, as its shortest text. */
  score(value: number): void {
    if (Number.isSafeInteger(value) && value >= 0) this.number(value)
    else this.text(String(value))
  }

  text(value: string): void {
    const size = isShortAscii(value) ? value.length : Buffer.byteLength(value)
    this.room(size)
    this.#head(size)
    if (size === value.length)
      for (let i = 0; i < size; i++) this.bytes[this.length + i] = value.charCodeAt(i)
    else this.bytes.write(value, this.length, 'utf8')
    this.length += size
    this.#end()
  }

  /** `from[start, end)` as it is. */
  blob(from: Uint8Array, start = 0, end = from.length): void {
    const size = end - start
    this.room(size)
    this.#head(size)
    if (size < 48) for (let i = 0; i < size; i++) this.bytes[this.length + i] = from[start + i]!
    else this.bytes.set(from.subarray(start, end), this.length)
    this.length += size
    this.#end()
  }

  /** A place for a count that comes later; {@link fill} puts it there. */
  reserve(): number {
    this.room(16)
    this.#head(COUNT_DIGITS)
    const place = this.length
    this.length += COUNT_DIGITS
    this.#end()
    return place
  }

  fill(place: number, value: number): void {
    for (let i = COUNT_DIGITS - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 10))
      this.bytes[place + i] = ZERO + (rest % 10)
  }

  #head(size: number): void {
    this.bytes[this.length++] = DOLLAR
    this.#digits(size, digitsOf(size))
    this.bytes[this.length++] = CR
    this.bytes[this.length++] = LF
    this.count++
  }

  #digits(value: number, digits: number): void {
    let rest = value
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = Math.floor(rest / 10)
      this.bytes[at] = ZERO + rest - next * 10
      rest = next
    }
    this.length += digits
  }

  #end(): void {
    this.bytes[this.length++] = CR
    this.bytes[this.length++] = LF
  }
}

/** One request: `FCALL name numkeys keys... args...`. */
export function requestBytes(functionName: string, keys: BulkWriter, args: BulkWriter): Buffer {
  const name = Buffer.from(functionName)
  const head = Buffer.from(
    `*${3 + keys.count + args.count}\r\n$5\r\nFCALL\r\n$${name.length}\r\n${functionName}\r\n$${String(keys.count).length}\r\n${keys.count}\r\n`,
  )
  return Buffer.concat([head, keys.bytes.subarray(0, keys.length), args.bytes.subarray(0, args.length)])
}

function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits++
  return digits
}

function isShortAscii(value: string): boolean {
  if (value.length > 64) return false
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false
  return true
}
