/** One reader of live queries: which it looks at, at which places, and how far it is. */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Problem } from '../wire.ts'
import { toldOf, writeCursor, type Counted, type Cursor } from './cursor.ts'
import { EventStream, type Held } from './event-stream.ts'
import { Frame } from './frame.ts'
import { HeldBack } from './held-back.ts'
import type { LiveQuery } from './live-query.ts'
import type { Outbox } from './outbox.ts'

export interface ReaderOptions {
  readonly instance: string
  readonly cursor: Cursor | null
  readonly held: Held
  readonly outbox: Outbox
  readonly closed: () => void
}

interface Place {
  /** Null: a query that cannot be asked. */
  readonly key: string | null
  readonly query: LiveQuery | null
  readonly stop: () => void
}

export class Reader {
  /** By which it may be given other queries. */
  readonly id = randomBytes(16).toString('base64url')
  readonly #options: ReaderOptions
  readonly #stream: EventStream
  readonly #places = new Map<number, Place>()
  readonly #heldBack: HeldBack
  readonly #told = new Map<number, string>()
  #toldHash = ''
  readonly #counted: Map<string, Counted>
  #frame = 0
  #next = 0

  constructor(response: ServerResponse, options: ReaderOptions) {
    this.#options = options
    const saw = options.cursor?.counted ?? []
    this.#heldBack = new HeldBack(saw, () => performance.now())
    // What it has not been told anew it has still seen, should it go away once more.
    this.#counted = new Map(saw.map((one) => [one.source, one]))
    const resend = (q: number): void => {
      const whole = this.#places.get(q)?.query?.whole()
      if (whole) this.#send(q, whole)
    }
    this.#stream = new EventStream(response, {
      resend,
      idOf: (q, frame) => this.#idOf(q, frame),
      closed: () => {
        for (const { stop } of this.#places.values()) stop()
        this.#places.clear()
        options.closed()
      },
      held: options.held,
      outbox: options.outbox,
    })
  }

  /** Queries that are left without these. */
  sizeWithout(places: readonly number[]): number {
    const left = new Set(this.#places.keys())
    for (const q of places) left.delete(q)
    return left.size
  }

  get keys(): Set<string> {
    return new Set([...this.#places.values()].flatMap(({ key }) => key ?? []))
  }

  /** Where the next query goes: places are not given twice. */
  place(): number {
    return this.#next++
  }

  /** `resumes`: it has an answer, as of its cursor. */
  watch(q: number, key: string, query: LiveQuery, letGo: () => void, resumes = false): void {
    let stop = (): void => undefined
    this.#places.set(q, {
      key,
      query,
      stop: () => {
        stop()
        letGo()
      },
    })
    if (resumes) this.#tell(q, key)
    stop = query.listen((frame) => this.#send(q, frame), resumes ? this.#options.cursor!.frame : null)
  }

  refuse(q: number, problem: Problem, number: number): void {
    this.#places.set(q, { key: null, query: null, stop: () => undefined })
    this.#send(q, new Frame('error', Buffer.from(`,"problem":${JSON.stringify(problem)}}`), number))
  }

  leave(q: number): void {
    this.#places.get(q)?.stop()
    this.#places.delete(q)
    this.#stream.drop(q)
    this.#heldBack.forget(q)
    this.#tell(q, null)
  }

  heartbeat(bytes: Buffer): void {
    this.#stream.heartbeat(bytes)
  }

  end(): void {
    this.#stream.end()
  }

  #send(q: number, frame: Frame): void {
    const verdict = this.#heldBack.judge(q, frame.counted)
    if (verdict === 'hold') return
    if (verdict === 'as it is') return this.#stream.send(q, frame)
    if (verdict === 'whole') return this.#stream.send(q, this.#places.get(q)?.query?.whole() ?? frame)
    const told = `,"behind":${JSON.stringify(verdict)}}`
    this.#stream.send(q, new Frame('behind', Buffer.from(told), frame.number))
    // Patches that are held back now are none that it could go on from.
    this.#tell(q, null)
  }

  #idOf(q: number, frame: Frame): string {
    const { event, number, counted } = frame
    if (event === 'progress' || event === 'part' || event === 'behind') return ''
    const key = event === 'error' ? null : (this.#places.get(q)?.key ?? null)
    this.#tell(q, key)
    if (counted !== null) this.#counted.set(counted.source, counted)
    const { instance } = this.#options
    if (number >= this.#frame) {
      this.#frame = number
      if (this.#counted.size === (counted === null ? 0 : 1)) return frame.idOf(instance, this.#toldHash)
    }
    return writeCursor({
      instance,
      frame: this.#frame,
      told: this.#toldHash,
      counted: [...this.#counted.values()],
    })
  }

  #tell(q: number, key: string | null): void {
    if ((this.#told.get(q) ?? null) === key) return
    if (key === null) this.#told.delete(q)
    else this.#told.set(q, key)
    this.#toldHash = toldOf(this.#told.values())
  }
}
