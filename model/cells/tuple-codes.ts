/** Pairs of codes as one code, so that a tuple of any length is a small number: the code of (a, b, c) is that of (code of (a, b), c). */

const FIRST_CAPACITY = 256

export class TupleCodes {
  #firsts = new Int32Array(FIRST_CAPACITY)
  #seconds = new Int32Array(FIRST_CAPACITY)
  #table = new Int32Array(FIRST_CAPACITY * 2)
  #count = 0

  get size(): number {
    return this.#count
  }

  /** Codes begin at 1. */
  of(first: number, second: number): number {
    const mask = this.#table.length - 1
    let place = placeOf(first, second) & mask
    for (;;) {
      const code = this.#table[place]!
      if (code === 0) break
      if (this.#firsts[code] === first && this.#seconds[code] === second) return code
      place = (place + 1) & mask
    }
    const code = ++this.#count
    if (code >= this.#firsts.length) this.#grow()
    this.#firsts[code] = first
    this.#seconds[code] = second
    this.#put(code)
    return code
  }

  clear(): void {
    this.#table.fill(0)
    this.#count = 0
  }

  #put(code: number): void {
    const mask = this.#table.length - 1
    let place = placeOf(this.#firsts[code]!, this.#seconds[code]!) & mask
    while (this.#table[place] !== 0) place = (place + 1) & mask
    this.#table[place] = code
  }

  #grow(): void {
    const [firsts, seconds] = [
      new Int32Array(this.#firsts.length * 2),
      new Int32Array(this.#firsts.length * 2),
    ]
    firsts.set(this.#firsts)
    seconds.set(this.#seconds)
    this.#firsts = firsts
    this.#seconds = seconds
    this.#table = new Int32Array(firsts.length * 2)
    for (let code = 1; code < this.#count; code++) this.#put(code)
  }
}

const placeOf = (first: number, second: number): number =>
  (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 7
