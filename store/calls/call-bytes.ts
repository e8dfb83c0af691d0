/**
 * The bytes of a call of a function, written by hand: a call of two thousand arguments costs the client library milliseconds, one object an argument. Keys and arguments
 * grow side by side in two buffers that are used again from call to call; {@link requestBytes} joins them behind the header of the request.
 */
import { isShortAscii, Sink } from '../sink.ts'

const CR = 13
const LF = 10
const DOLLAR = 36
const ZERO = 48
/** Digits of a count that is known only later; Lua reads leading zeros. */
const COUNT_DIGITS = 6

/** Bulk strings of RESP, one behind the other. */
export class BulkWriter {
  readonly sink: Sink
  count = 0

  constructor(capacity?: number) {
    this.sink = new Sink(capacity)
  }

  clear(): void {
    this.sink.clear()
    this.count = 0
  }

  /** Any number, as its shortest text. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) return this.text(String(value))
    const digits = Sink.digitsOf(value)
    this.#head(digits)
    this.sink.digits(value, digits)
    this.#end()
  }

  text(value: string): void {
    const size = isShortAscii(value) ? value.length : Buffer.byteLength(value)
    this.#head(size)
    this.sink.text(value, size)
    this.#end()
  }

  /** `prefix`, then `value`, as one string. */
  prefixed(prefix: Uint8Array, value: string): void {
    const size = isShortAscii(value) ? value.length : Buffer.byteLength(value)
    this.#head(prefix.length + size)
    this.sink.copy(prefix, 0, prefix.length)
    this.sink.text(value, size)
    this.#end()
  }

  /** `from[start, end)` as it is. */
  blob(from: Uint8Array, start = 0, end = from.length): void {
    this.#head(end - start)
    this.sink.copy(from, start, end)
    this.#end()
  }

  any(value: string | number | Uint8Array): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else this.blob(value)
  }

  /** A place for a count that comes later; {@link fill} puts it there. */
  reserve(): number {
    this.#head(COUNT_DIGITS)
    const place = this.sink.length
    this.sink.length += COUNT_DIGITS
    this.#end()
    return place
  }

  fill(place: number, value: number): void {
    for (let i = COUNT_DIGITS - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 10))
      this.sink.bytes[place + i] = ZERO + (rest % 10)
  }

  /** Head of a string of `size` bytes, and room for it. */
  #head(size: number): void {
    const { sink } = this
    sink.room(size)
    sink.bytes[sink.length++] = DOLLAR
    sink.digits(size, Sink.digitsOf(size))
    this.#end()
    this.count++
  }

  #end(): void {
    const { sink } = this
    sink.bytes[sink.length++] = CR
    sink.bytes[sink.length++] = LF
  }
}

/** One request: `FCALL name numkeys keys... args...`, each what several writers hold, in order. A buffer of its own. */
export function requestBytes(
  functionName: string,
  keys: readonly BulkWriter[],
  args: readonly BulkWriter[],
): Buffer {
  const numKeys = keys.reduce((sum, { count }) => sum + count, 0)
  const words = args.reduce((sum, { count }) => sum + count, 3 + numKeys)
  const digits = String(numKeys)
  const head = `*${words}\r\n$5\r\nFCALL\r\n$${functionName.length}\r\n${functionName}\r\n$${digits.length}\r\n${digits}\r\n`
  const parts = [...keys, ...args]
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, { sink }) => sum + sink.length, head.length))
  let at = bytes.write(head, 0, 'latin1')
  for (const { sink } of parts) at += sink.bytes.copy(bytes, at, 0, sink.length)
  return bytes
}
