/**
 * How many numbers fell into each bin, in ascending order of the bins. Plain arrays, no longer than what they hold: most cells have few bins.
 */
import { binOf, MOST_BIN } from './bins.ts'
import { sortFirst } from './sort-first.ts'

const NONE: number[] = []

/** So few numbers are sorted; of more, a place a bin is quicker. */
const FEW = 24
const places = new Float64Array(2 * MOST_BIN + 1)
const sorted = new Float64Array(FEW)

/** Bins and counts that {@link binned} put together. */
export const runs = { bins: [] as number[], counts: [] as number[] }

/** Puts the bins of the first `count` of `units`, which stay as they are, into {@link runs}; answers how many bins they are. */
export function binned(units: Float64Array, count: number): number {
  return count <= FEW ? fewBinned(units, count) : manyBinned(units, count)
}

function fewBinned(units: Float64Array, count: number): number {
  const { bins, counts } = runs
  for (let at = 0; at < count; at++) sorted[at] = binOf(units[at]!)
  sortFirst(sorted, count)
  let size = 0
  for (let at = 0; at < count; at++) {
    const bin = sorted[at]!
    if (size > 0 && bins[size - 1] === bin) counts[size - 1]!++
    else {
      bins[size] = bin
      counts[size++] = 1
    }
  }
  return size
}

function manyBinned(units: Float64Array, count: number): number {
  const { bins, counts } = runs
  let [least, most] = [MOST_BIN, -MOST_BIN]
  for (let at = 0; at < count; at++) {
    const bin = binOf(units[at]!)
    if (bin < least) least = bin
    if (bin > most) most = bin
    places[bin + MOST_BIN]!++
  }
  let size = 0
  for (let bin = least; bin <= most; bin++) {
    const its = places[bin + MOST_BIN]!
    if (its === 0) continue
    places[bin + MOST_BIN] = 0
    bins[size] = bin
    counts[size++] = its
  }
  return size
}

export class BinCounts {
  bins = NONE
  counts = NONE

  /** The first `count` of numbers, which stay as they are. */
  add(units: Float64Array, count: number): void {
    this.#merge(runs.bins, runs.counts, binned(units, count))
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
