/**
 * Of a chunk: what measures that need an object have in its cells, as it is packed, while it is little. Bytes one behind the other, so that the many
 * small cells of a partition are no objects.
 */
import { ByteReader, type ByteWriter } from '../../model/numbers/varint.ts'

const FIRST_BYTES = 256
const FIRST_STATES = 32
const NO_BYTES = Buffer.alloc(0)
const NO_STATES = new Uint32Array(0)
const reader = new ByteReader(Buffer.alloc(0))

export class PackedStates {
  #bytes = NO_BYTES
  #length = 0
  /** By number: where it begins, and its size; 0 is none. */
  #starts = NO_STATES
  #sizes = NO_STATES

  /** Null where there is none; good until the next call of anybody. */
  read(number: number): ByteReader | null {
    return this.sizeOf(number) === 0 ? null : reader.over(this.#bytes, this.#starts[number]!)
  }

  sizeOf(number: number): number {
    return number < this.#sizes.length ? this.#sizes[number]! : 0
  }

  copyTo(number: number, out: ByteWriter): void {
    const start = this.#starts[number]!
    out.raw(this.#bytes, start, start + this.#sizes[number]!)
  }

  /** `bytes[from, to)`, which are not empty. */
  set(number: number, bytes: Buffer, from: number, to: number): void {
    if (number >= this.#sizes.length) this.#widen(number)
    const size = to - from
    if (size > this.#sizes[number]!) {
      this.#sizes[number] = 0
      if (this.#length + size > this.#bytes.length) this.#tidy(size)
      this.#starts[number] = this.#length
      this.#length += size
    }
    this.#sizes[number] = size
    const start = this.#starts[number]!
    for (let at = 0; at < size; at++) this.#bytes[start + at] = bytes[from + at]!
  }

  remove(number: number): void {
    if (number < this.#sizes.length) this.#sizes[number] = 0
  }

  /** Makes room for so many more bytes: what was given up goes, where it is much, and what is left has room to grow. */
  #tidy(more: number): void {
    let used = 0
    for (let number = 0; number < this.#sizes.length; number++) used += this.#sizes[number]!
    const isTight = this.#length - used < used / 4
    const held = (isTight ? this.#length : used) + more
    const bytes = Buffer.allocUnsafe(Math.max(FIRST_BYTES, Math.ceil(held * (isTight ? 2 : 1.5))))
    if (isTight) {
      bytes.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = bytes
      return
    }
    let length = 0
    for (let number = 0; number < this.#sizes.length; number++) {
      const [start, size] = [this.#starts[number]!, this.#sizes[number]!]
      if (size === 0) continue
      this.#bytes.copy(bytes, length, start, start + size)
      this.#starts[number] = length
      length += size
    }
    this.#bytes = bytes
    this.#length = length
  }

  #widen(number: number): void {
    const capacity = Math.max(FIRST_STATES, this.#sizes.length * 2, number + 1)
    const [starts, sizes] = [new Uint32Array(capacity), new Uint32Array(capacity)]
    starts.set(this.#starts)
    sizes.set(this.#sizes)
    this.#starts = starts
    this.#sizes = sizes
  }
}
