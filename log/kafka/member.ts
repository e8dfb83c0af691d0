/**
 * What this process holds of a group: which partitions, since which heartbeat, where each reads on, and which are held back.
 * The fetch loops (fetcher.ts) ask and deliver here, the group's keeper (keeper.ts) joins, the consumer (consumer.ts) commands.
 */
import { LogError } from '../errors.ts'
import type { ConsumerHandlers, RawBatch } from '../log.ts'
import type { Holding } from './assigner.ts'
import type { FetchedPartition } from './response.ts'

/** After a pause fetches wait this little, so that a resumed partition is asked for at once and not after a quiet one's long wait. */
const HURRIED_WAIT_MS = 20
const HURRY_FOR_MS = 2_000

export interface MemberOptions {
  topic: string
  sessionTimeoutMs: number
  maxWaitMs: number
}

/** What a member asks of those who talk to brokers for it. */
export interface Helpers {
  /** A heartbeat that starts after this call. */
  heartbeatNow(): void
  allowBytes(bytes: number): void
  /** Something may be fetched that was not wanted before. */
  wake(): void
}

interface Waiter {
  askedAtMs: number
  resolve: () => void
  reject: (error: LogError) => void
}

export class Member {
  readonly topic: string
  fetchAtMs = Date.now()
  heartbeatAtMs = Date.now()
  readonly #options: MemberOptions
  readonly #handlers: ConsumerHandlers
  readonly #helpers: Helpers
  readonly #paused = new Set<number>()
  /** Stands at an offset the log does not have; nothing is fetched until someone seeks. */
  readonly #stranded = new Set<number>()
  /** The offset the next delivery must be for; whatever was fetched for another is stale. */
  readonly #wanted = new Map<number, number>()
  #owned = new Set<number>()
  #generation = -1
  /** Between the end of one join and the begin of the next. */
  #settled = false
  /** The last heartbeat was answered with yes. */
  #heartbeating = false
  #hurryUntilMs = 0
  #waiters: Waiter[] = []
  #closed = false

  constructor(options: MemberOptions, handlers: ConsumerHandlers, helpers: Helpers) {
    this.topic = options.topic
    this.#options = options
    this.#handlers = handlers
    this.#helpers = helpers
  }

