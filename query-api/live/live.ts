/** `/v1/live`: readers, their queries, and the wake-ups of the sources they look at. */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { problemOf } from '../as-problem.ts'
import { askLive, type LiveQueryHandle } from '../endpoints/ask.ts'
import type { QueryService } from '../service/query-service.ts'
import { MAX_LIVE_POINTS, MAX_LIVE_POINTS_ALL, PointBudget } from '../engine/plan/budget.ts'
import { readCursor, toldOf, type Cursor } from './cursor.ts'
import { Held } from './event-stream.ts'
import { Lingering } from './lingering.ts'
import { LiveQuery } from './live-query.ts'
import { Load } from './load.ts'
import { Outbox } from './outbox.ts'
import { Reader } from './reader.ts'
import { readParams } from '../language/params.ts'
import { badParam, ProblemError } from '../problem.ts'
import { LIVE_LIMITS, Readers } from './readers.ts'
import { Rounds } from '../engine/rows/rounds.ts'
import { FreshnessRuler, type HeardBatch, type SentFrame } from '../service/freshness.ts'
import { parseWake } from '../../store/wake.ts'
import type { ApiInstrumentation } from '../instrumentation.ts'
import type { Problem } from '../wire.ts'

const HEARTBEAT_MS = 1000

/** What one client looks at: a query, or why there is none. */
type Subscription = LiveQueryHandle | { readonly problem: Problem }

interface Shared {
  readonly query: LiveQuery
  readonly sources: readonly string[]
  readonly release: () => void
}

/** What {@link Live.accept} took. */
export interface Accepted {
  readonly subscriptions: readonly Subscription[]
  readonly address: string
  /** How far the reader was on a stream before this one. */
  readonly cursor: Cursor | null
}

export interface LiveChange {
  readonly stream: string
  readonly add?: readonly string[] | undefined
  readonly remove?: readonly number[] | undefined
}

export class Live {
  readonly #service: QueryService
  readonly #report: (error: unknown) => void
  readonly #instrumentation: ApiInstrumentation
  readonly #queries = new Map<string, Shared>()
  readonly #readers = new Readers<Reader>()
  readonly #byId = new Map<string, { readonly reader: Reader; readonly address: string }>()
  readonly #lingering = new Lingering()
  /** Of this process: what it numbers, no other does. */
  readonly #instance = randomBytes(6).toString('base64url')
  #frames = 0
  readonly #held = new Held()
  readonly #outbox = new Outbox()
  readonly #load = new Load()
  /** Series that are looked at share it: what each keeps from answer to answer is as large as its points. */
  readonly #budget = new PointBudget(MAX_LIVE_POINTS_ALL, MAX_LIVE_POINTS)
  readonly #rounds: Rounds
  /** Wake channels heard, by name; null while the subscription is under way. */
  readonly #channels = new Map<string, { source: string; stop: (() => Promise<void>) | null }>()
  readonly #timer: NodeJS.Timeout
  #isClosed = false

  constructor(
    service: QueryService,
    report: (error: unknown) => void,
    instrumentation: ApiInstrumentation = {},
  ) {
    this.#service = service
    this.#report = report
    this.#rounds = new Rounds({ open: (source) => service.sources.get(source), now: service.now })
    this.#instrumentation = instrumentation
    this.#timer = setInterval(() => this.#heartbeat(), HEARTBEAT_MS)
    this.#timer.unref()
  }

