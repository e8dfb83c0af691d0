/**
 * One reader of server-sent events. Its memory is bounded: while the socket does not take more, nothing is queued but the numbers of the
 * queries that moved on; when it drains, each of them is sent whole, once. A reader that takes nothing for half a minute is cut.
 */
import type { ServerResponse } from 'node:http'

const CUT_AFTER_MS = 30_000

export class EventStream {
  readonly #response: ServerResponse
  readonly #resend: (q: number) => void
  readonly #behind = new Set<number>()
  #blockedTimer: NodeJS.Timeout | null = null
  #closed = false

  /** `resend` writes the newest whole answer of a query that was missed meanwhile. */
  constructor(response: ServerResponse, resend: (q: number) => void, closed: () => void) {
    this.#response = response
    this.#resend = resend
    response.on('drain', () => this.#drained())
    response.on('error', () => response.destroy())
    response.on('close', () => {
      this.#closed = true
      if (this.#blockedTimer) clearTimeout(this.#blockedTimer)
      closed()
    })
  }

  get isBlocked(): boolean {
    return this.#blockedTimer !== null
  }

  /** Sends an event, or notes that the query `q` has moved on where the reader is too slow. `data` is one line. */
  send(event: string, q: number, data: string): void {
    if (this.#closed) return
    if (this.isBlocked) this.#behind.add(q)
    else this.#write(`event: ${event}\ndata: ${data}\n\n`)
  }

  /** A sign of life; a blocked reader has no use for one. */
  beat(data: string): void {
    if (!this.#closed && !this.isBlocked) this.#write(`event: beat\ndata: ${data}\n\n`)
  }

  end(): void {
    this.#closed = true
    this.#response.end()
  }

  #write(text: string): void {
    if (this.#response.write(text) || this.#blockedTimer !== null) return
    this.#blockedTimer = setTimeout(() => this.#response.destroy(), CUT_AFTER_MS)
    this.#blockedTimer.unref()
  }

  #drained(): void {
    if (this.#blockedTimer) clearTimeout(this.#blockedTimer)
    this.#blockedTimer = null
    for (const q of this.#behind) {
      if (this.isBlocked) return
      this.#behind.delete(q)
      this.#resend(q)
    }
  }
}
