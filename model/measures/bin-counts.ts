/**
 * How many numbers fell into each bin, in ascending order of the bins. Plain arrays, no longer than what they hold: most cells have few bins.
 */
const NONE: number[] = []

/** What {@link BinCounts.addSorted} adds, put together. */
const more = { bins: [] as number[], counts: [] as number[] }

export class BinCounts {
  bins = NONE
  counts = NONE

  /** The first `count` of bins in ascending order, one a number. */
  addSorted(sorted: Float64Array, count: number): void {
    const { bins, counts } = more
    let size = 0
    for (let at = 0; at < count; at++) {
      const bin = sorted[at]!
      if (size > 0 && bins[size - 1] === bin) counts[size - 1]!++
      else {
        bins[size] = bin
        counts[size++] = 1
      }
    }
    this.#merge(bins, counts, size)
  }

  /** `from` stays as it is, and nothing of it is shared. */
  unite({ bins, counts }: BinCounts): void {
    this.#merge(bins, counts, bins.length)
  }

  /** A bin past all others. */
  push(bin: number, count: number): void {
    if (this.bins === NONE) [this.bins, this.counts] = [[], []]
    this.bins.push(bin)
    this.counts.push(count)
  }

  /** Adds the first `size` of bins in ascending order, from the end on, so that nothing is written over before it is read. */
  #merge(bins: readonly number[], counts: readonly number[], size: number): void {
    if (this.bins.length === 0) {
      this.bins = bins.slice(0, size)
      this.counts = counts.slice(0, size)
      return
    }
    const [ours, sums] = [this.bins, this.counts]
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
