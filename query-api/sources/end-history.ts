/**
 * What is known of the end of one partition's log, and since when: every look at Kafka, thinned as it grows old. From it follows up to
 * when all is known that was counted (law L9): until the last look that saw an end which is not past `next`.
 */
interface Seen {
  end: number
  /** Looks that saw this end: the first and the last of them, ms. */
  firstMs: number
  lastMs: number
}

const KEPT = 256

export class EndHistory {
  #seen: Seen[] = []

  /** `atMs` is from before the question was sent: whatever was in the log by then is below `end`. */
  note(end: number, atMs: number): void {
    const last = this.#seen.at(-1)
    if (last !== undefined && (end < last.end || atMs < last.lastMs)) this.#seen = [] // another log, or a clock that was set: what was known is over
    if (last !== undefined && end === last.end && atMs >= last.lastMs) last.lastMs = atMs
    else this.#seen.push({ end, firstMs: atMs, lastMs: atMs })
    if (this.#seen.length > KEPT) this.#thin()
  }

  /** The newest, and when it was last seen. */
  get latest(): { end: number; atMs: number } | null {
    const last = this.#seen.at(-1)
    return last === undefined ? null : { end: last.end, atMs: last.lastMs }
  }

  /** The last look at which the log held nothing from `next` on; null where none did. */
  wholeUntilMs(next: number): number | null {
    return this.#seen.findLast(({ end }) => end <= next)?.lastMs ?? null
  }

  /** The first look that saw a record at or past `next`; null where none did. */
  behindSinceMs(next: number): number | null {
    return this.#seen.find(({ end }) => end > next)?.firstMs ?? null
  }

  /** Of the older half, two become one that says no more than both did. */
  #thin(): void {
    const half = Math.floor(this.#seen.length / 4) * 2
    const old = this.#seen.slice(0, half)
    const merged = old.flatMap((one, at): Seen[] =>
      at % 2 === 1 ? [{ end: one.end, firstMs: old[at - 1]!.firstMs, lastMs: one.lastMs }] : [],
    )
    this.#seen = [...merged, ...this.#seen.slice(half)]
  }
}