  holding(): Holding {
    return { generation: this.#generation, owned: [...this.#owned] }
  }

  /** A join begins: nothing is owned for certain until `joined`. What is held is read on meanwhile; the store's fence decides if another reads it too. */
  joining(): void {
    if (this.#closed) throw this.#closedError()
    this.#settled = false
  }

  /** Errors: LOG_HANDLER, LOG_CLOSED. */
  async joined(generation: number, partitions: number[]): Promise<void> {
    const revoked = [...this.#owned].filter((partition) => !partitions.includes(partition))
    const kept = new Set(partitions.filter((partition) => this.#wanted.has(partition)))
    this.#owned = new Set(partitions)
    this.#generation = generation
    this.heartbeatAtMs = Date.now()
    for (const partition of revoked) {
      this.#wanted.delete(partition)
      this.#paused.delete(partition)
      this.#stranded.delete(partition)
    }
    try {
      if (revoked.length > 0) await this.#handlers.onRevoked(revoked)
      const starts = await this.#handlers.onAssigned(partitions)
      for (const partition of partitions)
        if (!kept.has(partition)) this.#stand(partition, starts.get(partition))
    } catch (error) {
      throw error instanceof LogError
        ? error
        : new LogError('LOG_HANDLER', error instanceof Error ? error.message : String(error), error)
    }
    this.joining() // refuses if it was stopped meanwhile
    this.#settled = true
    this.#heartbeating = true
    this.#helpers.wake()
    if (this.#waiters.length > 0) this.#helpers.heartbeatNow()
  }

  #stand(partition: number, offset: number | undefined): void {
    if (offset === undefined || !Number.isSafeInteger(offset) || offset < 0)
      throw new LogError(
        'LOG_HANDLER',
        `onAssigned named no offset to start partition ${partition} of ${this.topic} at (got ${offset})`,
      )
    this.#wanted.set(partition, offset)
    this.#stranded.delete(partition)
  }

  /** Where to fetch a partition; null = not now. */
  wantedOf(partition: number): number | null {
    const isHeld = this.#paused.has(partition) || this.#stranded.has(partition)
    return isHeld ? null : (this.#wanted.get(partition) ?? null)
  }

  maxWaitMs(): number {
    return Date.now() < this.#hurryUntilMs
      ? Math.min(HURRIED_WAIT_MS, this.#options.maxWaitMs)
      : this.#options.maxWaitMs
  }

  /** There was nothing to fetch: alive all the same. */
  idle(): void {
    this.fetchAtMs = Date.now()
  }

  /** A fetch of ours arrived. Hands on what is wanted of it, and moves the position behind it. */
  deliver(partition: number, fetchedOffset: number, fetched: FetchedPartition): void {
    this.fetchAtMs = fetched.fetchedAtMs
    const wanted = this.#wanted.get(partition)
    if (this.#closed || wanted === undefined || wanted !== fetchedOffset) return
    if (fetched.needBytes > 0) this.#helpers.allowBytes(fetched.needBytes)
    const batches = wantedOf(fetched, wanted)
    const last = batches.at(-1)
    if (last !== undefined) this.#stand(partition, last.lastOffset + 1)
    const { logStart, logEnd, stableEnd, fetchedAtMs } = fetched
    this.#handlers.onFetched({
      topic: this.topic,
      partition,
      batches,
      logStart,
      logEnd,
      stableEnd,
      fetchedAtMs,
    })
  }

  /** The leader has no such offset. Nothing moves by itself: unless it was passing (a leader behind, a trim in progress) the range is told, and the partition waits for a seek. */
  outOfRange(
    partition: number,
    fetchedOffset: number,
    { start, end, stableEnd }: { start: number; end: number; stableEnd: number },
  ): void {
    const wanted = this.#wanted.get(partition)
    if (
      this.#closed ||
      wanted === undefined ||
      wanted !== fetchedOffset ||
      (wanted >= start && wanted <= end)
    )
      return
    this.#stranded.add(partition)
    this.#handlers.onFetched({
      topic: this.topic,
      partition,
      batches: [],
      logStart: start,
      logEnd: end,
      stableEnd,
      fetchedAtMs: Date.now(),
    })
  }

  /** The log is another one now: no position of the old one means anything in it. */
  anotherLog(): void {
    if (this.#closed) return
    for (const partition of this.#wanted.keys()) {
      this.#stranded.add(partition)
      this.#handlers.onFetched({
        topic: this.topic,
        partition,
        batches: [],
        logStart: 0,
        logEnd: 0,
        fetchedAtMs: Date.now(),
        isAnotherLog: true,
      })
    }
  }

  seek(partition: number, offset: number): void {
    if (!this.#owned.has(partition)) return
    this.#stand(partition, offset)
    this.#helpers.wake()
  }

  pause(partition: number): void {
    this.#paused.add(partition)
    this.#hurryUntilMs = Date.now() + HURRY_FOR_MS
  }

  resume(partition: number): void {
    this.#paused.delete(partition)
    this.#helpers.wake()
  }

  heartbeat(startedAtMs: number): void {
    this.heartbeatAtMs = startedAtMs
    this.#heartbeating = true
    if (!this.#settled) return
    const due = this.#waiters.filter(({ askedAtMs }) => askedAtMs <= startedAtMs)
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter))
    for (const { resolve } of due) resolve()
  }

  missedHeartbeat(): void {
    this.#heartbeating = false
  }

  isOwner(partition: number): boolean {
    return (
      this.#settled &&
      this.#heartbeating &&
      this.#owned.has(partition) &&
      Date.now() - this.heartbeatAtMs <= this.#options.sessionTimeoutMs
    )
  }

  waitForHeartbeat(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => {
      this.#waiters.push({ askedAtMs: Date.now(), resolve, reject })
      this.#helpers.heartbeatNow()
    })
  }

  close(): void {
    this.#closed = true
    this.#settled = false
    for (const { reject } of this.#waiters.splice(0)) reject(this.#closedError())
  }

  #closedError(): LogError {
    return new LogError('LOG_CLOSED', `the consumer of ${this.topic} was stopped`)
  }
}

/** Batches that end below the wanted offset are left out. What could not be framed stands where reading stopped, so that its walk fails there. */
function wantedOf({ batches, damaged }: FetchedPartition, wanted: number): RawBatch[] {
  const whole = (damaged ? batches.slice(0, -1) : batches).filter(({ lastOffset }) => lastOffset >= wanted)
  const torn = damaged ? batches.at(-1) : undefined
  if (torn === undefined) return whole
  const at = (whole.at(-1)?.lastOffset ?? wanted - 1) + 1
  return [...whole, { ...torn, baseOffset: at, lastOffset: at }]
}
