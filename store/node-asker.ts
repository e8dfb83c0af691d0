/**
 * Questions to single servers of a store, its replicas above all, which the connection to the store does not reach. A connection is made where one is asked for the first time
 * and ends when nobody asked for a while. A server that is away or cannot be reached from here answers nothing; what it refuses is a StoreError.
 */
import { parseStoreAddress } from './connection/address.ts'
import { connect, type Redis, type StoreAccess } from './connection/client.ts'
import type { Command } from './connection/connection.ts'
import { storeError } from './errors.ts'

export interface NodeAsker {
  /** Commands without a key; replies in order, strings as text. Null = it does not answer. `place`: `host:port`, IPv6 in brackets. */
  ask(place: string, commands: readonly Command[]): Promise<unknown[] | null>
  close(): void
}

interface Link {
  readonly client: Redis
  readonly ready: Promise<boolean>
  askedMs: number
}

const DEADLINE_MS = 1000
const IDLE_MS = 15_000

/** Throws StoreAddressError. */
export function openNodeAsker(settings: { readonly url: string; readonly access?: StoreAccess }): NodeAsker {
  const links = new Map<string, Link>()
  const link = (place: string): Link => {
    const had = links.get(place)
    if (had !== undefined) return had
    const client = openNode({ ...settings, place, deadlineMs: DEADLINE_MS })
    const ready = new Promise<boolean>((resolve) => {
      client.once('ready', () => resolve(true))
      setTimeout(() => resolve(false), DEADLINE_MS).unref()
    })
    const made = { client, ready, askedMs: 0 }
    links.set(place, made)
    return made
  }
  const drop = (isDue: (link: Link) => boolean): void => {
    for (const [place, one] of links)
      if (isDue(one)) {
        links.delete(place)
        one.client.disconnect()
      }
  }
  const timer = setInterval(() => drop(({ askedMs }) => performance.now() - askedMs > IDLE_MS), IDLE_MS)
  timer.unref()
  return {
    async ask(place, commands) {
      const one = link(place)
      one.askedMs = performance.now()
      if (one.client.status !== 'ready' && !(await one.ready)) return null
      if (one.client.status !== 'ready') return null
      const batch = one.client.pipeline()
      for (const [name, ...args] of commands) batch.call(name, ...args)
      const replies = await batch.exec().catch(() => null)
      return replies?.map(([error, value]) => (error ? storeError(error) : value)) ?? null
    },
    close() {
      clearInterval(timer)
      drop(() => true)
    },
  }
}

export interface NodeOptions {
  /** Of the store that it is part of: its user, password and database are those of the store. */
  readonly url: string
  readonly access?: StoreAccess
  /** `host:port`, IPv6 in brackets. */
  readonly place: string
  readonly deadlineMs: number
  /** Reads keys of a cluster though it is no primary. */
  readonly readsReplica?: boolean
}

/** A connection to one server, which says nothing of what goes wrong. Throws StoreAddressError. */
export function openNode({ url, access = {}, place, deadlineMs, readsReplica = false }: NodeOptions): Redis {
  const { isTls, db, user, password } = parseStoreAddress(url)
  return connect({
    url: `redis${isTls ? 's' : ''}://${place}${db === 0 ? '' : `/${db}`}`,
    access: {
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password: () => password }),
      ...access,
    },
    deadlineMs,
    readsReplica,
    trouble: () => {},
    connected: () => {},
  }) as Redis
}
