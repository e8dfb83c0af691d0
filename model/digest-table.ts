/** A set of 16-byte digests in one array: about 30 bytes each, however many there are. */

export const DIGEST_BYTES = 16
const WORDS = 4
const FULLEST = 0.6

export class DigestTable {
  count = 0
  #words: Int32Array
  #mask: number

  constructor(capacity = 64) {
    this.#words = new Int32Array(capacity * WORDS)
    this.#mask = capacity - 1
  }

  has(digest: Buffer): boolean {
    return this.#words[this.#placeOf(digest.readInt32LE(0) || 1, digest)] !== 0
  }

  add(digest: Buffer): void {
    if (this.count >= (this.#mask + 1) * FULLEST) this.#grow()
    const first = digest.readInt32LE(0) || 1
    const at = this.#placeOf(first, digest)
    if (this.#words[at] !== 0) return
    this.count++
    this.#words[at] = first
    for (let word = 1; word < WORDS; word++) this.#words[at + word] = digest.readInt32LE(word * 4)
  }

  /** Where it is, or would be. Its first word is never 0, which is an empty place. */
  #placeOf(first: number, digest: Buffer): number {
    const words = this.#words
    const rest = [digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)] as const
    for (let slot = first & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS
      if (words[at] === 0) return at
      if (
        words[at] === first &&
        words[at + 1] === rest[0] &&
        words[at + 2] === rest[1] &&
        words[at + 3] === rest[2]
      )
        return at
    }
  }

  #grow(): void {
    const old = this.#words
    const capacity = (this.#mask + 1) * 2
    this.#words = new Int32Array(capacity * WORDS)
    this.#mask = capacity - 1
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from] === 0) continue
      let slot = old[from]! & this.#mask
      while (this.#words[slot * WORDS] !== 0) slot = (slot + 1) & this.#mask
      this.#words.set(old.subarray(from, from + WORDS), slot * WORDS)
    }
  }
}