  /**
   * Checks a request before anything is sent, and makes room for it: an address that holds all it may, or the one that holds most where all
   * is taken, loses its oldest stream. Throws ProblemError; a single query that is wrong is told in the stream, where readers can see it.
   */
  accept(raw: string, address: string, lastEventId?: string): Accepted {
    const params = readParams(raw, ['q'], LIVE_LIMITS.queryChars)
    const unknown = Object.keys(params).find((name) => name !== 'q' && name !== 'cursor')
    if (unknown !== undefined)
      throw badParam(
        unknown.slice(0, 60),
        'unknown; known are q and cursor, and each q is percent-encoded as a whole',
      )
    const texts = (params['q'] as string[] | undefined) ?? []
    if (texts.length === 0)
      throw badParam('q', 'missing; each q is a query such as series?metric=SOURCE.METRIC')
    if (texts.length > LIVE_LIMITS.queriesAClient)
      throw badParam('q', `at most ${LIVE_LIMITS.queriesAClient} queries in one stream`)
    const subscriptions = texts.map((text) => this.#ask(text))
    for (const reader of this.#readers.makeRoom(address, keysOf(subscriptions))) reader.end()
    const cursor = readCursor(lastEventId) ?? readCursor(params['cursor'] as string | undefined)
    return { subscriptions, address, cursor }
  }

  /** Serves what {@link accept} took until the reader goes away. Headers are sent already. */
  serve(response: ServerResponse, { subscriptions, address, cursor }: Accepted): void {
    const { now } = this.#service
    const reader: Reader = new Reader(response, {
      instance: this.#instance,
      cursor,
      held: this.#held,
      outbox: this.#outbox,
      closed: () => {
        this.#readers.remove(reader)
        this.#byId.delete(reader.id)
      },
    })
    this.#readers.add(reader, address, keysOf(subscriptions))
    this.#byId.set(reader.id, { reader, address })
    // Heard at once: first answers may take long under strain, and a reader must not take that for silence.
    reader.heartbeat(beat({ nowMs: now(), stream: reader.id }))
    const resumes = cursor?.instance === this.#instance && cursor.told === toldOf(keysOf(subscriptions))
    this.#begin(reader, subscriptions, resumes)
  }

  /** Other queries for a stream that is open. Answers the places of those that were added. Throws ProblemError. */
  change({ stream, add = [], remove = [] }: LiveChange): number[] {
    const found = this.#byId.get(stream)
    if (found === undefined)
      throw new ProblemError(
        'not_found',
        'no such stream is open in this process: it ended, or another process has it; open one with all queries',
      )
    const { reader, address } = found
    if (reader.sizeWithout(remove) + add.length > LIVE_LIMITS.queriesAClient)
      throw badParam('add', `at most ${LIVE_LIMITS.queriesAClient} queries in one stream`)
    const subscriptions = add.map((text) => this.#ask(text))
    for (const q of remove) reader.leave(q)
    const keys = new Set([...reader.keys, ...keysOf(subscriptions)])
    this.#readers.remove(reader)
    try {
      for (const other of this.#readers.makeRoom(address, keys)) other.end()
    } finally {
      this.#readers.add(reader, address, keys)
    }
    return this.#begin(reader, subscriptions, false)
  }

  #ask(text: string): Subscription {
    try {
      return askLive(this.#service, text, this.#rounds, this.#budget)
    } catch (error) {
      return { problem: problemOf(error) }
    }
  }

  #begin(reader: Reader, subscriptions: readonly Subscription[], resumes: boolean): number[] {
    for (const key of keysOf(subscriptions)) this.#lingering.keep(key)
    const places = subscriptions.map((one) => {
      const q = reader.place()
      if ('problem' in one) reader.refuse(q, one.problem, ++this.#frames)
      else reader.watch(q, one.key, this.#share(one).query, () => this.#letGo(one.key), resumes)
      return q
    })
    void this.#subscribe()
    return places
  }

  /** Ends every stream; readers come back by themselves to whoever serves next. */
  close(): void {
    clearInterval(this.#timer)
    this.#isClosed = true
    for (const reader of this.#readers.all()) reader.end()
    this.#lingering.end()
    for (const { query, release } of this.#queries.values()) {
      query.stop()
      release()
    }
    this.#queries.clear()
    void this.#subscribe()
  }

  get clients(): number {
    return this.#readers.count
  }

  /** Different queries that are looked at. */
  get queries(): number {
    return this.#queries.size
  }

  #share({ key, sources, kind, everyMs, execute, release = () => {} }: LiveQueryHandle): Shared {
    let shared = this.#queries.get(key)
    if (shared === undefined) {
      this.#lingering.end() // what nobody looks at makes room
      const problem = (error: unknown): Problem => {
        const told = problemOf(error)
        if (told.status === 500) this.#report(error)
        return told
      }
      shared = {
        query: new LiveQuery({
          execute,
          problem,
          everyMs,
          stretch: () => this.#load.stretch,
          now: this.#service.now,
          number: () => ++this.#frames,
          outbox: this.#outbox,
          computed: (ms) => this.#instrumentation.computed?.({ kind, ms }),
          // Charts only: lists of rows move at the pace of people.
          ...(kind === 'series' && { sent: (batches, frame) => this.#measure(sources[0]!, batches, frame) }),
        }),
        sources,
        release,
      }
      this.#queries.set(key, shared)
    }
    return shared
  }

  #measure(source: string, batches: readonly HeardBatch[], frame: SentFrame): void {
    const { freshness } = this.#service
    let ruler = freshness.get(source)
    if (ruler === undefined) freshness.set(source, (ruler = new FreshnessRuler()))
    for (const batch of batches) ruler.note(batch, frame)
  }

  /** Nobody looks at it; a reader whose connection broke is back within seconds. */
  #letGo(key: string): void {
    if ((this.#queries.get(key)?.query.listeners ?? 1) === 0) this.#lingering.add(key, () => this.#drop(key))
  }

  #drop(key: string): void {
    const shared = this.#queries.get(key)
    if (shared === undefined || shared.query.listeners > 0) return
    shared.query.stop()
    shared.release()
    this.#queries.delete(key)
  }

  #heartbeat(): void {
    this.#load.look()
    const bytes = beat({ nowMs: this.#service.now() })
    for (const reader of this.#readers.all()) reader.heartbeat(bytes)
    void this.#subscribe()
  }

  /** Hears exactly the partitions of the sources looked at, or asked for without pause. Every second, so it follows new partitions and generations, and heals. */
  async #subscribe(): Promise<void> {
    const wanted = new Map<string, string>()
    const looked = [...this.#queries.values()].flatMap((shared) => shared.sources)
    for (const source of new Set([...looked, ...(this.#isClosed ? [] : this.#service.kept.steadySources)])) {
      const open = await this.#service.sources.get(source).catch(() => null) // the queries themselves say what is wrong
      const heard = [...this.#channels].filter(([, one]) => one.source === source).map(([channel]) => channel)
      for (const channel of open?.partitions.map(({ keys }) => keys.wake) ?? heard)
        wanted.set(channel, source)
    }
    for (const [channel, heard] of this.#channels)
      if (!wanted.has(channel) && heard.stop !== null) {
        this.#channels.delete(channel)
        void heard.stop()
      }
    for (const [channel, source] of wanted) if (!this.#channels.has(channel)) this.#hear(channel, source)
  }

  #hear(channel: string, source: string): void {
    const entry: { source: string; stop: (() => Promise<void>) | null } = { source, stop: null }
    this.#channels.set(channel, entry)
    const wake = (message: string): void => {
      const batch = parseWake(message)
      const heard = batch === null ? null : { ...batch, heardMs: this.#service.now() }
      for (const shared of this.#queries.values())
        if (shared.sources.includes(source)) shared.query.wake(shared.sources[0] === source ? heard : null)
    }
    this.#service.store.subscribe(channel, wake).then(
      (stop) => (entry.stop = stop),
      () => this.#channels.delete(channel), // tried again with the next beat; meanwhile the once-a-second computation goes on
    )
  }
}

const keysOf = (subscriptions: readonly Subscription[]): Set<string> =>
  new Set(subscriptions.flatMap((one) => ('key' in one ? one.key : [])))

const beat = (told: { nowMs: number; stream?: string }): Buffer =>
  Buffer.from(`event: beat\ndata: ${JSON.stringify(told)}\n\n`)
