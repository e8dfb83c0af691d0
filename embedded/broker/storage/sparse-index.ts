import type { BatchHeader } from '../protocol/record-batch.ts'

/** A new entry for every so many bytes of log: one entry costs 24 bytes of memory. */
export const INDEX_INTERVAL_BYTES = 4096

/** Where to start reading a segment to find an offset or a time: some batches' places, in order. Kept in memory, rebuilt at start. */
export class SparseIndex {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  /** The youngest time of any batch up to and including the entry's own. */
  readonly #timesMs: number[] = []
  #youngestMs = -1

  add(header: BatchHeader, position: number): void {
    this.#youngestMs = Math.max(this.#youngestMs, header.maxTimestampMs)
    const last = this.#positions.at(-1)
    if (last !== undefined && position - last < INDEX_INTERVAL_BYTES) return
    this.#offsets.push(header.baseOffset)
    this.#positions.push(position)
    this.#timesMs.push(this.#youngestMs)
  }

  /** The youngest time in the segment, ms; -1 when empty. */
  get youngestMs(): number {
    return this.#youngestMs
  }

  /** A position at or before the batch that holds `offset`, and at most one interval away from it. */
  positionForOffset(offset: number): number {
    return this.#positions[lastAtMost(this.#offsets, offset)] ?? 0
  }

  /** A position at or before the first batch that is at least as young as `timeMs`. */
  positionForTime(timeMs: number): number {
    // The last entry that is wholly older: every batch before it is older too.
    return this.#positions[lastAtMost(this.#timesMs, timeMs - 1)] ?? 0
  }
}

/** The index of the last of the ascending `values` that is at most `limit`; -1 when there is none. */
function lastAtMost(values: readonly number[], limit: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
