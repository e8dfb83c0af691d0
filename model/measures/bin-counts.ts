/**
 * How many numbers fell into each bin, in ascending order of the bins. Plain arrays, no longer than what they hold: most cells have few bins.
 */
import { binOf, MOST_BIN } from './bins.ts'

const NONE: number[] = []

/** So few numbers are sorted; of more, a place a bin is quicker. */
const FEW = 24
const places = new Float64Array(2 * MOST_BIN + 1)
const sorted = new Float64Array(FEW)
const sortedWeights = new Float64Array(FEW)
/** A bit for each place that is not 0. */
const filled = new Int32Array(Math.ceil(places.length / 32))
/** By place: one of the numbers that fell there. */
const seen = new Float64Array(2 * MOST_BIN + 1)

/** Bins and counts that {@link binned} put together. */
export const runs = { bins: [] as number[], counts: [] as number[] }

/**
 * Puts the bins of the first `count` of `units`, which stay as they are, into {@link runs}; answers how many bins they are. `weights`: how often each
 * of them came, else once.
 */
export function binned(units: Float64Array, count: number, weights?: Float64Array): number {
  return count <= FEW ? fewBinned(units, count, weights) : manyBinned(units, count, weights)
}

function fewBinned(units: Float64Array, count: number, weights: Float64Array | undefined): number {
  for (let at = 0; at < count; at++) {
    const bin = binOf(units[at]!)
    let to = at
    for (; to > 0 && sorted[to - 1]! > bin; to--) {
      sorted[to] = sorted[to - 1]!
      sortedWeights[to] = sortedWeights[to - 1]!
    }
    sorted[to] = bin
    sortedWeights[to] = weights === undefined ? 1 : weights[at]!
  }
  const { bins, counts } = runs
  let size = 0
  for (let at = 0; at < count; at++) {
    const bin = sorted[at]!
    if (size > 0 && bins[size - 1] === bin) counts[size - 1]! += sortedWeights[at]!
    else {
      bins[size] = bin
      counts[size++] = sortedWeights[at]!
    }
  }
  return size
}

function manyBinned(units: Float64Array, count: number, weights: Float64Array | undefined): number {
  const { bins, counts } = runs
  let [least, most] = [filled.length, 0]
  for (let at = 0; at < count; at++) {
    const place = binOf(units[at]!) + MOST_BIN
    const word = place >>> 5
    if (word < least) least = word
    if (word > most) most = word
    filled[word]! |= 1 << (place & 31)
    places[place]! += weights === undefined ? 1 : weights[at]!
    seen[place] = units[at]!
  }
  let size = 0
  for (let word = least; word <= most; word++) {
    for (let bits = filled[word]!; bits !== 0; bits &= bits - 1) {
      const place = word * 32 + 31 - Math.clz32(bits & -bits)
      bins[size] = place - MOST_BIN
      counts[size++] = places[place]!
      places[place] = 0
    }
    filled[word] = 0
  }
  return size
}

/**
 * Makes the first `count` of numbers, whose bins are the `size` in {@link runs}, into fewer that fall into the same bins as often, the least and the
 * greatest among them; answers how many they are now.
 */
export function condense(units: Float64Array, weights: Float64Array, count: number, size: number): number {
  if (count <= FEW || size + 1 >= count) return count
  let [min, max] = [units[0]!, units[0]!]
  for (let at = 1; at < count; at++) {
    const one = units[at]!
    if (one < min) min = one
    else if (one > max) max = one
  }
  for (let at = 0; at < size; at++) {
    units[at] = seen[runs.bins[at]! + MOST_BIN]!
    weights[at] = runs.counts[at]!
  }
  units[0] = min
  if (size > 1 || min === max) {
    units[size - 1] = max
    return size
  }
  weights[0]!--
  units[1] = max
  weights[1] = 1
  return 2
}

export class BinCounts {
  bins = NONE
  counts = NONE

  /** What {@link binned} answered last. */
  addRuns(size: number): void {
    this.#merge(runs.bins, runs.counts, size)
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
