/** The steps of replacing a node of a local store. */
import { setTimeout as sleep } from 'node:timers/promises'
import { readTopology, writeTopology, type LocalNode } from '../../../embedded/topology-file.ts'
import { SLOTS, type ClusterNode } from '../../../store/topology/cluster-nodes.ts'
import { failOverCluster } from '../../../store/topology/fail-over.ts'
import { patiently, viewOf } from '../../../store/topology/form-cluster.ts'
import type { NodeLink } from '../../../store/topology/node-link.ts'
import { readNodeState } from '../../../store/topology/node-state.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { idSoon, joinNodes, plannedNode, withLinks, writeRoles, type Here, type Say } from './nodes.ts'

const LOOK_EVERY_MS = 200
/** Beside several node timeouts, what the others need to agree on a new primary. */
const ELECTION_MS = 5000

export interface Replacement {
  /** The keys of its shard may be lost where it holds their only copy. */
  readonly acceptsLoss: boolean
  readonly say: Say
}

/** What was done, for the audit log. Throws TopologyError, StoreError. */
export async function replaceNode(
  dataDir: string,
  name: string,
  { acceptsLoss, say }: Replacement,
): Promise<string> {
  const lost = readTopology(dataDir)!.nodes.find((node) => node.name === name)!
  const isOnlyCopy = await withLinks(dataDir, async (here) => {
    const isEmptied = await handOver(here, lost, say)
    if (!isEmptied && !acceptsLoss)
      throw new TopologyError(
        `${name} holds the only copy of its shard: wait for it, or give it a replica first (tidemark store scale --replicas 1). Where it is lost for good, --accept-loss puts an empty node in its place: numbers come back from the log, other keys are gone`,
      )
    await writeRoles(dataDir, await viewOf(here.witness))
    return !isEmptied
  })
  const topology = readTopology(dataDir)!
  const { zone, shard } = lost
  const made = await plannedNode(dataDir, topology, { zone, shard, isReplica: !isOnlyCopy })
  await writeTopology(dataDir, {
    ...topology,
    nodes: topology.nodes.map((node) => (node.name === name ? made : node)),
  })
  say(`${made.name} takes the place of ${name} in zone ${zone}`)
  await joinNodes(dataDir)
  await withLinks(dataDir, async (here) => {
    const link = here.links[here.topology.nodes.findIndex((node) => node.name === made.name)]!
    if (isOnlyCopy) await takeLostSlots(link)
    await patiently(`${made.name} with a copy of its shard`, async () => (await readNodeState(link)).isInSync)
  })
  const done = `${name} was replaced by ${made.name} in zone ${zone}${isOnlyCopy ? ', which began empty: other copies of its shard there were none' : ''}`
  say(done)
  return done
}

/** Until another node of its shard is the primary; false = there is none that could be. */
async function handOver({ topology, links, witness }: Here, lost: LocalNode, say: Say): Promise<boolean> {
  const mates = topology.nodes.filter(({ shard, name }) => shard === lost.shard && name !== lost.name)
  const linkOf = (port: number): NodeLink => links[topology.nodes.findIndex((node) => node.port === port)]!
  const others = async (): Promise<ClusterNode[]> =>
    (await viewOf(witness)).filter(
      ({ isFailed, port }) => !isFailed && mates.some((mate) => mate.port === port),
    )
  const hasTakenOver = async (): Promise<boolean> =>
    (await others()).some(({ isPrimary, slots }) => isPrimary && slots.length > 0)
  if (await hasTakenOver()) return true
  const [replica] = await others()
  if (replica === undefined) return false
  const alive = (await viewOf(witness)).find(
    (one) => one.port === lost.port && !one.isFailed && one.isPrimary,
  )
  if (alive !== undefined && (await idSoon(linkOf(lost.port))) === alive.id) {
    say(`${lost.name} hands over`)
    await failOverCluster(linkOf(lost.port), linkOf(replica.port))
    return true
  }
  const end = performance.now() + 3 * topology.nodeTimeoutMs + ELECTION_MS
  while (!(await hasTakenOver()) && performance.now() < end) await sleep(LOOK_EVERY_MS)
  if (await hasTakenOver()) return true
  // So many primaries are away that the others cannot elect one: this machine is all there is, so nobody else can.
  say(`the others elect no primary in place of ${lost.name}: it is named`)
  await linkOf(replica.port).ask('CLUSTER', 'FAILOVER', 'TAKEOVER')
  await patiently('a replica that took over', hasTakenOver)
  return true
}

/** What nobody has goes to the new node. */
async function takeLostSlots(link: NodeLink): Promise<void> {
  const owned = new Set<number>()
  for (const { isFailed, slots } of await viewOf(link))
    if (!isFailed) for (const [from, to] of slots) for (let slot = from; slot <= to; slot++) owned.add(slot)
  for (let from = 0; from < SLOTS; from++) {
    if (owned.has(from)) continue
    let to = from
    while (to + 1 < SLOTS && !owned.has(to + 1)) to++
    await link.ask('CLUSTER', 'ADDSLOTSRANGE', from, to)
    from = to
  }
}
