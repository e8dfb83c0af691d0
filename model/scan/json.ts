/**
 * A walk over the bytes of one JSON value that checks all of it and makes nothing of what nobody asked for. `at` is where it stands.
 * Whatever it will not judge (an escape in a key, bytes that are not UTF-8, great depth) ends in a {@link Bail}: the plain decoder decides then.
 */
import { codePointBytes, escapeBytes } from './sequences.ts'
import { endHash, hashOfText, mixWord } from '../columns/text-dictionary.ts'

const QUOTE = 34
const BACKSLASH = 92
const MINUS = 45
const DOT = 46
const ZERO = 48
const NINE = 57
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const DEEPEST = 32
/** Every decimal of this many digits is the shortest text of its own double. */
const MOST_DIGITS = 15

/**
 * Four bytes at once: their highest bit is set where a byte is no plain one (printable ASCII but quote and backslash). The lowest such bit is right, those
 * above it may err: a byte past 127 is odd by itself, and of the others each difference borrows only where it is odd.
 */
function oddBytes(word: number): number {
  return (
    (word | (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101)) &
    0x80808080
  )
}

/** Bytes of a name with what stands around it, four to a number; what is past its end is masked away. */
export interface WrittenName {
  readonly words: Int32Array
  readonly lastMask: number
  readonly bytes: number
}

/** A name, and the quote and the colon behind it. `before`: what stands in front of it. */
export function writtenName(name: Uint8Array, before: readonly number[] = []): WrittenName {
  const bytes = before.length + name.length + 2
  const padded = new Uint8Array(Math.ceil(bytes / 4) * 4)
  padded.set(before)
  padded.set(name, before.length)
  padded.set([QUOTE, COLON], before.length + name.length)
  const view = new DataView(padded.buffer)
  const words = Int32Array.from({ length: padded.length / 4 }, (_, at) => view.getInt32(at * 4, true))
  return { words, lastMask: bytes % 4 === 0 ? -1 : (1 << ((bytes % 4) * 8)) - 1, bytes }
}

export class JsonWalk {
  bytes: Buffer = Buffer.alloc(0)
  /** Of {@link bytes}. */
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  end = 0
  /** Of the last string or number: where its bytes are. */
  from = 0
  to = 0
  /** Of the last {@link hashedText}: as the dictionary of texts has it. */
  hash = 0
  /** Of the last number: its digits without the point, how many of them stand behind it, its sign. */
  digits = 0
  scale = 0
  isNegative = false

  /** Puts the walk before a value. */
  begin(bytes: Buffer, from: number, end: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.at = from
    this.end = end
  }

  /** The next byte that is not white space, passed; -1 at the end. */
  next(): number {
    const { bytes, end } = this
    let at = this.at
    while (at < end) {
      const byte = bytes[at++]!
      if (byte > 32 || (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9)) {
        this.at = at
        return byte
      }
    }
    this.at = at
    return -1
  }

  /** What comes is this very name, with all that stands around it; then it is passed. */
  isName({ words, lastMask, bytes }: WrittenName): boolean {
    const { at } = this
    const last = words.length - 1
    if (at + last * 4 + 4 > this.end) return false // behind a colon come a value and a brace at least
    const view = this.view
    for (let i = 0; i < last; i++) if (view.getInt32(at + i * 4, true) !== words[i]) return false
    if (((view.getInt32(at + last * 4, true) ^ words[last]!) & lastMask) !== 0) return false
    this.at = at + bytes
    return true
  }

