/**
 * Keeps a member in its group: joins, beats, and joins again when the group asks for it. While the coordinator is away or moves, the member goes on asking
 * under the id it has; the next coordinator knows it, and nothing was rebalanced. What it holds is fetched meanwhile.
 */
import { LogError } from '../errors.ts'
import { toLogError } from './map-error.ts'
import type { Group } from './group.ts'
import type { Member } from './member.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

export type Verdict = 'join' | 'join anew' | 'ask again' | 'find again' | 'over'

/** What an error of a group's call means for the next one. */
export function verdictOf(error: unknown): Verdict {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined
  switch (type) {
    case 'REBALANCE_IN_PROGRESS':
    case 'ILLEGAL_GENERATION':
      return 'join'
    case 'UNKNOWN_MEMBER_ID':
      return 'join anew'
    case 'GROUP_LOAD_IN_PROGRESS':
      return 'ask again'
    case 'UNKNOWN': // the broker's own trouble
    case 'NOT_COORDINATOR_FOR_GROUP':
    case 'GROUP_COORDINATOR_NOT_AVAILABLE':
      return 'find again'
  }
  return toLogError(error, '').retry ? 'find again' : 'over'
}

export interface KeeperOptions {
  /** What it does, for errors. */
  doing: string
  heartbeatIntervalMs: number
  partitionsOf: (topic: string) => Promise<number[]>
  /** Joined, left or lost for good: LogError. */
  died: (error: LogError) => void
  log: (line: string) => void
}

export class Keeper {
  readonly #group: Group
  readonly #member: Member
  readonly #options: KeeperOptions
  #wantsJoin = true
  #stopped = false
  #heartbeatAsked = false
  #wake: () => void = () => undefined
  #running: Promise<void> | null = null
  #saidAway = false

  constructor(group: Group, member: Member, options: KeeperOptions) {
    this.#group = group
    this.#member = member
    this.#options = options
  }

  start(): void {
    this.#running = this.#run()
  }

  heartbeatNow(): void {
    this.#heartbeatAsked = true
    this.#wake()
  }

  /** The topic has more partitions: whoever leads the group has them given out. */
  topicGrew(): void {
    if (!this.#group.isLeader) return
    this.#wantsJoin = true
    this.#wake()
  }

  async stop(withinMs: number): Promise<void> {
    this.#stopped = true
    this.#wake()
    await Promise.race([this.#group.leave().catch(() => undefined), pause(withinMs)])
    this.#group.lost()
    await this.#running
  }

  async #run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!this.#stopped) {
      try {
        if (this.#wantsJoin) await this.#join()
        else await this.#heartbeat()
        pauseMs = FIRST_PAUSE_MS
        this.#saidAway = false
        await this.#rest(this.#options.heartbeatIntervalMs)
      } catch (error) {
        this.#member.missedHeartbeat()
        if (this.#stopped || this.#judge(error)) return
        if (verdictOf(error) === 'join') continue
        await this.#rest(pauseMs, false)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      }
    }
  }

  /** True where there is nothing more to do. */
  #judge(error: unknown): boolean {
    const verdict = verdictOf(error)
    if (verdict === 'over') this.#options.died(toLogError(error, this.#options.doing))
    else if (verdict === 'join' || verdict === 'join anew') this.#wantsJoin = true
    if (verdict === 'join anew') this.#group.forget()
    if (verdict === 'find again') {
      this.#group.lost()
      if (!this.#saidAway) this.#options.log(`${toLogError(error, this.#options.doing).message}; asking on`)
      this.#saidAway = true
    }
    return verdict === 'over'
  }

  async #join(): Promise<void> {
    this.#member.joining()
    this.#wantsJoin = false
    try {
      const { generation, partitions } = await this.#group.join(
        this.#member.holding(),
        this.#options.partitionsOf,
      )
      await this.#whileHeartbeating(this.#member.joined(generation, partitions))
    } catch (error) {
      this.#wantsJoin = true
      throw error
    }
  }

  /** Opening stores may take its time; the group must not forget us meanwhile. */
  async #whileHeartbeating(settling: Promise<void>): Promise<void> {
    let isSettled = false
    const settled = settling.finally(() => (isSettled = true))
    settled.catch(() => undefined) // thrown below
    for (;;) {
      await Promise.race([settled, pause(this.#options.heartbeatIntervalMs)])
      if (isSettled) return await settled
      await this.#heartbeat().catch((error: unknown) => {
        if (verdictOf(error) !== 'over') this.#judge(error)
      })
    }
  }

  async #heartbeat(): Promise<void> {
    this.#heartbeatAsked = false
    const startedAtMs = Date.now()
    await this.#group.heartbeat()
    this.#member.heartbeat(startedAtMs)
  }

  async #rest(ms: number, mayBeHurried = true): Promise<void> {
    if (this.#stopped || (mayBeHurried && (this.#heartbeatAsked || this.#wantsJoin))) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        if (!mayBeHurried && !this.#stopped) return
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => undefined
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref())
