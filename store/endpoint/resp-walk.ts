/**
 * Finds where values of RESP2 and RESP3 end, over bytes that come in pieces of any size. It reads the short lines that hold types and lengths and jumps over the rest:
 * no value is built, none is kept. Nesting needs no stack: a list of n only adds n to the values that are still to come.
 */

/** The bytes are no RESP. The connection that they came by cannot go on. */
export class RespError extends Error {
  override readonly name = 'RespError'
}

const [CR, LF, MINUS, ZERO, NINE] = [13, 10, 45, 48, 57]
const CRLF_BYTES = 2
const DIGITS_MAX = 19

/** What follows a type byte: a line, a length and so many bytes, or how many values (or pairs of values). */
type Shape = 'line' | 'blob' | 'list' | 'pairs' | 'attribute'
const shapes: (Shape | undefined)[] = []
for (const [types, shape] of [
  ['+-:,#_(', 'line'],
  ['$!=', 'blob'],
  ['*~>', 'list'],
  ['%', 'pairs'],
  ['|', 'attribute'],
] as const)
  for (const type of types) shapes[type.charCodeAt(0)] = shape

export class RespWalk {
  /** Values that are still to come before the one that began is whole; 0 = between two. */
  #left = 0
  /** Of the line that is being read; undefined = at a type byte. */
  #shape: Shape | undefined
  #number = 0
  #digits = 0
  #isNegative = false
  /** Bytes of a blob that are still to come, its line end included. */
  #skip = 0
  readonly #blobBytesMax: number

  constructor(blobBytesMax = Number.MAX_SAFE_INTEGER) {
    this.#blobBytesMax = blobBytesMax
  }

  /** At the place between two values. */
  get isBetween(): boolean {
    return this.#left === 0
  }

  /** Of the blob that was begun. */
  get stillToComeBytes(): number {
    return this.#skip
  }

  /** The value that was begun begins anew. */
  forget(): void {
    this.#left = this.#skip = 0
    this.#shape = undefined
  }

  /** The place behind the value that begins or goes on at `at`; -1 = it does not end in these bytes. Throws {@link RespError}. */
  advance(bytes: Buffer, at: number): number {
    if (this.#left === 0) this.#left = 1
    for (;;) {
      if (this.#skip > 0) {
        const take = Math.min(this.#skip, bytes.length - at)
        this.#skip -= take
        at += take
        if (this.#skip > 0) return -1
        this.#left--
      }
      if (this.#left === 0 && this.#shape === undefined) return at
      if (at >= bytes.length) return -1
      if (this.#shape === undefined) {
        this.#begin(bytes[at++]!)
        continue
      }
      if (this.#shape === 'line') {
        const end = bytes.indexOf(LF, at)
        if (end < 0) return -1
        at = end + 1
        this.#shape = undefined
        this.#left--
        continue
      }
      at = this.#length(bytes, at)
      if (at < 0) return -1
    }
  }

  #begin(type: number): void {
    this.#shape = shapes[type]
    if (this.#shape === undefined)
      throw new RespError(`a value begins with the byte ${type}, which begins none`)
    this.#number = this.#digits = 0
    this.#isNegative = false
  }

  /** Reads on in a line of digits; at its end it knows what follows. Answers the place behind what it read, -1 where the line goes on. */
  #length(bytes: Buffer, at: number): number {
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte >= ZERO && byte <= NINE) {
        if (++this.#digits > DIGITS_MAX) throw new RespError('a length has too many digits')
        this.#number = this.#number * 10 + byte - ZERO
      } else if (byte === MINUS && this.#digits === 0) this.#isNegative = true
      else if (byte === LF) {
        if (this.#digits === 0) throw new RespError('a length lacks its digits')
        this.#counted()
        return at + 1
      } else if (byte !== CR) throw new RespError(`a length holds the byte ${byte}`)
    }
    return -1
  }

  #counted(): void {
    const shape = this.#shape
    this.#shape = undefined
    const count = this.#isNegative ? 0 : this.#number
    if (shape === 'blob') {
      if (count > this.#blobBytesMax) throw new RespError('invalid bulk length')
      if (this.#isNegative) this.#left--
      else this.#skip = count + CRLF_BYTES
    } else if (shape === 'list') this.#left += count - 1
    else this.#left += 2 * count - (shape === 'pairs' ? 1 : 0) // behind an attribute its value is still to come
  }
}

/** The text of the n-th simple item of a short list, as pushes and confirmations are; '' where there is none. */
export function itemText(value: Buffer, n: number): string {
  let at = value.indexOf(LF) + 1
  for (let i = 0; at > 0 && at < value.length; i++) {
    const end = value.indexOf(LF, at)
    if (end < 0) return ''
    const line = value.toString('latin1', at + 1, end - 1)
    const isBlob = value[at] === 0x24
    const bytes = isBlob ? Math.max(Number(line), -1) : -1
    if (i === n) return isBlob ? (bytes < 0 ? '' : value.toString('latin1', end + 1, end + 1 + bytes)) : line
    at = bytes < 0 ? end + 1 : end + 1 + bytes + CRLF_BYTES
  }
  return ''
}

/** How many items a list says that it has. */
export const itemCount = (value: Buffer): number =>
  Number(value.toString('latin1', 1, Math.max(value.indexOf(CR), 1)))
