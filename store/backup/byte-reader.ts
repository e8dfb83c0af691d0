/** A stream of bytes, taken by lengths and by lines; each byte is copied once at most. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #chunks: Buffer[] = []
  #length = 0
  #isOver = false

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Bytes that came and were not taken yet. */
  get waiting(): number {
    return this.#length
  }

  async #more(): Promise<boolean> {
    if (this.#isOver) return false
    const { done, value } = await this.#source.next()
    if (done === true) this.#isOver = true
    else {
      this.#chunks.push(value)
      this.#length += value.length
    }
    return done !== true
  }

  /** Exactly so many; null where the stream ends before. */
  async take(count: number): Promise<Buffer | null> {
    while (this.#length < count) if (!(await this.#more())) return null
    return this.#cut(count)
  }

  /** What is there, at least one byte and `most` at most; null at the end. */
  async some(most: number): Promise<Buffer | null> {
    while (this.#length === 0) if (!(await this.#more())) return null
    return this.#cut(Math.min(most, this.#chunks[0]!.length))
  }

  /** Up to the next line feed, which is taken and left out; null where the stream ends before. */
  async line(): Promise<string | null> {
    const parts: Buffer[] = []
    for (;;) {
      const some = await this.some(Infinity)
      if (some === null) return null
      const end = some.indexOf(0x0a)
      parts.push(end < 0 ? some : some.subarray(0, end))
      if (end < 0) continue
      this.#chunks.unshift(some.subarray(end + 1))
      this.#length += some.length - end - 1
      if (this.#chunks[0]!.length === 0) this.#chunks.shift()
      return Buffer.concat(parts).toString('latin1')
    }
  }

  #cut(count: number): Buffer {
    if (count === 0) return Buffer.alloc(0)
    this.#length -= count
    const taken: Buffer[] = []
    let left = count
    while (left > 0) {
      const chunk = this.#chunks[0]!
      if (chunk.length <= left) {
        taken.push(chunk)
        this.#chunks.shift()
        left -= chunk.length
      } else {
        taken.push(chunk.subarray(0, left))
        this.#chunks[0] = chunk.subarray(left)
        left = 0
      }
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken)
  }
}
