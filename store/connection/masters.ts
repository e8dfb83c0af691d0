import { Cluster, type Redis } from './client.ts'
import { StoreError } from '../errors.ts'

/**
 * All masters, so that what is asked of each is asked of the whole store. Throws where one is away, or none is known yet: what the others say would be a
 * part that looks like the whole.
 */
export function mastersOf(client: Redis | Cluster, trouble: StoreError | null): Redis[] {
  if (!(client instanceof Cluster)) return [client]
  const nodes = client.nodes('master')
  if (client.status !== 'ready' || nodes.length === 0)
    throw trouble ?? new StoreError('STORE_UNREACHABLE', 'no node of the cluster answers')
  const known = new Set(nodes.map(({ options: { host, port } }) => `${host}:${port}`))
  const owners = new Set(Array.from(client.slots, (keys) => keys?.[0]))
  const missing = [...owners].find((owner) => owner === undefined || !known.has(owner))
  if (owners.size === 0 || owners.has(undefined) || missing !== undefined) {
    client.refreshSlotsCache()
    throw new StoreError(
      'STORE_UNREACHABLE',
      missing === undefined ? 'some slots of the cluster have no master' : `the master ${missing} is away`,
    )
  }
  return nodes
}
