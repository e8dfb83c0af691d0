/**
 * A set of 48-bit hashes, in ascending order. A plain array of doubles, no longer than what it holds, as a typed array costs more than the few hashes that
 * most cells hold.
 */
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'
import { sortFirst } from './sort-first.ts'

const HASH_BYTES = 6
const NONE: number[] = []

/** Doubles alone: what is cut out of it is an array of doubles too. */
const exact = [0.5]
let scratch = new Float64Array(1024)

export class HashSet {
  #known = NONE

  get size(): number {
    return this.#known.length
  }

  /** The first `count`, in any order and perhaps more than once; they are put in order, those that were not in it first: answers how many that are. */
  addAll(hashes: Float64Array, count: number): number {
    return this.#unite(hashes, distinct(hashes, count))
  }

  /** `from` stays as it is, and nothing of it is shared. */
  unite(from: HashSet): void {
    const known = from.#known
    if (this.#known.length === 0) {
      this.#known = known.slice()
      return
    }
    if (scratch.length < known.length) scratch = new Float64Array(known.length * 2)
    for (let at = 0; at < known.length; at++) scratch[at] = known[at]!
    this.#unite(scratch, known.length)
  }

  /** In ascending order; not to be written to. */
  get sorted(): readonly number[] {
    return this.#known
  }

  /** Ascending, big end first. */
  pack(out: ByteWriter): void {
    const known = this.#known
    out.natural(known.length * HASH_BYTES)
    out.sixBytesEach(known, 0, known.length)
  }

  /** In ascending order, each once. */
  static of(sorted: number[]): HashSet {
    const set = new HashSet()
    set.#known = sorted
    return set
  }

  /** Throws RangeError on bytes that are no set of at most so many. */
  static unpack(from: ByteReader, most: number): HashSet {
    const set = new HashSet()
    set.#known = []
    read(from, most, (hash) => set.#known.push(hash))
    return set
  }

  /** Reads past one; throws as {@link unpack} does. */
  static pass(from: ByteReader, most: number): void {
    read(from, most, () => {})
  }

  #unite(more: Float64Array, count: number): number {
    if (this.#known.length > 0) return unite(this.#known, more, count)
    for (let at = 0; at < count; at++) exact[at] = more[at]!
    this.#known = exact.slice(0, count)
    return count
  }
}

/** Puts the first `count` in order, each once; answers how many are left. Behind them stand some of them again. */
export function distinct(hashes: Float64Array, count: number): number {
  sortFirst(hashes, count)
  let size = Math.min(count, 1)
  for (let at = 1; at < count; at++) if (hashes[at] !== hashes[size - 1]) hashes[size++] = hashes[at]!
  return size
}

function read(from: ByteReader, most: number, known: (hash: number) => void): void {
  const bytes = from.sized()
  if (bytes.length % HASH_BYTES !== 0 || bytes.length > most * HASH_BYTES)
    throw new RangeError('packed bytes are no set of texts')
  let before = -1
  for (let place = 0; place < bytes.length; place += HASH_BYTES) {
    const hash = bytes.readUIntBE(place, HASH_BYTES)
    if (hash <= before) throw new RangeError('packed bytes are no set of texts in order')
    known((before = hash))
  }
}

/**
 * Adds the first `count` of `more` to `known`; both ascend. Answers how many were new: they are the first of `more` then. Where there are some, those
 * known are moved from the end on, so that none is written over.
 */
function unite(known: number[], more: Float64Array, count: number): number {
  let [fresh, at] = [0, 0]
  for (let n = 0; n < count; n++) {
    at = placeOf(known, more[n]!, at)
    if (at === known.length || known[at] !== more[n]) more[fresh++] = more[n]!
  }
  let own = known.length - 1
  for (let n = 0; n < fresh; n++) known.push(0)
  for (let [to, other] = [known.length - 1, fresh - 1]; other >= 0; to--) {
    const hash = more[other]!
    if (own >= 0 && known[own]! > hash) known[to] = known[own--]!
    else {
      known[to] = hash
      other--
    }
  }
  return fresh
}

/** The first place from `from` on that holds no less than `hash`: doubling steps, then halving, so that near and far are both cheap. */
function placeOf(known: readonly number[], hash: number, from: number): number {
  let [low, step] = [from, 1]
  while (low + step <= known.length && known[low + step - 1]! < hash) {
    low += step
    step *= 2
  }
  let high = Math.min(low + step, known.length)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (known[middle]! < hash) low = middle + 1
    else high = middle
  }
  return low
}
