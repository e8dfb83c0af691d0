/** Which slots lie together: a slot that moves while a cluster is copied node by node would be copied twice, or never. */
import type { StoreAddress } from '../address.ts'
import type { Store } from '../connection.ts'
import { StoreError } from '../errors.ts'
import type { Collected } from './collect.ts'
import { BackupError } from './fault.ts'

/** The ranges of each shard, whoever is its primary; '' = no cluster. Throws StoreError. */
export async function shardsOf(store: Store, { isCluster }: StoreAddress): Promise<string> {
  if (!isCluster) return ''
  const [first] = await store.everywhere(['CLUSTER', 'SLOTS'])
  if (first!.reply instanceof StoreError) throw first!.reply
  const shards = new Map<string, string[]>()
  for (const [from, to, [, , id]] of first!.reply as [number, number, [string, number, string]][])
    shards.set(id, [...(shards.get(id) ?? []), `${from}-${to}`])
  return [...shards.values()]
    .map((ranges) => ranges.sort().join(' '))
    .sort()
    .join(', ')
}

/** Throws BackupError. */
export function refuseMoves(before: string, after: string, nodes: readonly Collected[]): void {
  const all = nodes.flatMap(({ partitions }) => partitions)
  const twice = all.find((one, at) => all.indexOf(one) !== at)
  if (before === after && twice === undefined) return
  throw new BackupError(
    'NOT_COPIED',
    `slots of the cluster moved while it was copied${twice === undefined ? '' : ` (partition ${twice} lies on two nodes)`}: take the backup once the move is over`,
  )
}
