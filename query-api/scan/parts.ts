/** Answers to the part of a log that is read so far: one at a time, seldom enough to leave the process to others, and none once all is read. */

/** At most this part of the time goes into them. */
const SHARE = 0.1

export interface PartsOptions<A> {
  readonly make: () => Promise<A>
  readonly told: (part: A) => void
  readonly forget: () => void
  /** Shortest time between two. */
  readonly leastMs: number
}

export class Parts<A> {
  readonly #options: PartsOptions<A>
  #isEnded = false
  #isMaking = false
  #hasMore = false
  #nextMs = -Infinity
  #timer: NodeJS.Timeout | null = null

  constructor(options: PartsOptions<A>) {
    this.#options = options
  }

  /** More is read. */
  more(): void {
    this.#hasMore = true
    this.#schedule()
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (!this.#isMaking) this.#options.forget()
  }

  #schedule(): void {
    if (this.#isEnded || this.#isMaking || !this.#hasMore || this.#timer !== null) return
    const waitMs = Math.max(0, this.#nextMs - performance.now())
    this.#timer = setTimeout(() => void this.#make(), waitMs)
  }

  async #make(): Promise<void> {
    const { make, told, forget, leastMs } = this.#options
    this.#timer = null
    this.#isMaking = true
    this.#hasMore = false
    const beganMs = performance.now()
    try {
      const part = await make()
      if (!this.#isEnded) told(part)
    } catch {
      // Why there is no answer is said by the answer itself; a part that cannot be made is none.
    } finally {
      this.#isMaking = false
      this.#nextMs = beganMs + Math.max(leastMs, (performance.now() - beganMs) / SHARE)
      if (this.#isEnded) forget()
    }
    this.#schedule()
  }
}
