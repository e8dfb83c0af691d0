/**
 * What is on its way to readers. A page looks at two dozen queries that are computed one after the other: their frames go out in one write to
 * each reader, as a write to a socket costs more than a frame. Nothing waits for it where one query alone is at work; where several are,
 * a frame waits for the others, for some milliseconds at most.
 */

/** A frame waits so long for those that are still worked out; longer where writing itself takes longer, because whatever comes after waits for that too. */
const HELD_MS = { least: 5, most: 30, timesAWrite: 2 } as const

export interface Outgoing {
  /** Writes all that it gathered. */
  flush(): void
}

export interface OutboxOptions {
  readonly now: () => number
  /** Calls `work` after so many ms; answers what keeps it from that. */
  readonly after: (ms: number, work: () => void) => () => void
}

const OPTIONS: OutboxOptions = {
  now: () => performance.now(),
  after(ms, work) {
    if (ms === 0) {
      const turn = setImmediate(work)
      return () => clearImmediate(turn)
    }
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}

export class Outbox {
  readonly #options: OutboxOptions
  readonly #waiting = new Set<Outgoing>()
  #written: (() => void)[] = []
  /** Computations that go on. */
  #atWork = 0
  #sinceMs = 0
  #heldMs: number = HELD_MS.least
  #cancel: (() => void) | null = null

  constructor(options = OPTIONS) {
    this.#options = options
  }

  /** There is something to be written. */
  add(one: Outgoing): void {
    this.#waiting.add(one)
    if (this.#cancel === null) this.#wait()
  }

  gone(one: Outgoing): void {
    this.#waiting.delete(one)
  }

  /** A query is worked out. */
  begin(): void {
    this.#atWork++
  }

  /** It has its answer, and told it; `written` hears when that is on its way. */
  end(written: () => void): void {
    this.#atWork--
    this.#written.push(written)
    const isOver = this.#cancel !== null && this.#options.now() - this.#sinceMs >= this.#heldMs
    if (this.#atWork === 0 || isOver || this.#waiting.size === 0) this.flush()
  }

  flush(): void {
    this.#cancel?.()
    this.#cancel = null
    if (this.#waiting.size > 0) this.#write()
    const written = this.#written
    this.#written = []
    for (const hear of written) hear()
  }

  #write(): void {
    const beganMs = this.#options.now()
    for (const one of this.#waiting) {
      this.#waiting.delete(one)
      one.flush()
    }
    const tookMs = this.#options.now() - beganMs
    this.#heldMs = Math.min(Math.max(HELD_MS.least, tookMs * HELD_MS.timesAWrite), HELD_MS.most)
  }

  /** What nobody computes comes along with what else is written in this turn of the loop. */
  #wait(): void {
    const { now, after } = this.#options
    this.#sinceMs = now()
    this.#cancel = after(this.#atWork === 0 ? 0 : this.#heldMs, () => this.flush())
  }
}
