/**
 * A replica says what it has on disk when it is asked, and else once a second; asked together with the write itself it does not have it yet. So it is asked again while
 * anybody waits: soon after somebody came or went, and less and less often where nothing moves.
 */
const FIRST_MS = 1
const MOST_MS = 20

export class Hurry {
  readonly #ask: () => Promise<unknown>
  #waiting = 0
  #timer: NodeJS.Timeout | null = null
  /** That the timer was armed with. */
  #timerMs = 0
  /** Until the next question, as long as nothing moves. */
  #nextMs = FIRST_MS
  #isAsking = false
  #isClosed = false

  /** `ask` reminds the replicas; whether it fails does not matter. */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask
  }

  /** Until the answer is called. */
  begin(): () => void {
    this.#waiting++
    this.#arm(FIRST_MS)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      if (--this.#waiting > 0) this.#arm(FIRST_MS)
    }
  }

  #arm(ms: number): void {
    this.#nextMs = ms
    if (this.#isAsking || this.#isClosed) return
    if (this.#timer !== null) {
      if (this.#timerMs <= ms) return
      clearTimeout(this.#timer)
    }
    this.#timerMs = ms
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#waiting === 0) return
      this.#isAsking = true
      this.#nextMs = Math.min(ms * 2, MOST_MS)
      const again = (): void => {
        this.#isAsking = false
        if (this.#waiting > 0) this.#arm(this.#nextMs)
      }
      this.#ask().then(again, again)
    }, ms)
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
