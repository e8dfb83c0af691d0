import { MalformedRequest } from './protocol/errors.ts'

const SIZE_BYTES = 4

/** Cuts a stream of bytes into requests: four bytes of size, then so many bytes. Keeps what is not whole yet. */
export class Frames {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #wanted = SIZE_BYTES

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of a request that has begun and is not whole. */
  get partialBytes(): number {
    return this.#bytes
  }

  /** Takes a chunk and gives back the requests that are whole with it. Throws `MalformedRequest` on a size that cannot be. */
  take(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const whole: Buffer[] = []
    while (this.#bytes >= this.#wanted) {
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
      const size = all.readInt32BE(0)
      if (size < 8 || size > this.#maxBytes)
        throw new MalformedRequest(`a request of ${size} bytes; at most ${this.#maxBytes} are taken`)
      this.#wanted = SIZE_BYTES + size
      const isWhole = all.length >= this.#wanted
      if (isWhole) whole.push(all.subarray(SIZE_BYTES, this.#wanted))
      const rest = isWhole ? all.subarray(this.#wanted) : all
      if (isWhole) this.#wanted = SIZE_BYTES
      this.#chunks = rest.length > 0 ? [rest] : []
      this.#bytes = rest.length
    }
    return whole
  }
}
