/** The store's own word about its memory and its copies, asked once a scrape. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/connection.ts'
import { readInfo, type NodeInfo } from '../../store/node-info.ts'
import type { Metrics } from './registry.ts'

/** A scrape waits no longer for a store that hangs. */
const PATIENCE_MS = 1000
/** All gauges of one scrape look at the same answer. */
const FRESH_MS = 500

export function storeMetrics(metrics: Metrics, store: Pick<Store, 'info'>): void {
  let asked: { atMs: number; answer: Promise<readonly NodeInfo[] | null> } | null = null
  const look = (): Promise<readonly NodeInfo[] | null> => {
    if (asked === null || performance.now() - asked.atMs > FRESH_MS)
      asked = { atMs: performance.now(), answer: askStore(store) }
    return asked.answer
  }
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
}

/** Null when the store does not answer in time. */
async function askStore(store: Pick<Store, 'info'>): Promise<readonly NodeInfo[] | null> {
  const patience = new AbortController()
  try {
    const told = await Promise.race([
      store.info(),
      sleep(PATIENCE_MS, null, { signal: patience.signal, ref: false }),
    ])
    return told?.map(({ node, text }) => readInfo(node, text)) ?? null
  } catch {
    return null
  } finally {
    patience.abort()
  }
}
