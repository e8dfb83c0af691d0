/**
 * How many pairs the next call may write. Small while live, so that what just came is soon applied; larger while catching up, as a call costs less the
 * more of a window's events it adds up, but never so large that queries of the store would wait for it for long.
 */
export const LEAST_PAIRS = 700
export const MOST_PAIRS = 2800
/** How long one call may keep the store busy. */
const CALL_MS = 12
/** Calls whose time is looked at: the fastest of them says what the store itself takes, the others waited for something. */
const CALLS_SEEN = 8
/** A call of fewer says more of its way than of its work. */
const TELLING_PAIRS = LEAST_PAIRS / 2

export class BatchSize {
  #pairs = LEAST_PAIRS
  #msAPair: number[] = []

  /** For the next batch. */
  get pairs(): number {
    const fastest = Math.min(...this.#msAPair)
    const inTime = this.#msAPair.length === 0 ? LEAST_PAIRS * 2 : Math.floor(CALL_MS / fastest)
    return Math.max(LEAST_PAIRS, Math.min(this.#pairs, inTime, MOST_PAIRS))
  }

  /** A batch was folded. `wasCutShort`: it was full, and more is waiting. */
  folded(wasCutShort: boolean): void {
    this.#pairs = wasCutShort ? Math.min(this.#pairs * 2, MOST_PAIRS) : LEAST_PAIRS
  }

  /** A call that wrote so many pairs was answered. */
  answered(pairs: number, callMs: number): void {
    if (pairs < TELLING_PAIRS || !(callMs > 0)) return
    this.#msAPair.push(callMs / pairs)
    if (this.#msAPair.length > CALLS_SEEN) this.#msAPair.shift()
  }
}
