/**
 * Changed hashes of one batch: what the call writes and, byte for byte, what the feed tells its readers. MessagePack, because the server reads it with a library of its own:
 * one flat array `suffix, [field, value, field, value ...], suffix, [...] ...`, all of them strings.
 */
import { isShortAscii, Sink } from '../sink.ts'

const ARRAY_16 = 0xdc
const ARRAY_32 = 0xdd
const FIX_STRING = 0xa0
const FIX_ARRAY = 0x90
const STRING_8 = 0xd9
const STRING_16 = 0xda
const STRING_32 = 0xdb
const DOT = 46
const MINUS = 45
/** Fields and values of one hash; a hash that has more is told in several pieces. */
const MOST_ITEMS = 0xfffe
const HEAD_BYTES = 5

export class ChangesWriter {
  readonly sink = new Sink()
  /** Hashes, or pieces of one, begun so far. */
  hashes = 0
  pairs = 0
  #itemsAt = 0
  #items = 0

  constructor() {
    this.clear()
  }

  clear(): void {
    this.sink.length = HEAD_BYTES
    this.hashes = this.pairs = this.#items = 0
  }

  /** What follows belongs to this hash. */
  hash(suffix: string): void {
    this.#close()
    this.#text(suffix)
    const { sink } = this
    sink.room(3)
    sink.bytes[sink.length++] = ARRAY_16
    this.#itemsAt = sink.length
    sink.length += 2
    this.#items = 0
    this.hashes++
  }

  /** No room for another pair in this hash: begin it again. */
  get isFull(): boolean {
    return this.#items >= MOST_ITEMS
  }

  pair(field: number | string, value: Uint8Array, start = 0, end = value.length): void {
    if (typeof field === 'number') this.#natural(field)
    else this.#text(field)
    this.#value(value, start, end)
  }

  /** A pair whose field is `SLOT.METRIC.PIECE` (`pieceField`): there are many of them, so no text is made of it. */
  piece(slot: number, metric: number, piece: number, value: Uint8Array, start: number, end: number): void {
    const { sink } = this
    const isBelow = piece < 0
    const [slots, metrics] = [Sink.digitsOf(slot), Sink.digitsOf(metric)]
    const pieces = Sink.digitsOf(Math.abs(piece))
    this.#head(slots + metrics + pieces + (isBelow ? 3 : 2))
    sink.digits(slot, slots)
    sink.bytes[sink.length++] = DOT
    sink.digits(metric, metrics)
    sink.bytes[sink.length++] = DOT
    if (isBelow) sink.bytes[sink.length++] = MINUS
    sink.digits(Math.abs(piece), pieces)
    this.#value(value, start, end)
  }

  /** A pair whose value is text or a natural number below 2^53. */
  textPair(field: number | string, value: number | string): void {
    if (typeof field === 'number') this.#natural(field)
    else this.#text(field)
    if (typeof value === 'number') this.#natural(value)
    else this.#text(value)
    this.#items += 2
    this.pairs++
  }

  /** The bytes so far, which stay valid until the next write; none where nothing changed. */
  view(): Buffer {
    if (this.hashes === 0) return this.sink.bytes.subarray(0, 0)
    this.#close()
    const { bytes, length } = this.sink
    bytes[0] = ARRAY_32
    bytes.writeUInt32BE(this.hashes * 2, 1)
    return bytes.subarray(0, length)
  }

  #close(): void {
    if (this.hashes > 0) this.sink.bytes.writeUInt16BE(this.#items, this.#itemsAt)
  }

  #value(value: Uint8Array, start: number, end: number): void {
    this.#head(end - start)
    this.sink.copy(value, start, end)
    this.#items += 2
    this.pairs++
  }

  #head(size: number): void {
    const { sink } = this
    sink.room(size + 5)
    const { bytes } = sink
    if (size < 32) bytes[sink.length++] = FIX_STRING | size
    else if (size < 256) {
      bytes[sink.length++] = STRING_8
      bytes[sink.length++] = size
    } else if (size < 65536) {
      bytes[sink.length++] = STRING_16
      bytes[sink.length++] = size >> 8
      bytes[sink.length++] = size & 255
    } else {
      bytes[sink.length++] = STRING_32
      sink.length = bytes.writeUInt32BE(size, sink.length)
    }
  }

  #natural(value: number): void {
    const digits = Sink.digitsOf(value)
    this.#head(digits)
    this.sink.digits(value, digits)
  }

  #text(value: string): void {
    const size = isShortAscii(value) ? value.length : Buffer.byteLength(value)
    this.#head(size)
    this.sink.text(value, size)
  }
}

/** Every changed hash with its new fields; values point into `bytes`. Throws RangeError on bytes that are not ours. */
export function readChanges(
  bytes: Buffer,
  changed: (suffix: string, field: string, value: Buffer) => void,
  wanted: (suffix: string) => boolean,
): void {
  if (bytes.length === 0) return
  let at = 0
  const need = (size: number): number => {
    const from = at
    if ((at += size) > bytes.length) throw new RangeError('changes end too early')
    return from
  }
  /** Of the string that begins here. */
  const length = (): number => {
    const head = bytes[need(1)]!
    if ((head & 0xe0) === FIX_STRING) return head & 31
    if (head === STRING_8) return bytes[need(1)]!
    if (head === STRING_16) return bytes.readUInt16BE(need(2))
    if (head === STRING_32) return bytes.readUInt32BE(need(4))
    throw new RangeError(`changes hold ${head} where a string begins`)
  }
  const text = (): string => {
    const size = length()
    const from = need(size)
    return bytes.toString('utf8', from, from + size)
  }
  const array = (): number => {
    const head = bytes[need(1)]!
    if ((head & 0xf0) === FIX_ARRAY) return head & 15
    if (head === ARRAY_16) return bytes.readUInt16BE(need(2))
    if (head === ARRAY_32) return bytes.readUInt32BE(need(4))
    throw new RangeError(`changes hold ${head} where an array begins`)
  }
  for (let left = array(); left > 0; left -= 2) {
    const suffix = text()
    const isWanted = wanted(suffix)
    for (let items = array(); items > 0; items -= 2) {
      if (isWanted) {
        const field = text()
        const size = length()
        const from = need(size)
        changed(suffix, field, bytes.subarray(from, from + size))
        continue
      }
      // Most of a batch is of no interest to a reader of one breakdown: nothing is made of it.
      need(length())
      need(length())
    }
  }
  if (at !== bytes.length) throw new RangeError('changes go on after their end')
}
