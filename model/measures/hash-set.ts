/**
 * A set of 48-bit hashes: those known in ascending order, and those that came since, in the order they came and perhaps more than once. Adding costs a
 * push; whoever asks puts them in order. Plain arrays of doubles, as a typed array costs more than the few hashes that most cells hold.
 */
import type { ByteReader, ByteWriter } from '../varint.ts'

const HASH_BYTES = 6
/** So many that came are always borne; beyond that as many as are known. */
const MOST_UNORDERED = 1024
/** Up to so many, sorting by insertion is the fastest. */
const FEW = 24

let scratch = new Float64Array(MOST_UNORDERED)

export class HashSet {
  readonly #known: number[] = []
  #came: number[] = []

  /** Distinct hashes; puts them in order. */
  get size(): number {
    return this.sorted.length
  }

  /** No less than {@link size}, and at once. */
  get atMost(): number {
    return this.#known.length + this.#came.length
  }

  add(hash: number): void {
    const came = this.#came
    if (came.length > 0 && came[came.length - 1] === hash) return
    came.push(hash)
    if (came.length > MOST_UNORDERED && came.length > this.#known.length) this.#settle()
  }

  /** `from` stays as it is, and nothing of it is shared. */
  addAll(from: HashSet): void {
    const came = from.#came
    for (let at = 0; at < came.length; at++) this.add(came[at]!)
    const known = from.#known
    if (known.length > FEW) unite(this.#known, known, known.length)
    else for (let at = 0; at < known.length; at++) this.add(known[at]!)
  }

  /** In ascending order; not to be written to. */
  get sorted(): readonly number[] {
    if (this.#came.length > 0) this.#settle()
    return this.#known
  }

  /** Ascending, big end first. */
  pack(out: ByteWriter): void {
    const { sorted } = this
    out.natural(sorted.length * HASH_BYTES)
    for (let at = 0; at < sorted.length; at++) out.sixBytes(sorted[at]!)
  }

  /** Throws RangeError on bytes that are no set. */
  static unpack(from: ByteReader): HashSet {
    const bytes = from.sized()
    if (bytes.length % HASH_BYTES !== 0) throw new RangeError('packed bytes are no set of texts')
    const set = new HashSet()
    let before = -1
    for (let place = 0; place < bytes.length; place += HASH_BYTES) {
      const hash = bytes.readUIntBE(place, HASH_BYTES)
      if (hash <= before) throw new RangeError('packed bytes are no set of texts in order')
      set.#known.push((before = hash))
    }
    return set
  }

  #settle(): void {
    const came = this.#came
    const { length } = came
    if (length <= FEW) insertionSort(came)
    else {
      if (scratch.length < length) scratch = new Float64Array(length * 2)
      for (let at = 0; at < length; at++) scratch[at] = came[at]!
      scratch.subarray(0, length).sort()
      for (let at = 0; at < length; at++) came[at] = scratch[at]!
    }
    let count = 1
    for (let at = 1; at < length; at++) if (came[at] !== came[count - 1]) came[count++] = came[at]!
    this.#came = []
    unite(this.#known, came, count)
  }
}

function insertionSort(hashes: number[]): void {
  for (let at = 1; at < hashes.length; at++) {
    const hash = hashes[at]!
    let to = at
    for (; to > 0 && hashes[to - 1]! > hash; to--) hashes[to] = hashes[to - 1]!
    hashes[to] = hash
  }
}

/** Adds the first `count` of `more` to `known`; both ascend. Where some are new they are moved from the end on, so that none is written over. */
function unite(known: number[], more: readonly number[], count: number): void {
  let [missing, at] = [0, 0]
  for (let n = 0; n < count; n++) {
    at = placeOf(known, more[n]!, at)
    if (at === known.length || known[at] !== more[n]) missing++
  }
  if (missing === 0) return
  let [own, other] = [known.length - 1, count - 1]
  for (let n = 0; n < missing; n++) known.push(0)
  for (let to = known.length - 1; other >= 0; to--) {
    const hash = more[other]!
    if (own >= 0 && known[own]! >= hash) {
      if (known[own] === hash) other--
      known[to] = known[own--]!
    } else {
      known[to] = hash
      other--
    }
  }
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
