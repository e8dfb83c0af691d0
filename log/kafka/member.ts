/**
 * What this process holds of a group: which partitions, since which heartbeat, where each reads on, and which are held back.
 * The group (group.ts) asks, the fetch loop delivers here, the consumer (consumer.ts) commands.
 */
import { LogError } from '../errors.ts'
import type { ConsumerHandlers, LogRange, RawBatch } from '../log.ts'
import type { Group, Membership } from './group.ts'
import type { Haul } from './response.ts'

/** After a pause fetches wait this little, so that a resumed partition is asked for at once and not after a quiet one's long wait. */
const HURRIED_WAIT_MS = 20
const HURRY_FOR_MS = 2_000

export interface MemberOptions {
  topic: string
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  maxWaitMs: number
}

interface Waiter {
  askedAtMs: number
  resolve: () => void
  reject: (error: LogError) => void
}

export class Member implements Membership {
  readonly topic: string
  group: Group | null = null
  fetchAtMs = Date.now()
  heartbeatAtMs = Date.now()
  readonly #options: MemberOptions
  readonly #handlers: ConsumerHandlers
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
  #beating = false
  #hurryUntilMs = 0
  #waiters: Waiter[] = []
  #closed = false

  constructor(options: MemberOptions, handlers: ConsumerHandlers) {
    this.topic = options.topic
    this.#options = options
    this.#handlers = handlers
  }

  attach(group: Group): void {
    this.group = group
  }

  holding(): { generation: number; owned: number[] } {
    return { generation: this.#generation, owned: [...this.#owned] }
  }

  joining(): void {
    if (this.#closed) throw unretriable(this.#closedError())
    this.#settled = false
  }

  async joined(generation: number, partitions: number[]): Promise<void> {
    const revoked = [...this.#owned].filter(partition => !partitions.includes(partition))
    this.#owned = new Set(partitions)
    this.#generation = generation
    this.heartbeatAtMs = Date.now()
    this.#wanted.clear()
    this.#stranded.clear()
    for (const partition of revoked) this.#paused.delete(partition)
    // Opening stores may take its time; the group must not forget us meanwhile.
    const beating = setInterval(() => void this.group?.beatNow(), this.#options.heartbeatIntervalMs)
    try {
      if (revoked.length > 0) await this.#handlers.onRevoked(revoked)
      const starts = await this.#handlers.onAssigned(partitions)
      for (const partition of partitions) this.#stand(partition, starts.get(partition))
    } catch (error) {
      throw unretriable(error instanceof LogError ? error : new LogError('LOG_HANDLER', error instanceof Error ? error.message : String(error), error))
    } finally {
      clearInterval(beating)
    }
    this.joining() // refuses if it was stopped meanwhile
    this.#settled = true
    this.#beating = true
    if (this.#waiters.length > 0) void this.group?.beatNow()
  }

  #stand(partition: number, offset: number | undefined): void {
    if (offset === undefined || !Number.isSafeInteger(offset) || offset < 0)
      throw new LogError('LOG_HANDLER', `onAssigned named no offset to start partition ${partition} of ${this.topic} at (got ${offset})`)
    this.#wanted.set(partition, offset)
    this.#stranded.delete(partition)
    this.group?.position(partition, offset)
  }

  wantsFetch(partition: number): boolean {
    return this.#wanted.has(partition) && !this.#paused.has(partition) && !this.#stranded.has(partition)
  }

  maxWaitMs(): number {
    return Date.now() < this.#hurryUntilMs ? Math.min(HURRIED_WAIT_MS, this.#options.maxWaitMs) : this.#options.maxWaitMs
  }

  idle(): void {
    this.fetchAtMs = Date.now()
  }

  /** A fetch of ours arrived. Hands on what is wanted of it, and moves the position behind it. */
  deliver(partition: number, fetchedOffset: number, haul: Haul): void {
    this.fetchAtMs = haul.fetchedAtMs
    const wanted = this.#wanted.get(partition)
    if (this.#closed || wanted === undefined || wanted !== fetchedOffset) return
    if (haul.needBytes > 0) this.group?.allowBytes(haul.needBytes)
    const batches = wantedOf(haul, wanted)
    const last = batches.at(-1)
    if (last !== undefined) this.#stand(partition, last.lastOffset + 1)
    const { logStart, logEnd, fetchedAtMs } = haul
    this.#handlers.onFetched({ topic: this.topic, partition, batches, logStart, logEnd, fetchedAtMs })
  }

  /** kafkajs would reset the position by itself. Here nothing moves: the range is told, and the partition waits for a seek. */
  async outOfRange(partition: number, range: () => Promise<LogRange>): Promise<void> {
    const wanted = this.#wanted.get(partition)
    const { start, end } = await range()
    if (wanted === undefined || wanted !== this.#wanted.get(partition)) return
    if (wanted >= start && wanted <= end) return await pause(HURRIED_WAIT_MS) // it was passing: a leader behind, a trim in progress
    this.#stranded.add(partition)
    this.#handlers.onFetched({ topic: this.topic, partition, batches: [], logStart: start, logEnd: end, fetchedAtMs: Date.now() })
  }

  seek(partition: number, offset: number): void {
    if (this.#owned.has(partition)) this.#stand(partition, offset)
  }

  pause(partition: number): void {
    this.#paused.add(partition)
    this.#hurryUntilMs = Date.now() + HURRY_FOR_MS
  }

  resume(partition: number): void {
    this.#paused.delete(partition)
  }

  beat(startedAtMs: number): void {
    this.heartbeatAtMs = startedAtMs
    this.#beating = true
    if (!this.#settled) return
    const due = this.#waiters.filter(({ askedAtMs }) => askedAtMs <= startedAtMs)
    this.#waiters = this.#waiters.filter(waiter => !due.includes(waiter))
    for (const { resolve } of due) resolve()
  }

  missedBeat(): void {
    this.#beating = false
  }

  isOwner(partition: number): boolean {
    return this.#settled && this.#beating && this.#owned.has(partition) && Date.now() - this.heartbeatAtMs <= this.#options.sessionTimeoutMs
  }

  waitForHeartbeat(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => {
      this.#waiters.push({ askedAtMs: Date.now(), resolve, reject })
      void this.group?.beatNow()
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
function wantedOf({ batches, damaged }: Haul, wanted: number): RawBatch[] {
  const whole = (damaged ? batches.slice(0, -1) : batches).filter(({ lastOffset }) => lastOffset >= wanted)
  const torn = damaged ? batches.at(-1) : undefined
  if (torn === undefined) return whole
  const at = (whole.at(-1)?.lastOffset ?? wanted - 1) + 1
  return [...whole, { ...torn, baseOffset: at, lastOffset: at }]
}

/** kafkajs tries again unless told not to, and would then fetch without positions. */
function unretriable(error: LogError): Error {
  return Object.assign(new Error(error.message, { cause: error }), { retriable: false })
}

const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms))