  /** The rest of a string without escapes, its quote passed: {@link from} and {@link to} say where it is. False: not for this walk. */
  text(): boolean {
    this.from = this.at
    if (!this.#pass(false)) return false
    this.to = this.at - 1
    return true
  }

  /** As {@link text}, and its {@link hash}: of plain texts made on the way. */
  hashedText(): boolean {
    const { view } = this
    const lastWord = this.end - 4
    let hash = 0
    let at = this.at
    for (; at <= lastWord; at += 4) {
      const word = view.getInt32(at, true)
      const odd = oddBytes(word)
      if (odd === 0) {
        hash = mixWord(hash, word)
        continue
      }
      const bits = (31 - Math.clz32(odd & -odd)) & 24
      if (((word >>> bits) & 255) !== QUOTE) break
      this.from = this.at
      this.to = at + (bits >> 3)
      this.at = this.to + 1
      this.hash = endHash(mixWord(hash, word & ((1 << bits) - 1)), this.to - this.from)
      return true
    }
    if (!this.text()) return false
    this.hash = hashOfText(this.bytes, view, this.from, this.to)
    return true
  }

  /** The rest of a string that nobody asked for: escapes are checked and passed. */
  skipText(): boolean {
    return this.#pass(true)
  }

  #pass(mayEscape: boolean): boolean {
    const { bytes, end, view } = this
    const lastWord = end - 4
    let at = this.at
    for (;;) {
      while (at <= lastWord) {
        const odd = oddBytes(view.getInt32(at, true))
        if (odd !== 0) {
          at += (31 - Math.clz32(odd & -odd)) >> 3
          break
        }
        at += 4
      }
      if (at >= end) return false
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.at = at + 1
        return true
      }
      if (byte >= 32 && byte < 128 && byte !== BACKSLASH) at++
      else {
        const length =
          byte >= 0xc2
            ? codePointBytes(bytes, at, end)
            : byte === BACKSLASH && mayEscape
              ? escapeBytes(bytes, at, end)
              : 0
        if (length === 0) return false
        at += length
      }
    }
  }

  /**
   * The rest of a number whose first byte is `first`. True: `digits / 10^scale` with its sign is exactly what was written, in at most 15 digits.
   * False: no number, or one with more digits or an exponent.
   */
  number(first: number): boolean {
    const { bytes, end } = this
    let at = this.at
    this.from = at - 1
    let byte = first
    this.isNegative = byte === MINUS
    if (byte === MINUS) byte = at < end ? bytes[at++]! : 0
    if (byte < ZERO || byte > NINE) return false
    let digits = byte - ZERO
    let count = 1
    const leadingZero = byte === ZERO
    byte = at < end ? bytes[at]! : 0
    if (leadingZero && byte >= ZERO && byte <= NINE) return false
    while (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + byte - ZERO
      count++
      byte = ++at < end ? bytes[at]! : 0
    }
    let scale = 0
    if (byte === DOT) {
      byte = ++at < end ? bytes[at]! : 0
      const from = at
      while (byte >= ZERO && byte <= NINE) {
        digits = digits * 10 + byte - ZERO
        byte = ++at < end ? bytes[at]! : 0
      }
      scale = at - from
      if (scale === 0) return false
      count += scale
    }
    if (count > MOST_DIGITS || byte === 101 || byte === 69) return false
    this.digits = digits
    this.scale = scale
    this.at = this.to = at
    return true
  }

  /** Any number, checked and passed. */
  #skipNumber(first: number): boolean {
    const { bytes, end } = this
    let at = this.at
    let byte = first
    if (byte === MINUS) byte = at < end ? bytes[at++]! : 0
    if (byte < ZERO || byte > NINE) return false
    if (byte !== ZERO) while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
    if (at < end && bytes[at] === DOT) {
      const from = ++at
      while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
      if (at === from) return false
    }
    if (at < end && (bytes[at] === 101 || bytes[at] === 69)) {
      at++
      if (at < end && (bytes[at] === 43 || bytes[at] === MINUS)) at++
      const from = at
      while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
      if (at === from) return false
    }
    this.at = at
    return true
  }

  /** The rest of `true`, `false` or `null`, whose first byte is passed. */
  literal(first: number): boolean {
    const rest = first === 116 ? TRUE : first === 102 ? FALSE : first === 110 ? NULL : null
    if (rest === null || this.at + rest.length > this.end) return false
    for (let i = 0; i < rest.length; i++) if (this.bytes[this.at + i] !== rest[i]) return false
    this.at += rest.length
    return true
  }

  /** Any value, whose first byte is passed. False: it is no JSON, or nothing for this walk. */
  skip(first: number, depth: number): boolean {
    if (first === QUOTE) return this.skipText()
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#skipNumber(first)
    if (first === OPEN_OBJECT || first === OPEN_ARRAY)
      return (
        depth < DEEPEST && (first === OPEN_OBJECT ? this.#skipObject(depth + 1) : this.#skipArray(depth + 1))
      )
    return this.literal(first)
  }

  #skipObject(depth: number): boolean {
    let byte = this.next()
    if (byte === CLOSE_OBJECT) return true
    for (;;) {
      if (byte !== QUOTE || !this.skipText() || this.next() !== COLON || !this.skip(this.next(), depth))
        return false
      byte = this.next()
      if (byte === CLOSE_OBJECT) return true
      if (byte !== COMMA) return false
      byte = this.next()
    }
  }

  #skipArray(depth: number): boolean {
    let byte = this.next()
    if (byte === CLOSE_ARRAY) return true
    for (;;) {
      if (!this.skip(byte, depth)) return false
      byte = this.next()
      if (byte === CLOSE_ARRAY) return true
      if (byte !== COMMA) return false
      byte = this.next()
    }
  }
}

const TRUE = Buffer.from('rue')
const FALSE = Buffer.from('alse')
const NULL = Buffer.from('ull')
