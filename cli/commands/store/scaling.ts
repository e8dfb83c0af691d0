/** The steps of scaling a local store. Each looks at what is there first, so that a command given again goes on where it was cut off. */
import { readTopology, writeTopology, type LocalTopology } from '../../../embedded/topology-file.ts'
import { SLOTS, type ClusterNode } from '../../../store/topology/cluster-nodes.ts'
import { idOf, patiently, untilWhole, viewOf } from '../../../store/topology/form-cluster.ts'
import { endOpenMoves, moveSlots, type Mover } from '../../../store/topology/move-slots.ts'
import type { NodeLink } from '../../../store/topology/node-link.ts'
import { readNodeState } from '../../../store/topology/node-state.ts'
import { zoneOfReplica } from '../../../store/topology/placement.ts'
import { planMoves, slotsOf } from '../../../store/topology/plan-moves.ts'
import { refuseScale } from '../../../store/topology/scale-refusal.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { joinNodes, plannedNode, withLinks, writeRoles, type Say } from './nodes.ts'
import { localPassword } from './local.ts'

type Wish = Pick<LocalTopology, 'shards' | 'replicas'>

/** What was done, for the audit log. Throws TopologyError where it is refused, StoreError where it was cut short. */
export async function scaleStore(
  dataDir: string,
  wish: Wish,
  machineBytes: number,
  say: Say,
): Promise<string | null> {
  const before = readTopology(dataDir)!
  await examine(dataDir, wish, machineBytes)
  await addNodes(dataDir, wish, say)
  await spreadSlots(dataDir, wish.shards, say)
  await removeNodes(dataDir, wish, say)
  await withLinks(dataDir, ({ links }) => untilWhole(links))
  const topology = readTopology(dataDir)!
  await writeTopology(dataDir, { ...topology, ...wish })
  const done = `the store has ${wish.shards} shards of ${wish.replicas} replicas`
  say(done)
  return `${done}; before: ${before.shards} of ${before.replicas}`
}

/** Nothing is begun that cannot end. */
async function examine(dataDir: string, wish: Wish, machineBytes: number): Promise<void> {
  await withLinks(dataDir, async ({ topology, links, view }) => {
    const states = await Promise.all(
      topology.nodes.map(async ({ name, port }, at) => {
        const state = await readNodeState(links[at]!).catch(() => null)
        if (state === null)
          throw new TopologyError(
            `${name} does not answer: wait until its supervisor has started it, or take another node in its place by: tidemark store replace ${name}`,
          )
        return { ...state, hasSlots: view.some((one) => one.port === port && one.slots.length > 0) }
      }),
    )
    const usedBytes = states.reduce((sum, { hasSlots, usedBytes: used }) => sum + (hasSlots ? used : 0), 0)
    const { zones, maxmemoryBytes } = topology
    const fault = refuseScale({
      wish,
      zones,
      usedBytes,
      nodeBytes: maxmemoryBytes,
      machineBytes,
      nodes: states.length,
    })
    if (fault !== null) throw new TopologyError(fault)
  })
}

/** Nodes that a shard lacks are written down, started by the supervisor, met, and follow their primary. */
async function addNodes(dataDir: string, wish: Wish, say: Say): Promise<void> {
  await withLinks(dataDir, ({ view }) => writeRoles(dataDir, view))
  const topology = readTopology(dataDir)!
  const nodes = [...topology.nodes]
  const add = async (shard: number, isReplica: boolean, zone: string): Promise<void> => {
    const made = await plannedNode(dataDir, { nodes }, { shard, isReplica, zone })
    nodes.push(made)
    say(
      `${made.name} is added: ${isReplica ? 'a replica' : 'the primary'} of shard ${shard}, in zone ${zone}`,
    )
  }
  for (let shard = 0; shard < wish.shards; shard++) {
    const own = () => nodes.filter((node) => node.shard === shard)
    if (own().length === 0) await add(shard, false, topology.zones[shard % topology.zones.length]!)
    const primary = own().find(({ isReplica }) => !isReplica)!
    while (own().length <= wish.replicas) {
      const taken = own().map(({ zone }) => zone)
      await add(shard, true, zoneOfReplica(topology.zones, primary.zone, taken))
    }
  }
  await writeTopology(dataDir, { ...topology, nodes })
  await joinNodes(dataDir)
}

async function spreadSlots(dataDir: string, shards: number, say: Say): Promise<void> {
  await withLinks(dataDir, async ({ topology, links, witness }) => {
    await untilWhole(links) // one that has just begun takes no keys for its first seconds
    const ids = new Map<string, NodeLink>()
    for (const link of links) ids.set(await idOf(link), link)
    const shardOf = (port: number): number => topology.nodes.find((node) => node.port === port)?.shard ?? -1
    let primaries: readonly ClusterNode[] = []
    // A replica that has only just begun to follow is a primary to those who have not heard of it.
    const look = (): Promise<void> =>
      patiently('one primary in each shard', async () => {
        primaries = (await viewOf(witness)).filter(({ isPrimary, isFailed }) => isPrimary && !isFailed)
        const shardsSeen = primaries.map(({ port }) => shardOf(port))
        const planned = new Set(topology.nodes.map(({ shard }) => shard))
        return shardsSeen.length === planned.size && new Set(shardsSeen).size === planned.size
      })
    let done = 0
    let all = 0
    const mover: Mover = {
      links: ids,
      password: localPassword(dataDir),
      moved: (slots) => say(`  ${(done += slots)} of ${all} slots moved`),
    }
    await look()
    const ended = await endOpenMoves(
      mover,
      primaries.map(({ id }) => id),
    )
    if (ended > 0) say(`${ended} moves that were under way have come to their end`)
    await look()
    const keep = primaries
      .filter(({ port }) => shardOf(port) >= 0 && shardOf(port) < shards)
      .toSorted((a, b) => shardOf(a.port) - shardOf(b.port))
      .map(({ id }) => id)
    const moves = planMoves(primaries, keep)
    all = moves.reduce((sum, move) => sum + slotsOf(move), 0)
    if (all === 0) return
    say(`${all} of ${SLOTS} slots move`)
    await moveSlots(mover, moves)
  })
}

/** Nodes that are too many leave: those of shards that are gone, and of each other shard replicas that came last. */
async function removeNodes(dataDir: string, wish: Wish, say: Say): Promise<void> {
  await withLinks(dataDir, async ({ topology, links, view }) => {
    const isReplica = (port: number): boolean => view.some((one) => one.port === port && !one.isPrimary)
    const leaves = topology.nodes.filter((node) => {
      if (node.shard >= wish.shards) return true
      const replicas = topology.nodes.filter(({ shard, port }) => shard === node.shard && isReplica(port))
      return replicas.indexOf(node) >= wish.replicas
    })
    if (leaves.length === 0) return
    const stays = topology.nodes.filter((node) => !leaves.includes(node))
    // First the replicas, then the primaries that they follow.
    for (const node of leaves.toSorted((a, b) => Number(isReplica(b.port)) - Number(isReplica(a.port)))) {
      const id = await idOf(links[topology.nodes.indexOf(node)]!)
      for (const other of stays)
        await links[topology.nodes.indexOf(other)]!.ask('CLUSTER', 'FORGET', id).catch(() => null)
      say(`${node.name} leaves`)
    }
    await writeTopology(dataDir, { ...topology, nodes: stays })
    await writeRoles(dataDir, view)
  })
}
