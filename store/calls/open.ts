/** Twin of lua/open.lua: begins a partition where there is none, and reads where it stands. */
import type { Source } from '../../model/definition.ts'
import type { Store } from '../connection/connection.ts'
import { StoreError } from '../errors.ts'
import type { PartitionKeys } from '../keys.ts'
import { parsePosition, type Position } from '../layout/position.ts'
import { readOpened } from './lua-replies.ts'

export interface Identity {
  readonly cluster: string
  readonly topic: string
}

/** Creates the partition at `first`; false where it stood already. Throws StoreError STORE_DAMAGED where the key holds something else. */
export async function open(
  store: Store,
  keys: PartitionKeys,
  first: number,
  def: string,
  identity: Identity,
): Promise<boolean> {
  const opened = readOpened(
    await store.call('open', [keys.pos], [first, def, identity.cluster, identity.topic]),
  )
  if (typeof opened !== 'boolean')
    throw new StoreError('STORE_DAMAGED', `${keys.pos} holds a ${opened.holds}; it must be a hash`)
  return opened
}

/** Where the partition stands; null where it is lost or was never begun. */
export async function readPosition(
  store: Pick<Store, 'pipeline'>,
  keys: PartitionKeys,
  source: Source,
): Promise<Position | null> {
  const [flat] = (await store.pipeline([['HGETALL', keys.pos]])) as [Buffer[]]
  return parsePosition(flat, source, keys.pos)
}
