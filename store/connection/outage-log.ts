/** What is said of a store that is away: one line when it begins or its reason changes, one when it is over; not one an attempt. */
import type { StoreError } from '../errors.ts'

/** The same reason again after this long is worth another line. */
const AGAIN_AFTER_MS = 60_000

export class OutageLog {
  readonly #log: (line: string, level?: 'warn') => void
  readonly #said = new Map<string, number>()
  #last: StoreError | null = null

  constructor(log: (line: string, level?: 'warn') => void) {
    this.#log = log
  }

  /** The latest trouble of this outage; null while there is none. */
  get last(): StoreError | null {
    return this.#last
  }

  trouble(error: StoreError): void {
    this.#last = error
    const nowMs = performance.now()
    if (nowMs - (this.#said.get(error.message) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return
    this.#said.set(error.message, nowMs)
    this.#log(`store: ${error.message}`, 'warn')
  }

  over(): void {
    if (this.#last !== null) this.#log('store: it answers again')
    this.#last = null
    this.#said.clear()
  }
}
