/**
 * One reader of server-sent events. Its memory is bounded: what it is sent is one copy of the bytes for all readers, and while its socket
 * does not take more, nothing is queued but the numbers of the queries that moved on; when it drains, each of them is sent whole, once. A
 * reader that takes nothing for half a minute is cut; sooner, where those that do not read hold too many different bytes.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Frame } from './frame.ts'
import type { Outbox } from './outbox.ts'

const CUT_AFTER_MS = 30_000
/** Different bytes that blocked readers hold, together. */
export const HELD_BYTES_MAX = 64 * 2 ** 20

/** The bytes that blocked readers wait for, each counted once however many hold them. */
export class Held {
  readonly #holders = new Map<Buffer, number>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** False where they are too many; then none is held. */
  hold(bodies: readonly Buffer[]): boolean {
    for (const [n, body] of bodies.entries()) {
      const holders = this.#holders.get(body) ?? 0
      if (holders === 0 && this.#bytes + body.length > HELD_BYTES_MAX) {
        this.letGo(bodies.slice(0, n))
        return false
      }
      if (holders === 0) this.#bytes += body.length
      this.#holders.set(body, holders + 1)
    }
    return true
  }

  letGo(bodies: readonly Buffer[]): void {
    for (const body of bodies) {
      const holders = this.#holders.get(body) ?? 0
      if (holders > 1) this.#holders.set(body, holders - 1)
      else if (this.#holders.delete(body)) this.#bytes -= body.length
    }
  }
}

export interface EventStreamOptions {
  /** Writes the newest whole answer of a query that was missed meanwhile. */
  readonly resend: (q: number) => void
  /** How far the reader is with this frame; empty where it is not to be said. */
  readonly idOf: (q: number, frame: Frame) => string
  readonly closed: () => void
  readonly held: Held
  readonly outbox: Outbox
}

export class EventStream {
  readonly #response: ServerResponse
  /** Past the headers its bytes are the body's: they go there without a detour, a thousand readers are many detours. */
  readonly #socket: Socket
  readonly #options: EventStreamOptions
  readonly #behind = new Set<number>()
  /** Pieces of frames that go out in one write. */
  #gathered: Buffer[] = []
  #blocked: { readonly timer: NodeJS.Timeout; readonly bodies: readonly Buffer[] } | null = null
  #closed = false

  /** The headers are sent, and say that the body ends with the connection. */
  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response
    this.#socket = response.socket!
    this.#options = options
    this.#socket.on('drain', () => this.#drained())
    response.on('error', () => response.destroy())
    response.on('close', () => {
      this.#closed = true
      this.#gathered = []
      options.outbox.gone(this)
      this.#unblock()
      options.closed()
    })
  }

  get isBlocked(): boolean {
    return this.#blocked !== null
  }

  /** Sends a frame, or notes that the query `q` has moved on where the reader is too slow. */
  send(q: number, frame: Frame): void {
    if (this.#closed) return
    if (this.#behind.size > 0) this.#behind.delete(q)
    if (this.isBlocked) this.#behind.add(q)
    // Who lacks something else comes back, if need be, from before that.
    else this.#gather(frame.pieces(q, this.#behind.size > 0 ? '' : this.#options.idOf(q, frame)))
  }

  /** Nobody asks for it any more. */
  drop(q: number): void {
    this.#behind.delete(q)
  }

  /** A sign of life; a blocked reader has no use for one. */
  heartbeat(bytes: Buffer): void {
    if (!this.#closed && !this.isBlocked) this.#gather([bytes])
  }

  end(): void {
    this.flush()
    this.#closed = true
    this.#response.end()
  }

  /** At once, whatever it still had to read. */
  cut(): void {
    this.#response.destroy()
  }

  /** Writes what was gathered, in one go. */
  flush(): void {
    const pieces = this.#gathered
    if (pieces.length === 0 || this.#closed) return
    this.#gathered = []
    const socket = this.#socket
    let took = true
    if (pieces.length === 1) took = socket.write(pieces[0]!)
    else {
      socket.cork()
      for (const piece of pieces) took = socket.write(piece)
      socket.uncork()
    }
    // More than it would hold is no trouble where the kernel has it all.
    if (took || socket.writableLength === 0 || this.isBlocked) return
    if (!this.#options.held.hold(pieces)) return this.cut()
    const timer = setTimeout(() => this.cut(), CUT_AFTER_MS)
    timer.unref()
    this.#blocked = { timer, bodies: pieces }
  }

  #gather(pieces: readonly Buffer[]): void {
    if (this.#gathered.length === 0) this.#options.outbox.add(this)
    for (const piece of pieces) this.#gathered.push(piece)
  }

  #unblock(): void {
    if (this.#blocked === null) return
    clearTimeout(this.#blocked.timer)
    this.#options.held.letGo(this.#blocked.bodies)
    this.#blocked = null
  }

  #drained(): void {
    this.#unblock()
    for (const q of this.#behind) {
      if (this.isBlocked) return
      this.#behind.delete(q)
      this.#options.resend(q)
      this.flush() // one at a time: no more is held than it takes
    }
  }
}
