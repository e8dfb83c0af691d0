/** A partition that waits for the store: one line when that begins or its reason changes, one when it is over; and what a probe may say of it meanwhile. */
import { StoreError, type StoreErrorCode } from '../store/errors.ts'

export interface StoreWait {
  readonly code: StoreErrorCode
  readonly says: string
  readonly sinceMs: number
}

/** The same reason is said again after this long. */
const AGAIN_AFTER_MS = 60_000

export class Outage {
  readonly #log: (line: string, level?: 'warn') => void
  readonly #nowMs: () => number
  #saidMs = 0
  #wait: StoreWait | null = null

  constructor(log: (line: string, level?: 'warn') => void, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
  }

  get wait(): StoreWait | null {
    return this.#wait
  }

  note(error: Error): void {
    if (!(error instanceof StoreError))
      return this.#log(`${error.message}; asking the store where it stands`, 'warn')
    const nowMs = this.#nowMs()
    const isSame = this.#wait?.code === error.code
    if (!isSame || nowMs - this.#saidMs > AGAIN_AFTER_MS) {
      this.#saidMs = nowMs
      this.#log(`${error.code}: ${error.message}; it is asked again until it takes the next records`, 'warn')
    }
    this.#wait = { code: error.code, says: error.says, sinceMs: this.#wait?.sinceMs ?? nowMs }
  }

  over(): void {
    if (this.#wait === null) return
    this.#log(
      `counts on, after ${((this.#nowMs() - this.#wait.sinceMs) / 1000).toFixed(1)} s without the store`,
    )
    this.#wait = null
  }
}
