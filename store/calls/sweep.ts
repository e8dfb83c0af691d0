/** Twin of lua/sweep.lua: before a partition begins anew, what a lost one left behind goes; a partition that stands is never touched. */
import type { Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { readSwept } from './lua-replies.ts'

/** Number of leftovers unlinked; null where the partition stands (somebody opened it first). */
export async function sweep(store: Store, keys: PartitionKeys): Promise<number | null> {
  let gone = 0
  const pattern = `${keys.prefix.replaceAll(/[[\]*?\\]/g, '\\$&')}*`
  for await (const found of store.scan(pattern)) {
    for (let at = 0; at < found.length; at += 200) {
      const some = found.slice(at, at + 200).filter((key) => key !== keys.pos)
      const unlinked = readSwept(await store.call('sweep', [keys.pos, ...some], []))
      if (unlinked === null) return null
      gone += unlinked
    }
  }
  return gone
}
