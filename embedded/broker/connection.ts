import type { Socket } from 'node:net'
import { Reader, Writer } from './protocol/codec.ts'
import { MalformedRequest } from './protocol/errors.ts'
import { Frames } from './frames.ts'
import type { HeldBytes, Holder, Room } from './handlers/memory.ts'
import { apiVersions } from './messages/api-versions.ts'
import type { Caller, Route } from './routes.ts'

/** Requests begun but not answered; only requests that may overlap ever reach it. */
const MAX_OVERLAPPING = 16
/** Bytes of requests that wait their turn before the socket is no longer read. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024

export interface ConnectionLimits {
  readonly maxRequestBytes: number
  /** A request that stops arriving half way, and a response that nobody takes, end the connection after this. */
  readonly stallMs: number
  /** So does silence. */
  readonly idleMs: number
  /** Shared by all connections. */
  readonly held: HeldBytes
  readonly room: Room
}

/** One client: its requests in order, each answered in order, read no faster than they are answered. */
export class Connection implements Holder {
  readonly #socket: Socket
  readonly #routes: ReadonlyMap<number, Route>
  readonly #limits: ConnectionLimits
  readonly #log: (line: string) => void
  readonly #name: string
  readonly #frames: Frames
  readonly #gone = new AbortController()
  #queue: Buffer[] = []
  #queuedBytes = 0
  #isWorking = false
  #answering = 0
  #idle: () => void = () => {}
  #answers: Promise<void> = Promise.resolve()

  constructor(
    socket: Socket,
    routes: ReadonlyMap<number, Route>,
    limits: ConnectionLimits,
    log: (line: string) => void,
  ) {
    this.#socket = socket
    this.#routes = routes
    this.#limits = limits
    this.#log = log
    this.#name = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`
    this.#frames = new Frames(limits.maxRequestBytes)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    socket.setTimeout(limits.idleMs, () => this.#timedOut())
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#gone.abort()
      this.#dropAll()
    })
  }

  #timedOut(): void {
    // Whoever waits for news in a long poll, or for a slow disk, is not idle.
    if (this.#answering > 0 && this.#socket.writableLength === 0) return
    this.#end('nothing moved for too long')
  }

  #end(why: string): void {
    if (!this.#gone.signal.aborted) this.#log(`${this.#name}: connection closed: ${why}`)
    this.#socket.destroy()
    this.#gone.abort()
  }

  #take(chunk: Buffer): void {
    let whole: Buffer[]
    try {
      whole = this.#frames.take(chunk)
    } catch (error) {
      this.#end((error as Error).message)
      return
    }
    this.#watchStall()
    for (const frame of whole) {
      this.#queue.push(frame)
      this.#queuedBytes += frame.length
    }
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#socket.pause()
    this.#noteHeld()
    if (!this.#isWorking) void this.#work()
  }

  #noteHeld(): void {
    if (!this.#gone.signal.aborted) this.#limits.held.set(this, this.#frames.partialBytes + this.#queuedBytes)
  }

  #dropAll(): void {
    this.#queue = []
    this.#limits.held.set(this, 0)
  }

  giveUp(): void {
    this.#end('the requests of all clients together took too much memory, and this one held most of it')
  }

  /** A request half arrived, or a response half sent, has less patience than an idle connection. */
  #watchStall(): void {
    const isStallable = this.#frames.partialBytes > 0 || this.#socket.writableLength > 0
    this.#socket.setTimeout(isStallable ? this.#limits.stallMs : this.#limits.idleMs)
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    let frame: Buffer | undefined
    while ((frame = this.#queue.shift()) !== undefined && !this.#gone.signal.aborted) {
      try {
        await this.#begin(frame)
      } catch (error) {
        this.#end((error as Error).message)
      }
      this.#queuedBytes -= frame.length
      this.#noteHeld()
      if (this.#socket.isPaused() && this.#queuedBytes <= MAX_QUEUED_BYTES / 2) this.#socket.resume()
    }
    this.#isWorking = false
  }

  /** Starts one request once its predecessors allow it. Its answer leaves after theirs. */
  async #begin(frame: Buffer): Promise<void> {
    const reader = new Reader(frame)
    const key = reader.int16()
    const version = reader.int16()
    const correlation = reader.int32()
    const clientId = reader.nullableString() ?? ''
    const route = this.#routes.get(key)
    if (route === undefined) throw new MalformedRequest(`request kind ${key} is not known`)
    await this.#untilAnswering(route.mayOverlap ? MAX_OVERLAPPING - 1 : 0)
    if (this.#gone.signal.aborted) return
    const { remoteAddress = '', localAddress = '' } = this.#socket
    const caller: Caller = { clientId, host: remoteAddress, localHost: localAddress, gone: this.#gone.signal }
    this.#answering++
    const answer = this.#answer(route, reader, version, caller)
    this.#answers = this.#answers
      .then(async () => this.#send(correlation, await answer))
      .catch((error: unknown) => this.#end(`${route.name} v${version}: ${String(error)}`))
      .finally(() => {
        this.#answering--
        this.#idle()
      })
    if (!route.mayOverlap) await this.#answers
  }

  #answer(route: Route, reader: Reader, version: number, caller: Caller): Promise<Writer | null> {
    const [min, max] = route.versions
    if (version >= min && version <= max) return route.answer(reader, version, caller)
    if (route.key !== apiVersions.key)
      return Promise.reject(new MalformedRequest(`versions ${min} to ${max} are spoken`))
    // The one request a client may ask in a version that the broker does not know: it is told what there is.
    const writer = new Writer()
    apiVersions.encode(writer, 0, { error: 'UNSUPPORTED_VERSION', apis: [...this.#routes.values()] })
    return Promise.resolve(writer)
  }

  async #untilAnswering(most: number): Promise<void> {
    while (this.#answering > most) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  async #send(correlation: number, body: Writer | null): Promise<void> {
    if (body === null || this.#gone.signal.aborted) return
    const { parts, sizeBytes } = body.finish()
    const head = Buffer.allocUnsafe(8)
    head.writeInt32BE(sizeBytes + 4, 0)
    head.writeInt32BE(correlation, 4)
    const { room } = this.#limits
    room.hold(sizeBytes)
    try {
      this.#socket.cork()
      this.#socket.write(head)
      for (const part of parts) this.#socket.write(part)
      this.#socket.uncork()
      if (!this.#socket.writableNeedDrain) return
      this.#watchStall()
      await this.#drained()
      this.#watchStall()
    } finally {
      room.give(sizeBytes)
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done)
        this.#gone.signal.removeEventListener('abort', done)
        resolve()
      }
      this.#socket.once('drain', done)
      this.#gone.signal.addEventListener('abort', done)
    })
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.destroy()
    this.#gone.abort()
  }
}
