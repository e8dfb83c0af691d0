/** Planned failovers: the primary stops for a moment, its replica hears the last write, then takes over. */
import { StoreError } from '../errors.ts'
import { patiently } from './form-cluster.ts'
import type { NodeLink } from './node-link.ts'
import { readNodeState } from './node-state.ts'

/** In a cluster. A failover that times out leaves all as it was, and is asked for again. */
export async function failOverCluster(primary: NodeLink, replica: NodeLink): Promise<void> {
  let askedMs = -Infinity
  await patiently('a replica that took over', async () => {
    if ((await readNodeState(replica)).isPrimary) return true
    if (performance.now() - askedMs > ASK_AGAIN_MS) {
      askedMs = performance.now()
      await replica.ask('CLUSTER', 'FAILOVER')
    }
    return false
  })
  await patiently('a primary that follows', async () => !(await readNodeState(primary)).isPrimary)
}
/** The engine gives a planned failover up after 5 s. */
const ASK_AGAIN_MS = 6000

/** By sentinels, which choose the replica themselves. Valkey 9 does it without losing a write; what another one loses the log brings back. */
export async function failOverSentinel(sentinel: NodeLink, name: string, primary: NodeLink): Promise<void> {
  await patiently('sentinels that fail over', async () => {
    await sentinel.ask('SENTINEL', 'FAILOVER', name, 'COORDINATED').catch((error: unknown) => {
      // Older ones know no such word, and say so in several ways.
      if (error instanceof StoreError && /NOGOODSLAVE|INPROG/.test(error.message)) throw error
      return sentinel.ask('SENTINEL', 'FAILOVER', name)
    })
    return true
  })
  await patiently('a primary that follows', async () => !(await readNodeState(primary)).isPrimary)
}
