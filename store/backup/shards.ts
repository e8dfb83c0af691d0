/** Which slots lie together: a slot that moves while a cluster is copied node by node would be copied twice, or never. */
import type { StoreAddress } from '../connection/address.ts'
import type { Store } from '../connection/connection.ts'
import { StoreError } from '../errors.ts'
import { partitionKeys } from '../keys.ts'
import type { Collected } from './collect.ts'
import { BackupError } from './fault.ts'
import type { BackedPosition } from './manifest.ts'

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

/** Where partitions stand, before they are copied: keys of their positions. Nothing moves in a store that is no cluster. Throws StoreError. */
export async function standingIn(store: Store, { isCluster }: StoreAddress): Promise<string[]> {
  const found: string[] = []
  if (isCluster) for await (const keys of store.scan('tm:{*}:g*:pos')) found.push(...keys)
  return found
}

/**
 * A slot that goes from node to node key by key changes its owner last: a copy of the giver made after its keys went and one of the taker made before hold none of them, and the slots
 * lie as before. What stood and still stands must be in it. Throws BackupError, StoreError.
 */
export async function refuseMissing(
  store: Store,
  standing: readonly string[],
  positions: readonly BackedPosition[],
): Promise<void> {
  const copied = new Set(
    positions.map(({ source, partition, generation }) => partitionKeys(source, partition, generation).pos),
  )
  for (const key of standing) {
    if (copied.has(key)) continue
    const [stands] = await store.pipeline([['HEXISTS', key, 'next']])
    if (stands === 1)
      throw new BackupError(
        'NOT_COPIED',
        `${key} is in none of the copies, as its slot moved while they were made: take the backup once the move is over`,
      )
  }
}
