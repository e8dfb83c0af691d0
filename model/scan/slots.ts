/** What a record holds in the places that something is asked of: one slot a path. */
import { JsonWalk } from './json.ts'

export const ABSENT = 0
export const NULL = 1
export const TEXT = 2
/** At most 15 digits, no exponent: `digits / 10^scale` is exactly what was written. */
export const NUMBER = 3
/** Any other number, by its bytes. */
export const LONG_NUMBER = 4
export const TRUE = 5
export const FALSE = 6
/** An object or an array. */
export const OTHER = 7
/** The topic's name, which stands nowhere in the bytes. */
export const TOPIC = 8

export const POWERS = Array.from({ length: 23 }, (_, n) => 10 ** n)

export const WORD_TRUE = Buffer.from('true')
export const WORD_FALSE = Buffer.from('false')
const LONGEST_WHOLE = 40
const [SPACE, QUOTE] = [0x20, 0x22]

export class Slots {
  count = 0
  bytes: Buffer = Buffer.alloc(0)
  kinds = new Uint8Array(0)
  /** Bytes of a text without its quotes, or of a number; -1 where the number was not written in the record. */
  from = new Int32Array(0)
  to = new Int32Array(0)
  /** Of a number, signed. */
  digits = new Float64Array(0)
  scales = new Uint8Array(0)
  /** Of some texts only the type matters; they may hold escapes. */
  isTypeOnly = new Uint8Array(0)
  /** Texts that the dictionary is asked for, which stand in JSON: their hash is made on the way. */
  isName = new Uint8Array(0)
  hashes = new Int32Array(0)
  readonly walk = new JsonWalk()

  add(): number {
    const count = ++this.count
    this.kinds = new Uint8Array(count)
    this.from = new Int32Array(count)
    this.to = new Int32Array(count)
    this.digits = new Float64Array(count)
    this.scales = new Uint8Array(count)
    this.isTypeOnly = new Uint8Array(count).fill(1)
    this.isName = new Uint8Array(count)
    this.hashes = new Int32Array(count)
    return count - 1
  }

  begin(bytes: Buffer): void {
    this.bytes = bytes
    for (let slot = 0; slot < this.count; slot++) this.kinds[slot] = ABSENT
  }

  /** The first of several places that holds something; -1 where none does. */
  firstOf(places: readonly number[]): number {
    for (let i = 0; i < places.length; i++) if (this.kinds[places[i]!]! > NULL) return places[i]!
    return -1
  }

  /** A value that is no object with names asked for, whose first byte is passed. False: not for this walk. */
  read(slot: number, first: number): boolean {
    const { walk } = this
    if (first === 34) {
      this.kinds[slot] = TEXT
      if (this.isTypeOnly[slot] === 1) return walk.skipText()
      if (this.isName[slot] === 1) {
        if (!walk.hashedText()) return false
        this.hashes[slot] = walk.hash
      } else if (!walk.text()) return false
      this.from[slot] = walk.from
      this.to[slot] = walk.to
      return true
    }
    if (first === 45 || (first >= 48 && first <= 57)) {
      const at = walk.at
      if (walk.number(first)) this.setDigits(slot, NUMBER)
      else {
        walk.at = at
        if (!walk.skip(first, 1)) return false
        this.kinds[slot] = LONG_NUMBER
      }
      this.from[slot] = at - 1
      this.to[slot] = walk.at
      return true
    }
    this.kinds[slot] = first === 110 ? NULL : first === 116 ? TRUE : first === 102 ? FALSE : OTHER
    return walk.skip(first, 1)
  }

  /** The walk's last number. */
  setDigits(slot: number, kind: number): void {
    const { walk } = this
    this.kinds[slot] = kind
    this.digits[slot] = walk.isNegative ? -walk.digits : walk.digits
    this.scales[slot] = walk.scale
  }

  /** A text that is a number, as {@link NUMBER} is, zeros at its beginning let be: its digits are then set. `point` parts them from the fraction. */
  parseText(slot: number, point: number): boolean {
    const { bytes } = this
    const end = this.to[slot]!
    let at = this.from[slot]!
    const isNegative = bytes[at] === 45 && at < end
    if (isNegative) at++
    if (end - at < 1 || end - at > 16) return false
    let [digits, count, pointAt] = [0, 0, -1]
    for (; at < end; at++) {
      const byte = bytes[at]!
      if (byte >= 48 && byte <= 57) {
        digits = digits * 10 + byte - 48
        count++
      } else if (byte === point && pointAt < 0 && count > 0 && at + 1 < end) pointAt = at
      else return false
    }
    if (count > 15) return false
    this.digits[slot] = isNegative ? -digits : digits
    this.scales[slot] = pointAt < 0 ? 0 : end - pointAt - 1
    return true
  }

  /** Digits alone, with a sign perhaps, and not too many to be a name. */
  isWhole(slot: number): boolean {
    const { bytes } = this
    const [from, to] = [this.from[slot]!, this.to[slot]!]
    if (to - from > LONGEST_WHOLE) return false
    for (let at = from + (bytes[from] === 45 ? 1 : 0); at < to; at++)
      if (bytes[at]! < 48 || bytes[at]! > 57) return false
    return true
  }

  /** The text is `true` or `false`. */
  isWord(slot: number): boolean {
    const { bytes } = this
    const [from, to] = [this.from[slot]!, this.to[slot]!]
    const word = to - from === 4 ? WORD_TRUE : WORD_FALSE
    return bytes.compare(word, 0, word.length, from, to) === 0
  }

  number(slot: number): number {
    return this.digits[slot]! / POWERS[this.scales[slot]!]!
  }

  text(slot: number): string {
    return this.bytes.toString('utf8', this.from[slot], this.to[slot])
  }

  /** Bytes of the record outside of its value, as a text; empty ones are none. False: not ASCII, no text, one in quotes or behind a frame, so for the plain decoder. */
  setOutside(slot: number, at: number, length: number): boolean {
    if (length <= 0) {
      this.kinds[slot] = NULL
      return true
    }
    if (this.bytes[at]! < SPACE || this.bytes[at] === QUOTE) return false
    for (let i = at; i < at + length; i++) if ((this.bytes[i]! - 1) >>> 0 > 126) return false
    this.setText(slot, at, at + length)
    return true
  }

  setText(slot: number, from: number, to: number): void {
    this.kinds[slot] = TEXT
    this.from[slot] = from
    this.to[slot] = to
  }

  setTopic(slot: number): void {
    this.kinds[slot] = TOPIC
  }

  setTime(slot: number, ms: number): void {
    this.kinds[slot] = Number.isNaN(ms) ? NULL : NUMBER
    this.digits[slot] = ms
    this.scales[slot] = 0
    this.from[slot] = -1
  }
}
