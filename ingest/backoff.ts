/** How long to wait after a failure: twice as long after each, until none came for a while. */
const FIRST_MS = 50
const MOST_MS = 2000
/** After so long without a failure the next one is another one. */
const CALM_MS = 10_000

export class Backoff {
  #waitMs = FIRST_MS
  #failedMs = -Infinity

  /** Of a failure now. Not by what went well in between: what fails time and again does so after the store has said where it stands. */
  failed(nowMs: number): number {
    const isNew = nowMs - this.#failedMs > CALM_MS
    this.#failedMs = nowMs
    return (this.#waitMs = isNew ? FIRST_MS : Math.min(this.#waitMs * 2, MOST_MS))
  }
}
