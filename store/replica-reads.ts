/**
 * Reads of a store by its replicas, where they can be had. Numbers come with where their partition stands (moment.ts), and that is what makes it safe: what a replica
 * says is taken only where it is not behind what was answered before, in the same history; else the primary is asked. So no reader of this process sees a partition go
 * back, unless its primary went back. While a primary is away, a replica that is behind no answer speaks for it; where there is none, what was answered last still stands.
 */
import type { Command, Store } from './connection/connection.ts'
import { StoreError, storeError } from './errors.ts'
import type { Replicas } from './replicas.ts'
import { parseWake } from './wake.ts'

/** Whose answer it was. */
export type ReadFrom = 'replica' | 'primary' | 'others while the primary is away'

/** As far as a partition was seen, in one history of it. */
interface Seen {
  readonly next: number
  readonly history: string
  /** `pos`, the note of a halt and the fence, as they were answered. */
  readonly standing: readonly [pos: unknown, halt: unknown, fence: unknown]
}

/** A primary that says nothing for so long is asked beside its replica. */
const HUNG_MS = 500
const TRIES = 5
const AGAIN_MS = 250
/** Positions that are remembered; those of generations that are gone are let go with them. */
const MOST_SEEN = 100_000
const FENCE = ['next', 'rev', 'def'].join()

/** `counted` hears of each read whose answer was used. */
export function withReplicaReads(
  store: Store,
  replicas: Pick<Replicas, 'each'>,
  counted: (from: ReadFrom) => void = () => {},
  againMs = AGAIN_MS,
): Store {
  const seen = new Map<string, Seen>()
  /** Channel of a partition -> what its last batch said: who was woken by it must not read what was before. */
  const told = new Map<string, number>()
  const note = (moment: string, replies: readonly unknown[]): void => {
    const found = seenIn(replies)
    if (found === null) return
    if (seen.size >= MOST_SEEN) seen.clear()
    seen.set(moment, found)
  }
  /** Null where none can be taken. */
  async function ofReplica(
    commands: readonly Command[],
    moment: string,
    least: 'in sync' | 'any',
  ): Promise<unknown[] | null> {
    const replies = await replicas.each(commands, least, (found) => isNotBehind(found, moment))
    if (replies !== null) note(moment, replies)
    return replies
  }

  function isNotBehind(replies: readonly unknown[], moment: string): boolean {
    if (replies.some((reply) => reply instanceof StoreError && reply.retry)) return false
    const [before, found] = [seen.get(moment), seenIn(replies)]
    if (found === null || found.next < (told.get(channelOf(moment)) ?? 0)) return false
    return before === undefined || (found.next >= before.next && found.history === before.history)
  }

  async function readMoment(commands: readonly Command[], moment: string): Promise<unknown[]> {
    const near = await ofReplica(commands, moment, 'in sync')
    if (near !== null) {
      counted('replica')
      return near
    }
    return primaryFirst(
      async () => {
        const replies = await store.each(commands)
        const away = replies.find((reply) => reply instanceof StoreError && reply.retry)
        if (away !== undefined) throw away
        note(moment, replies)
        return replies
      },
      async () => (await ofReplica(commands, moment, 'any')) ?? stillStands(commands, seen.get(moment)),
    )
  }

  /** What has no position, such as a catalog, is of the primary, and of a replica only while that is away: told by a failure, or by replies that are one. */
  async function readPlain(
    commands: readonly Command[],
    read: (commands: readonly Command[]) => Promise<unknown[]>,
  ): Promise<unknown[]> {
    let said: unknown[] | null = null
    try {
      return await primaryFirst(
        async () => {
          said = await read(commands)
          const away = said.find((reply) => reply instanceof StoreError && isAway(reply))
          if (away !== undefined) throw away
          return said
        },
        () => replicas.each(commands, 'any', (found) => !found.some((reply) => reply instanceof StoreError)),
      )
    } catch (error) {
      if (said === null) throw error
      return said
    }
  }

  /** A failover takes a moment in which nobody answers: it is asked again before a reader hears of it. */
  async function primaryFirst(
    primary: () => Promise<unknown[]>,
    replica: () => Promise<unknown[] | null>,
  ): Promise<unknown[]> {
    for (let tries = 1; ; tries++) {
      const asked = primary().then(
        (replies) => ({ replies }),
        (cause: unknown) => ({ fault: storeError(cause) }),
      )
      const first = await Promise.race([asked, after(HUNG_MS)])
      if (first !== null && 'replies' in first) {
        counted('primary')
        return first.replies
      }
      // Another fault is the same on a replica.
      if (first !== null && !isAway(first.fault)) throw first.fault
      const other = await replica()
      if (other !== null) {
        counted('others while the primary is away')
        return other
      }
      const last = await asked
      if ('replies' in last) {
        counted('primary')
        return last.replies
      }
      if (tries === TRIES || !isAway(last.fault)) throw last.fault
      await after(againMs)
    }
  }

  return {
    ...store,
    subscribe: (channel, heard) =>
      store.subscribe(channel, (message) => {
        told.set(channel, parseWake(message)?.next ?? 0)
        heard(message)
      }),
    each: (commands) => {
      const moment = momentOf(commands)
      if (moment !== null) return readMoment(commands, moment)
      return commands.every(isRead) ? readPlain(commands, store.each) : store.each(commands)
    },
    pipeline: (commands) =>
      commands.every(isRead) ? readPlain(commands, store.pipeline) : store.pipeline(commands),
  }
}

/**
 * Where nobody answers who is not behind: a mirror that asks only what came after the last answer hears that nothing did, and answers as it did before. Null where more is
 * asked.
 */
function stillStands(commands: readonly Command[], before: Seen | undefined): unknown[] | null {
  const [, , last, following, , ...more] = commands
  if (before === undefined || more.length > 0) return null
  if (last?.[0] !== 'XREVRANGE' || following?.[0] !== 'XRANGE') return null
  if (following[2] !== `(${before.next}-0`) return null
  const [pos, halt, fence] = before.standing
  return [pos, halt, [], [], fence]
}

/** Its tag is that of the position. */
const channelOf = (moment: string): string => moment.replace(/\}.*$/s, '}:wake')

/** The key of a position, where the commands end in its fence. */
function momentOf(commands: readonly Command[]): string | null {
  const [name, key, ...fields] = commands.at(-1) ?? []
  return commands.length > 1 && name === 'HMGET' && fields.join() === FENCE && commands.every(isRead)
    ? String(key)
    : null
}

function seenIn(replies: readonly unknown[]): Seen | null {
  const fence = replies.at(-1)
  if (!Array.isArray(fence)) return null
  const [next, rev, def] = (fence as (Buffer | null)[]).map((field) => field?.toString() ?? '')
  return next === ''
    ? null
    : { next: Number(next), history: `${rev} ${def}`, standing: [replies[0], replies[1], fence] }
}

/** What only looks, and is of one slot. */
const READS: ReadonlySet<string> = new Set([
  'EXISTS',
  'GET',
  'HGET',
  'HGETALL',
  'HLEN',
  'HMGET',
  'HSCAN',
  'XLEN',
  'XRANGE',
  'XREVRANGE',
  'ZCARD',
  'ZCOUNT',
  'ZRANGE',
  'ZREVRANGE',
  'ZSCORE',
  'ZMSCORE',
])
const isRead = ([name]: Command): boolean => READS.has(name)

const isAway = ({ code }: StoreError): boolean => code === 'STORE_UNREACHABLE' || code === 'STORE_BUSY'

const after = (ms: number): Promise<null> =>
  new Promise((over) => void setTimeout(() => over(null), ms).unref())
