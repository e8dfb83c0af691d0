/**
 * Texts as small numbers, looked up by their UTF-8 bytes, so that a text seen before costs no string. Codes begin at 1; 0 is "absent". They mean
 * something only within this dictionary and until it is cleared: nothing that is stored depends on them.
 */

const FIRST_TABLE = 1 << 12
const FIRST_ARENA = 1 << 18
/** Past one of these it is to be cleared: names that never come again must not pile up. */
const FULL_TEXTS = 1 << 17
const FULL_BYTES = 1 << 23
/** Whoever makes texts of one hash on purpose does not make lookups long. */
const MOST_PROBES = 32

export class TextDictionary {
  /** Open addressing: code or 0. Twice as many places as texts, at least. */
  #table = new Int32Array(FIRST_TABLE)
  #mask = FIRST_TABLE - 1
  #hashes = new Int32Array(FIRST_TABLE)
  /** Where the bytes of a code begin in the arena; one more entry than there are codes. */
  #starts = new Int32Array(FIRST_TABLE + 2)
  #arena = Buffer.alloc(FIRST_ARENA)
  #arenaView = viewOf(this.#arena)
  #viewed: Buffer = this.#arena
  #view = this.#arenaView
  #used = 0
  #count = 0
  #strings: (string | undefined)[] = ['']
  /** By themselves: texts that UTF-8 has no bytes for (halves of surrogate pairs), and those whose hash too many others share. */
  readonly #odd = new Map<string, number>()
  /** Of a text with such a half, the code of what UTF-8 makes of it. */
  readonly #spelled = new Map<number, number>()
  /** Raised whenever codes lose their meaning. */
  epoch = 0

  get size(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#used
  }

  /** It goes on taking texts: whoever holds codes clears it at the next good moment. */
  get isFull(): boolean {
    return this.#count >= FULL_TEXTS || this.#used >= FULL_BYTES
  }

  /** Code of `bytes[from, to)`, valid UTF-8. */
  codeOf(bytes: Buffer, from: number, to: number): number {
    return this.codeOfHashed(bytes, from, to, hashOfText(bytes, this.#viewOf(bytes), from, to))
  }

  /** `hash`: of these bytes, {@link mixWord} of each four and of the rest, then {@link endHash}. */
  codeOfHashed(bytes: Buffer, from: number, to: number, hash: number): number {
    const length = to - from
    const view = this.#viewOf(bytes)
    let place = hash & this.#mask
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const code = this.#table[place]!
      if (code === 0) return this.#add(bytes, from, length, hash, place)
      if (this.#hashes[code] === hash && this.#isSame(code, bytes, view, from, length)) return code
      place = (place + 1) & this.#mask
    }
    return this.#codeOfOdd(bytes.toString('utf8', from, to))
  }

  codeOfText(text: string): number {
    const bytes = Buffer.from(text)
    if (isWellFormed(text)) return this.codeOf(bytes, 0, bytes.length)
    const code = this.#codeOfOdd(text)
    if (!this.#spelled.has(code)) this.#spelled.set(code, this.codeOf(bytes, 0, bytes.length))
    return code
  }

  /** The code of a text as UTF-8 has it, where a half of a surrogate pair is U+FFFD: names that the store holds as bytes are one by it. */
  asUtf8(code: number): number {
    return this.#spelled.size === 0 ? code : (this.#spelled.get(code) ?? code)
  }

  /** The text of a code; null of 0. */
  textOf(code: number): string | null {
    if (code === 0) return null
    return (this.#strings[code] ??= this.#arena.toString('utf8', this.#starts[code], this.#starts[code + 1]))
  }

  /** Forgets everything: all codes given out so far are void. */
  clear(): void {
    this.#table.fill(0)
    this.#count = this.#used = 0
    this.#strings = ['']
    this.#odd.clear()
    this.#spelled.clear()
    this.epoch++
  }

  #isSame(code: number, bytes: Buffer, view: DataView, from: number, length: number): boolean {
    const start = this.#starts[code]!
    if (this.#starts[code + 1]! - start !== length) return false
    const arena = this.#arena
    const arenaView = this.#arenaView
    let i = 0
    for (const last = length - 4; i <= last; i += 4)
      if (arenaView.getInt32(start + i) !== view.getInt32(from + i)) return false
    for (; i < length; i++) if (arena[start + i] !== bytes[from + i]) return false
    return true
  }

  /** Of the buffer asked for last: records of one batch share theirs. */
  #viewOf(bytes: Buffer): DataView {
    if (bytes !== this.#viewed) {
      this.#viewed = bytes
      this.#view = viewOf(bytes)
    }
    return this.#view
  }

  #add(bytes: Buffer, from: number, length: number, hash: number, place: number): number {
    const code = ++this.#count
    this.#makeRoom(length)
    this.#starts[code] = this.#used
    for (let i = 0; i < length; i++) this.#arena[this.#used + i] = bytes[from + i]!
    this.#used += length
    this.#starts[code + 1] = this.#used
    this.#hashes[code] = hash
    this.#table[place] = code
    if (this.#count * 2 > this.#mask) this.#grow()
    return code
  }

  /** A text that is kept by itself takes a code of its own, whose place in the arena is empty; no lookup by bytes finds it. */
  #codeOfOdd(text: string): number {
    const had = this.#odd.get(text)
    if (had !== undefined) return had
    const code = ++this.#count
    this.#makeRoom(0)
    this.#starts[code] = this.#starts[code + 1] = this.#used
    this.#strings[code] = text
    this.#odd.set(text, code)
    return code
  }

  #makeRoom(length: number): void {
    if (this.#used + length > this.#arena.length) {
      const larger = Buffer.alloc(Math.max(this.#arena.length * 2, this.#used + length))
      this.#arena.copy(larger, 0, 0, this.#used)
      this.#arena = larger
      this.#arenaView = viewOf(larger)
    }
    if (this.#count + 2 < this.#starts.length) return
    const starts = new Int32Array(this.#starts.length * 2)
    starts.set(this.#starts)
    this.#starts = starts
    const hashes = new Int32Array(starts.length)
    hashes.set(this.#hashes)
    this.#hashes = hashes
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2)
    this.#mask = this.#table.length - 1
    const odd = new Set(this.#odd.values())
    for (let code = 1; code <= this.#count; code++) if (!odd.has(code)) this.#put(code)
  }

  #put(code: number): void {
    let place = this.#hashes[code]! & this.#mask
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      if (this.#table[place] === 0) {
        this.#table[place] = code
        return
      }
      place = (place + 1) & this.#mask
    }
    this.#odd.set(this.textOf(code)!, code)
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** `view`: of the bytes. */
export function hashOfText(bytes: Buffer, view: DataView, from: number, to: number): number {
  let hash = 0
  let at = from
  for (const last = to - 4; at <= last; at += 4) hash = mixWord(hash, view.getInt32(at, true))
  let rest = 0
  for (let shift = 0; at < to; at++, shift += 8) rest |= bytes[at]! << shift
  return endHash(mixWord(hash, rest), to - from)
}

/** One step of a hash, four bytes a step, the first one lowest: as MurmurHash3 takes them. What is left over is a step too, with zeros above it. */
export function mixWord(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51)
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

export function endHash(hash: number, length: number): number {
  const all = hash ^ length
  return all ^ (all >>> 15)
}

/** No half of a surrogate pair stands alone. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
