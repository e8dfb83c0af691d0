/**
 * One client and its one connection to the engine. Bytes flow both ways with back-pressure; when writes were answered and nothing is on its way, the engine is asked
 * (WAITAOF, on the same connection: it speaks of that connection's writes) whether they are on the disks, and only then the client hears of them.
 */
import type { Socket } from 'node:net'
import { diskFault, judged, waitaof, type DiskFault } from './confirmation.ts'
import type { EndpointCounts } from './counts.ts'
import { Held } from './held.ts'
import type { CommandKinds } from './command-kinds.ts'
import { Replies } from './replies.ts'
import { Requests } from './requests.ts'
import { RespError } from './resp-walk.ts'
import { Talk } from './talk.ts'

/** What a session asks of the watch over the engine. */
export interface DiskWatch {
  /** Replicas that must have a write on disk, as known now. */
  readonly replicas: number
  /** The same as of a question asked after this call; null = it could not be told. */
  fresh(): Promise<number | null>
  /** Has replicas say sooner what they have on disk, until the answer is called. */
  hurry(): () => void
}

export interface SessionOptions {
  readonly watch: DiskWatch
  readonly kinds: CommandKinds
  readonly counts: EndpointCounts
  readonly waitMs: number
  readonly bulkBytesMax: number
  readonly heldBytesMax: number
}

/** The engine keeps its own deadline; past this one more it is taken for dead. */
const GRACE_MS = 2000
const SLICE_MS = 250
/** How long a client that closed its side is still answered. */
const FAREWELL_MS = 10_000

export class Session {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #options: SessionOptions
  readonly #talk = new Talk()
  readonly #held = new Held()
  readonly #requests: Requests
  readonly #replies: Replies
  #answerHeard: ((answer: Buffer | null) => void) | null = null
  #clientEnded = false
  #isOver = false
  readonly #overHeard: () => void

  constructor(client: Socket, upstream: Socket, options: SessionOptions, over: () => void) {
    this.#client = client
    this.#upstream = upstream
    this.#options = options
    this.#overHeard = over
    const { kinds, counts, bulkBytesMax, heldBytesMax } = options
    this.#requests = new Requests(this.#talk, {
      kinds,
      bulkBytesMax,
      send: (bytes) => void (upstream.write(bytes) || client.pause()),
      counted: (what) => counts.commands[what]++,
      leave: () => this.#end(),
    })
    this.#replies = new Replies(this.#talk, this.#held, {
      pass: (bytes) => this.#toClient(bytes),
      confirmed: (answer) => this.#answerHeard?.(answer),
      heldBytesMax,
    })
    client.on('data', (bytes: Buffer) => this.#guarded(() => this.#requests.take(bytes)))
    client.on('drain', () => upstream.resume())
    client.on('end', () => this.#farewell())
    client.on('error', () => undefined)
    client.on('close', () => this.#end())
    upstream.on('data', (bytes: Buffer) => this.#guarded(() => this.#replies.take(bytes)))
    upstream.on('drain', () => this.#goOn())
    upstream.on('error', () => undefined)
    upstream.on('close', () => this.#engineGone('the connection to the engine ended'))
  }

  /** No further command is taken; what is on its way is finished. */
  drain(): void {
    this.#talk.isStopped = true
    if (this.#talk.isWaitingForOthers || this.#talk.isQuiet) this.#end()
  }

  /** Ends it now. Writes that nobody vouched for are answered so. */
  abort(why: string): void {
    this.#engineGone(why)
  }

  #guarded(step: () => void): void {
    if (this.#isOver) return
    try {
      step()
    } catch (error) {
      if (!(error instanceof RespError)) throw error
      this.#release(diskFault({ kind: 'lost', why: error.message }))
      this.#toClient(Buffer.from(`-ERR Protocol error: ${error.message}\r\n`))
      return this.#end()
    }
    const talk = this.#talk
    if (talk.outstanding === 0 && this.#held.writes > 0 && !talk.isConfirming) void this.#confirm()
    else this.#goOn()
  }

  /** What waited for its turn; then the client is read again, or the farewell is over. */
  #goOn(): void {
    if (this.#isOver) return
    if (this.#requests.isWaiting && !this.#talk.isConfirming) {
      try {
        this.#requests.go()
      } catch {
        return this.#end() // the bytes were good when they came; there is nothing to say about them now
      }
    }
    if (this.#talk.isQuiet && (this.#talk.isStopped || (this.#clientEnded && !this.#requests.isWaiting)))
      return this.#end()
    if (this.#requests.isWaiting) this.#client.pause()
    else if (!this.#upstream.writableNeedDrain) this.#client.resume()
  }

  async #confirm(): Promise<void> {
    const { watch, counts } = this.#options
    const talk = this.#talk
    talk.isConfirming = true
    const beganNs = process.hrtime.bigint()
    const calm = watch.replicas > 0 ? watch.hurry() : null
    const fault = await this.#disks(watch)
    calm?.()
    if (this.#isOver) return
    talk.isConfirming = false
    counts.confirmation(
      Number(process.hrtime.bigint() - beganNs) / 1e9,
      this.#held.writes,
      fault?.kind ?? null,
    )
    talk.settled()
    this.#release(fault === null ? null : diskFault(fault))
    if (fault?.kind === 'unanswered') return this.#end()
    this.#guarded(() => undefined)
  }

  /**
   * Asks in slices, because a question cannot be taken back and which replicas must have it may change meanwhile. Nothing else is sent on this connection until it is over.
   */
  async #disks(watch: DiskWatch): Promise<DiskFault | null> {
    const { waitMs } = this.#options
    const beganMs = performance.now()
    for (;;) {
      const restMs = Math.round(waitMs - (performance.now() - beganMs))
      const asked = watch.replicas
      const fresh = watch.fresh()
      const answer = await this.#ask(asked, Math.max(Math.min(restMs, SLICE_MS), 1))
      const fault = judged(answer, await fresh, waitMs)
      if (fault?.kind !== 'few' || restMs <= SLICE_MS || this.#isOver) return fault
    }
  }

  /** The engine's words, null where there are none in time. */
  #ask(replicas: number, sliceMs: number): Promise<Buffer | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answerHeard?.(null), this.#options.waitMs + GRACE_MS)
      this.#answerHeard = (answer) => {
        clearTimeout(timer)
        this.#answerHeard = null
        resolve(answer)
      }
      this.#upstream.write(waitaof(replicas, sliceMs))
    })
  }

  #release(fault: Buffer | null): void {
    if (!this.#held.isEmpty) this.#toClient(this.#held.release(fault))
  }

  #toClient(bytes: Buffer): void {
    if (!this.#client.write(bytes)) this.#upstream.pause()
  }

  #farewell(): void {
    this.#clientEnded = true
    if (this.#talk.isWaitingForOthers || (this.#talk.isQuiet && !this.#requests.isWaiting)) return this.#end()
    setTimeout(() => this.#end(), FAREWELL_MS).unref()
  }

  #engineGone(why: string): void {
    if (this.#isOver) return
    const { writes } = this.#held
    if (writes > 0) this.#options.counts.confirmation(0, writes, 'lost')
    this.#release(diskFault({ kind: 'lost', why }))
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#answerHeard?.(null)
    this.#client.end()
    this.#upstream.end()
    // Whoever does not close his side in turn is closed.
    setTimeout(() => {
      this.#client.destroy()
      this.#upstream.destroy()
    }, GRACE_MS).unref()
    this.#overHeard()
  }
}
