/**
 * When a live query is computed next. Pure; times are passed in. The first change after a quiet while goes out at once. In a burst the
 * changes that arrive between two frames share the next one, and frames grow apart as they cost more: a query is at work for a third
 * of the time at most, its wait behind the other queries and its writes to all readers included.
 */
export interface PaceOptions {
  /** Shortest time between two frames that changes ask for, ms. */
  readonly everyMs: number
  /** Times that, as of now (load.ts). */
  readonly stretch?: () => number
  /** Without changes it is computed this often, because the time up to which all is known moves on, ms. */
  readonly quietMs: number
}

const TIMES_ITS_COST = 3
/** Of a dearer computation, how much counts; a cheaper one counts at once: what a busy machine adds is no cost of the query. */
const SHARE_OF_DEARER = 0.2

export class Pace {
  readonly #options: PaceOptions
  #costMs = 0
  #beganMs = Number.NEGATIVE_INFINITY
  /** When the last computation began that a change had asked for. */
  #changeMs = Number.NEGATIVE_INFINITY

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** A computation begins; `isChange`: something was counted since the one before. */
  begin(nowMs: number, isChange: boolean): void {
    this.#beganMs = nowMs
    if (isChange) this.#changeMs = nowMs
  }

  /** It took so long, until the last reader had its frame. */
  end(tookMs: number): void {
    this.#costMs = tookMs < this.#costMs ? tookMs : this.#costMs + (tookMs - this.#costMs) * SHARE_OF_DEARER
  }

  /** How long to wait from now; 0 = at once. A clock that was set back does not stop it for longer than a quiet while. */
  waitMs(nowMs: number, isChange: boolean): number {
    const { everyMs, quietMs, stretch = () => 1 } = this.#options
    const atMs = isChange
      ? Math.max(this.#changeMs + everyMs * stretch(), this.#beganMs + this.#costMs * TIMES_ITS_COST)
      : this.#beganMs + Math.max(quietMs, this.#costMs * TIMES_ITS_COST)
    return Math.min(Math.max(atMs - nowMs, 0), Math.max(quietMs, this.#costMs * TIMES_ITS_COST))
  }
}
