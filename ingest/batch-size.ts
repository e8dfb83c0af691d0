/**
 * How many pairs the next call may write. Small while live, so that what just came is soon applied; larger while catching up, as a call costs less the
 * more of a window's events it adds up, but never so large that queries of the store would wait for it for long.
 */
export const LEAST_PAIRS = 700
export const MOST_PAIRS = 2800
/** How long one call may keep the store busy. */
const CALL_MS = 24
/** Calls whose time is looked at: the fastest of them says what the store itself takes, the others waited for something. */
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
  #answeredMs = -Infinity
  #bytesAPair = 0

  /** For the next batch. */
  get pairs(): number {
    const fastest = Math.min(...this.#msAPair)
    const inTime = this.#msAPair.length === 0 ? LEAST_PAIRS * 2 : Math.floor(CALL_MS / fastest)
    const pairs = Math.max(LEAST_PAIRS, Math.min(this.#pairs, inTime, MOST_PAIRS))
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

  /** A call that wrote so many pairs was answered now, by a clock that never goes back. */
  answered(pairs: number, callMs: number, nowMs: number): void {
    // A call that was sent behind another one was waited for no longer than since that one's answer.
    const tookMs = Math.min(callMs, nowMs - this.#answeredMs)
    this.#answeredMs = nowMs
    if (pairs < TELLING_PAIRS || !(tookMs > 0)) return
    this.#msAPair.push(tookMs / pairs)
    if (this.#msAPair.length > CALLS_SEEN) this.#msAPair.shift()
  }
}
