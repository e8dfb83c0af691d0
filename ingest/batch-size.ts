/**
 * How many pairs the next call may write. Small while live, so that what just came is soon applied; larger while catching up, as a call costs less the
 * more of a window's events it adds up, but never so large that queries of the store would wait for it for long. What a call takes is what the store says
 * that it worked on it: the time until it answers is mostly that of other partitions' calls, and would keep calls small where there is most to do.
 */
export const LEAST_PAIRS = 700
export const MOST_PAIRS = 8400
/** While the store did not say yet what a pair takes. */
const UNTOLD_PAIRS = 2 * LEAST_PAIRS
/** How long one call may keep the store busy. */
const CALL_MS = 24
/** Calls whose time is looked at. The fastest counts: a store that only has a clock to go by was kept from its work in the others. */
const CALLS_SEEN = 12
/** A call of fewer says more of its way than of its work. */
const TELLING_PAIRS = LEAST_PAIRS / 2
/** What a call should carry at most, about: cells that count different texts have up to 60 kB each. */
export const MOST_CALL_BYTES = 1 << 20
/** So many bytes a pair and fewer never shorten a call. */
const PLAIN_BYTES = MOST_CALL_BYTES / MOST_PAIRS

export class BatchSize {
  #pairs = LEAST_PAIRS
  #msAPair: number[] = []
  #inTime = UNTOLD_PAIRS
  #bytesAPair = 0

  /** For the next batch. */
  get pairs(): number {
    const pairs = Math.max(LEAST_PAIRS, Math.min(this.#pairs, this.#inTime, MOST_PAIRS))
    return this.#bytesAPair <= PLAIN_BYTES
      ? pairs
      : Math.max(1, Math.min(pairs, Math.floor(MOST_CALL_BYTES / this.#bytesAPair)))
  }

  /** A batch was folded. `wasCutShort`: it was full, and more is waiting. The rest of a fetch says nothing: catching up goes on with the next one. */
  folded(wasCutShort: boolean): void {
    const pairs = wasCutShort ? this.#pairs * 2 : this.#pairs / 2
    this.#pairs = Math.max(LEAST_PAIRS, Math.min(pairs, MOST_PAIRS))
  }

  /** A call of so many bytes was made. Large cells stay large for a while: what they took is forgotten by halves. */
  made(pairs: number, bytes: number): void {
    if (pairs > 0) this.#bytesAPair = Math.max(bytes / pairs, this.#bytesAPair / 2)
  }

  /** A call that wrote so many pairs was answered, and the store worked on it for so long; null = it could not say. */
  answered(pairs: number, storeMs: number | null): void {
    if (pairs < TELLING_PAIRS || storeMs === null) return
    this.#msAPair.push(storeMs / pairs)
    if (this.#msAPair.length > CALLS_SEEN) this.#msAPair.shift()
    this.#inTime = Math.floor(CALL_MS / Math.min(...this.#msAPair))
  }
}
