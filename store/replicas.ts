/** The replicas of a store: where they are, whether they follow, and reads of them. In a cluster its nodes tell, elsewhere the primary. */
import { parseStoreAddress } from './connection/address.ts'
import type { Redis, StoreAccess } from './connection/client.ts'
import type { Command, Store } from './connection/connection.ts'
import { storeError } from './errors.ts'
import { slotOfTag } from './keys.ts'
import { openNode } from './node-asker.ts'
import { placesOfSlot, replicasBySlot, replicasOfInfo, type SlotReplicas } from './replica-places.ts'

export interface Replicas {
  /**
   * Reads of one slot by one of its replicas; what fails is a StoreError among the replies. `in sync`: of one that follows its primary now; `any`: of whoever has the slot, where
   * the store itself does not reach its primary, one after the other. Null: there is none whose replies fit.
   */
  each(
    commands: readonly Command[],
    least: 'in sync' | 'any',
    fits: (replies: readonly unknown[]) => boolean,
  ): Promise<unknown[] | null>
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
  const { isCluster } = address
  const nodes = new Map<string, Node>()
  let places: SlotReplicas = []
  let turn = 0

  const open = (place: string): Redis =>
    openNode({ url, access, place, deadlineMs: DEADLINE_MS, readsReplica: isCluster })

  async function look(): Promise<void> {
    const found = await (isCluster ? ofCluster() : ofPrimary()).catch(() => null)
    if (found !== null) places = found
    const wanted = new Set(
      places.flatMap(({ primary, replicas }) => [...replicas, ...(primary === null ? [] : [primary])]),
    )
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

  /** Any node tells of all. One that is cut off from the others tells what was before: of several the newest is believed. */
  async function ofCluster(): Promise<SlotReplicas> {
    const told = await Promise.all(
      [...nodes.values()].map(async ({ client }) => {
        if (client.status !== 'ready') return null
        try {
          const info = String(await client.call('CLUSTER', 'INFO'))
          if (!/cluster_state:ok/.test(info)) return null
          const epoch = Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1] ?? 0)
          return { epoch, slots: replicasBySlot(await client.call('CLUSTER', 'SLOTS')) }
        } catch {
          return null
        }
      }),
    )
    const newest = told.filter((one) => one !== null).toSorted((a, b) => b.epoch - a.epoch)[0]
    if (newest !== undefined) return newest.slots
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
    async each(commands, least, fits) {
      const { primary = null, replicas = [] } =
        placesOfSlot(places, slotOf(String(commands[0]?.[1] ?? ''))) ?? {}
      const all = replicas.flatMap((place) => nodes.get(place) ?? [])
      const first = turn++ % Math.max(all.length, 1)
      const near = [...all.slice(first), ...all.slice(0, first)]
      const last = primary === null ? [] : [nodes.get(primary)]
      const asked = least === 'any' ? [...near, ...last] : near.filter(({ isInSync }) => isInSync).slice(0, 1)
      for (const node of asked) {
        const replies = node?.client.status === 'ready' ? await ask(node.client, commands) : null
        if (replies !== null && fits(replies)) return replies
      }
      return null
    },
    known: () => new Map([...nodes].map(([place, { isInSync }]) => [place, isInSync])),
    close() {
      clearInterval(timer)
      for (const { client } of nodes.values()) client.disconnect()
    },
  }
}

async function ask(client: Redis, commands: readonly Command[]): Promise<unknown[] | null> {
  const batch = client.pipeline()
  for (const [name, ...args] of commands) batch.callBuffer(name, ...args)
  const replies = await batch.exec().catch(() => null)
  return replies?.map(([error, value]) => (error ? storeError(error) : value)) ?? null
}

/** By its tag, where it has one. */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1]
  return slotOfTag(tag ?? key)
}
