/** The replicas of a store: where they are, whether they follow, and reads of them. In a cluster its nodes tell, elsewhere the primary. */
import { parseStoreAddress } from './address.ts'
import { connect, Redis, type StoreAccess } from './client.ts'
import type { Command, Store } from './connection.ts'
import { storeError } from './errors.ts'
import { slotOfTag } from './keys.ts'
import { replicasBySlot, replicasOfInfo, slotRangesOf, type SlotReplicas } from './replica-places.ts'

export interface Replicas {
  /**
   * Reads of one slot by one of its replicas; what fails is a StoreError among the replies. `in sync`: of one that follows its primary now. Null: there is none.
   */
  each(commands: readonly Command[], least: 'in sync' | 'any'): Promise<unknown[] | null>
  /** `host:port` -> it follows its primary, as of the last look. */
  known(): ReadonlyMap<string, boolean>
  close(): void
}

export interface ReplicasOptions {
  readonly url: string
  readonly access?: StoreAccess
  readonly store: Pick<Store, 'info' | 'each'>
  readonly lookEveryMs?: number
}

interface Node {
  readonly client: Redis
  isInSync: boolean
}

const LOOK_EVERY_MS = 1000
const DEADLINE_MS = 1000

/** Throws StoreAddressError. */
export function openReplicas({
  url,
  access = {},
  store,
  lookEveryMs = LOOK_EVERY_MS,
}: ReplicasOptions): Replicas {
  const address = parseStoreAddress(url)
  const { isTls, isCluster, user, password } = address
  const nodes = new Map<string, Node>()
  let places: SlotReplicas = []
  let turn = 0

  const open = (place: string): Redis => {
    const client = connect({
      url: `redis${isTls ? 's' : ''}://${place}${address.db === 0 ? '' : `/${address.db}`}`,
      access: {
        ...(user !== undefined && { user }),
        ...(password !== undefined && { password: () => password }),
        ...access,
      },
      deadlineMs: DEADLINE_MS,
      readsReplica: isCluster,
      trouble: () => {},
      connected: () => {},
    })
    return client as Redis
  }

  async function look(): Promise<void> {
    const found = await (isCluster ? ofCluster() : ofPrimary()).catch(() => null)
    if (found !== null) places = found
    const wanted = new Set(places.flatMap((range) => range.replicas))
    for (const place of wanted)
      if (!nodes.has(place)) nodes.set(place, { client: open(place), isInSync: false })
    for (const [place, { client }] of nodes)
      if (!wanted.has(place)) {
        nodes.delete(place)
        client.disconnect()
      }
    await Promise.all(
      [...nodes.values()].map(async (node) => {
        const text = node.client.status === 'ready' ? await node.client.info().catch(() => '') : ''
        node.isInSync =
          /^loading:0/m.test(text) && (/^role:master/m.test(text) || /^master_link_status:up/m.test(text))
      }),
    )
  }

  /** Any node tells of all; one that is asked first may be away. */
  async function ofCluster(): Promise<SlotReplicas> {
    for (const { client } of nodes.values())
      if (client.status === 'ready')
        try {
          return replicasBySlot(await client.call('CLUSTER', 'SLOTS'))
        } catch {
          // the next one
        }
    for (const { host, port } of address.nodes) {
      const client = open(`${host.includes(':') ? `[${host}]` : host}:${port}`)
      try {
        await new Promise<void>((ready, fail) => client.once('ready', ready).once('close', fail))
        return replicasBySlot(await client.call('CLUSTER', 'SLOTS'))
      } catch {
        // the next one
      } finally {
        client.disconnect()
      }
    }
    return places
  }

  const ofPrimary = async (): Promise<SlotReplicas> =>
    replicasOfInfo((await store.info()).map(({ text }) => text))

  let looking: Promise<void> | null = null
  const lookOnce = (): void => {
    looking ??= look().finally(() => (looking = null))
  }
  lookOnce()
  const timer = setInterval(lookOnce, lookEveryMs)
  timer.unref()

  return {
    async each(commands, least) {
      const slot = slotOf(String(commands[0]?.[1] ?? ''))
      const ready = slotRangesOf(places, slot)
        .map((place) => nodes.get(place))
        .filter((node) => node?.client.status === 'ready' && (node.isInSync || least === 'any'))
      const node = ready[turn++ % Math.max(ready.length, 1)]
      if (node === undefined) return null
      const batch = node.client.pipeline()
      for (const [name, ...args] of commands) batch.callBuffer(name, ...args)
      const replies = await batch.exec().catch(() => null)
      return replies?.map(([error, value]) => (error ? storeError(error) : value)) ?? null
    },
    known: () => new Map([...nodes].map(([place, { isInSync }]) => [place, isInSync])),
    close() {
      clearInterval(timer)
      for (const { client } of nodes.values()) client.disconnect()
    },
  }
}

/** By its tag, where it has one. */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1]
  return slotOfTag(tag ?? key)
}
