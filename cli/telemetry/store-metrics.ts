/** The store's own word about its memory and its copies, asked once a scrape. */
import type { Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { readInfo, type NodeInfo } from '../../store/node-info.ts'
import { readReadings } from '../../store/node-readings.ts'
import { askedOnce } from './asked-once.ts'
import type { Metrics } from './registry.ts'
import { storeEvents } from './store-events.ts'
import { storeReadings, type ReadNode } from './store-readings.ts'

export function storeMetrics(metrics: Metrics, store: Pick<Store, 'everywhere' | 'each'>): void {
  const ask = askedOnce(() => askStore(store))
  const look = async (): Promise<readonly NodeInfo[] | null> => (await ask())?.nodes ?? null
  const each =
    (value: (node: NodeInfo) => number) =>
    async (gauge: { set(labels: { node: string }, value: number): void }): Promise<void> => {
      for (const node of (await look()) ?? []) gauge.set({ node: node.node }, value(node))
    }
  metrics.gauge(
    'tidemark_store_up',
    '1 where every master of the store answered this scrape within a second.',
    [],
    async (gauge) => gauge.set((await look()) === null ? 0 : 1),
  )
  metrics.gauge(
    'tidemark_store_memory_used_bytes',
    'Memory that the store has in use.',
    ['node'],
    each(({ usedBytes }) => usedBytes),
  )
  metrics.gauge(
    'tidemark_store_memory_max_bytes',
    'maxmemory of the store, at which it refuses writes; 0 = no limit.',
    ['node'],
    each(({ maxBytes }) => maxBytes),
  )
  metrics.gauge(
    'tidemark_store_evicts',
    '1 where its maxmemory-policy lets it drop keys, which makes numbers wrong: then nothing is read or written.',
    ['node'],
    each(({ policy }) => (policy === '' || policy === 'noeviction' ? 0 : 1)),
  )
  metrics.gauge(
    'tidemark_store_evicted_keys',
    'Keys it dropped to make room since it started; what it dropped is counted again from the log.',
    ['node'],
    each(({ evictedKeys }) => evictedKeys),
  )
  metrics.gauge(
    'tidemark_store_replicas',
    'Connected replicas of this master.',
    ['node'],
    each(({ replicas }) => replicas),
  )
  metrics.gauge(
    'tidemark_store_aof_ok',
    '1 where the append-only file is on and its last write went well.',
    ['node'],
    each(({ aofOk }) => (aofOk ? 1 : 0)),
  )
  metrics.gauge(
    'tidemark_store_slots_covered',
    'Slots of the cluster that a node answers for, of 16,384.',
    [],
    async (gauge) => {
      const covered = (await ask())?.slotsCovered
      if (covered != null) gauge.set(covered)
    },
  )
  storeReadings(metrics, async () => (await ask())?.readings ?? [])
  storeEvents(metrics, store)
}

interface Asked {
  readonly nodes: readonly NodeInfo[]
  readonly readings: readonly ReadNode[]
  /** Null = no cluster. */
  readonly slotsCovered: number | null
}

/** Throws where one of its nodes does not answer. */
async function askStore(store: Pick<Store, 'everywhere'>): Promise<Asked> {
  const [infos, clusters] = await Promise.all([
    store.everywhere(['INFO', 'all']),
    store.everywhere(['CLUSTER', 'INFO']),
  ])
  for (const { reply } of infos) if (reply instanceof StoreError) throw reply
  // A node that is no cluster may refuse to say so.
  const covered = clusters.flatMap(({ reply }) =>
    (/^cluster_slots_ok:(\d+)/m.exec(String(reply))?.slice(1) ?? []).map(Number),
  )
  const isCluster = infos.some(({ reply }) => /^cluster_enabled:1/m.test(String(reply)))
  return {
    nodes: infos.map(({ node, reply }) => readInfo(node, String(reply))),
    readings: infos.map(({ node, reply }) => ({ node, readings: readReadings(String(reply)) })),
    slotsCovered: isCluster && covered.length > 0 ? Math.min(...covered) : null,
  }
}
