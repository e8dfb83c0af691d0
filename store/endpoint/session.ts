/**
 * One client and its one connection to the engine. Bytes flow both ways with back-pressure; when writes were answered and nothing is on its way, the engine is asked
 * (WAITAOF, on the same connection: it speaks of that connection's writes) whether they are on the disks, and only then the client hears of them.
 */
import type { Socket } from 'node:net'
import { diskFault, judged, unheard, waitaof, type DiskFault } from './confirmation.ts'
import type { EndpointCounts } from './counts.ts'
import { Held, type HeldLimits } from './held.ts'
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
  readonly held: HeldLimits
}

/** The engine keeps its own deadline; past this one more it is taken for dead. */
const GRACE_MS = 2000
const SLICE_MS = 250
/** How long a client that closed its side waits for the next answer. */
const FAREWELL_MS = 10_000 // without any progress

export class Session {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #options: SessionOptions
  readonly #talk = new Talk()
  readonly #held: Held
  readonly #requests: Requests
  readonly #replies: Replies
  #answerHeard: ((answer: Buffer | null) => void) | null = null
  #clientEnded = false
  #isOver = false
  /** Grows with each answer. */
  #progress = 0
  readonly #overHeard: () => void

  constructor(client: Socket, upstream: Socket, options: SessionOptions, over: () => void) {
    this.#client = client
    this.#upstream = upstream
    this.#options = options
    this.#overHeard = over
    const { kinds, counts, bulkBytesMax } = options
    this.#held = new Held(options.held)
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
    })
    client.on('data', (bytes: Buffer) => this.#guarded(() => this.#requests.take(bytes)))
    client.on('drain', () => upstream.resume())
    client.on('end', () => this.#halfClosed())
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
      return this.#broken(error.message)
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
      } catch (error) {
        return this.#broken((error as Error).message)
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
    // Nothing but the answer to the question can come now: a client that does not read must not keep it from being heard.
    this.#upstream.resume()
    const beganMs = performance.now()
    const calm = watch.replicas > 0 ? watch.hurry() : null
    const fault = await this.#disks(watch)
    calm?.()
    if (this.#isOver) return
    talk.isConfirming = false
    counts.confirmation((performance.now() - beganMs) / 1000, this.#held.writes, fault?.kind ?? null)
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
    this.#progress++
    if (!this.#client.write(bytes) && !this.#talk.isConfirming) this.#upstream.pause()
  }

  /** One that closed his side is answered while there is something to say. */
  #halfClosed(): void {
    this.#clientEnded = true
    if (this.#talk.isWaitingForOthers || (this.#talk.isQuiet && !this.#requests.isWaiting)) return this.#end()
    let seen = this.#progress
    const timer = setInterval(() => {
      if (this.#isOver || this.#progress === seen) {
        clearInterval(timer)
        return this.#end()
      }
      seen = this.#progress
    }, FAREWELL_MS).unref()
  }

  /**
   * The bytes of one side are no protocol. A piece of a command may have gone out, so the engine cannot be asked any more.
   */
  #broken(why: string): void {
    this.#lastWords(why, Buffer.from(`-ERR Protocol error: ${why}\r\n`))
  }

  /**
   * Ends it. What nobody vouched for is answered so, one by one; what stands in between as the engine would have an error. Where half an answer went out no word would be
   * understood, and a client that waits for answers to reads alone may ask again elsewhere.
   */
  #lastWords(why: string, last: Buffer | null): void {
    if (this.#isOver) return
    const { writes } = this.#held
    const isWhole = this.#replies.isBetween
    if (writes > 0) this.#options.counts.confirmation(0, writes, 'lost')
    this.#release(diskFault({ kind: 'lost', why }))
    if (isWhole) {
      const open = this.#talk.unanswered()
      const lastWrite = open.findLastIndex(({ kind }) => kind === 'write')
      const other = last ?? Buffer.from(`-ERR the engine did not answer (${why})\r\n`)
      for (const { kind } of open.slice(0, lastWrite + 1))
        this.#toClient(kind === 'write' ? unheard(why) : other)
      if (last !== null) this.#toClient(last)
    }
    this.#end()
  }

  #engineGone(why: string): void {
    this.#lastWords(why, null)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#held.release(null) // to nobody: its room is free again
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
