/**
 * How many numbers fell into each bin: those counted in ascending order of the bins, and those that came since, in the order they came. Adding costs a
 * push; whoever asks puts them in order.
 */

/** So many that came are always borne; beyond that as many as there are bins. */
const MOST_UNORDERED = 1024
/** Up to so many, sorting by insertion is the fastest. */
const FEW = 24

let scratch = new Int32Array(MOST_UNORDERED)

export class BinCounts {
  readonly #bins: number[] = []
  readonly #counts: number[] = []
  #came: number[] = []

  add(bin: number): void {
    const came = this.#came
    came.push(bin)
    if (came.length > MOST_UNORDERED && came.length > this.#bins.length) this.#settle()
  }

  /** `from` stays as it is, and nothing of it is shared. */
  addAll(from: BinCounts): void {
    const came = from.#came
    for (let at = 0; at < came.length; at++) this.add(came[at]!)
    if (from.#bins.length > 0) this.#merge(from.#bins, from.#counts, from.#bins.length)
  }

  /** Ascending bins, and how many numbers each has; not to be written to. */
  get sorted(): { readonly bins: readonly number[]; readonly counts: readonly number[] } {
    if (this.#came.length > 0) this.#settle()
    return { bins: this.#bins, counts: this.#counts }
  }

  /** A bin past all others. */
  push(bin: number, count: number): void {
    this.#bins.push(bin)
    this.#counts.push(count)
  }

  #settle(): void {
    const bins = this.#came
    const { length } = bins
    if (length <= FEW) insertionSort(bins)
    else {
      if (scratch.length < length) scratch = new Int32Array(length * 2)
      for (let at = 0; at < length; at++) scratch[at] = bins[at]!
      scratch.subarray(0, length).sort()
      for (let at = 0; at < length; at++) bins[at] = scratch[at]!
    }
    const counts = [1]
    let size = 1
    for (let at = 1; at < length; at++) {
      if (bins[size - 1] === bins[at]) counts[size - 1]!++
      else {
        bins[size++] = bins[at]!
        counts.push(1)
      }
    }
    this.#came = []
    this.#merge(bins, counts, size)
  }

  /** Adds the first `size` of bins in ascending order, from the end on, so that nothing is written over before it is read. */
  #merge(bins: readonly number[], counts: readonly number[], size: number): void {
    const [ours, sums] = [this.#bins, this.#counts]
    let [missing, at] = [0, 0]
    for (let n = 0; n < size; n++) {
      while (at < ours.length && ours[at]! < bins[n]!) at++
      if (at === ours.length || ours[at] !== bins[n]) missing++
    }
    let [own, other] = [ours.length - 1, size - 1]
    for (let n = 0; n < missing; n++) {
      ours.push(0)
      sums.push(0)
    }
    for (let to = ours.length - 1; other >= 0; to--) {
      const bin = bins[other]!
      if (own >= 0 && ours[own]! >= bin) {
        const sum = ours[own] === bin ? sums[own]! + counts[other--]! : sums[own]!
        ours[to] = ours[own]!
        sums[to] = sum
        own--
      } else {
        ours[to] = bin
        sums[to] = counts[other--]!
      }
    }
  }
}

function insertionSort(bins: number[]): void {
  for (let at = 1; at < bins.length; at++) {
    const bin = bins[at]!
    let to = at
    for (; to > 0 && bins[to - 1]! > bin; to--) bins[to] = bins[to - 1]!
    bins[to] = bin
  }
}
