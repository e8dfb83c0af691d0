/** What the store's memory holds, master by master. */
import type { Store } from './connection.ts'

export interface StoreMemory {
  /** `host:port` */
  readonly node: string
  readonly usedBytes: number
  /** At which it refuses writes; 0 = no limit. */
  readonly maxBytes: number
}

export async function readMemory(store: Pick<Store, 'info'>): Promise<StoreMemory[]> {
  const nodes = await store.info()
  return nodes.map(({ node, text }) => {
    const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    return { node, usedBytes: field('used_memory'), maxBytes: field('maxmemory') }
  })
}
