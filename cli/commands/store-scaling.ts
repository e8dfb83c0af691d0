/** The steps of scaling a local store. Each looks at what is there first, so that a command given again goes on where it was cut off. */
import {
  newNode,
  readTopology,
  writeTopology,
  type LocalNode,
  type LocalTopology,
} from '../../embedded/topology-file.ts'
import { SLOTS, type ClusterNode } from '../../store/topology/cluster-nodes.ts'
import { follow, idOf, patiently, untilWhole, viewOf } from '../../store/topology/form-cluster.ts'
import { moveSlots } from '../../store/topology/move-slots.ts'
import type { NodeLink } from '../../store/topology/node-link.ts'
import { zoneOfReplica } from '../../store/topology/placement.ts'
import { planMoves, slotsOf } from '../../store/topology/plan-moves.ts'
import { openLinks, passwordAccess } from './store-local.ts'

/** Heard with one line a step. */
type Say = (line: string) => void

export async function scaleStore(
  dataDir: string,
  wish: Pick<LocalTopology, 'shards' | 'replicas'>,
  say: Say,
): Promise<void> {
  await addNodes(dataDir, wish, say)
  await spreadSlots(dataDir, wish.shards, say)
  await removeNodes(dataDir, wish, say)
  await withLinks(dataDir, ({ links }) => untilWhole(links))
  const topology = readTopology(dataDir)!
  await writeTopology(dataDir, { ...topology, ...wish })
  say(`the store has ${wish.shards} shards of ${wish.replicas} replicas`)
}

interface Here {
  readonly topology: LocalTopology
  readonly links: readonly NodeLink[]
  /** The cluster, as its first node sees it. */
  readonly view: readonly ClusterNode[]
}

async function withLinks<T>(dataDir: string, work: (here: Here) => Promise<T>): Promise<T> {
  const topology = readTopology(dataDir)!
  const links = openLinks(topology.nodes, passwordAccess(dataDir))
  try {
    return await work({ topology, links, view: await viewOf(links[0]!) })
  } finally {
    for (const link of links) link.close()
  }
}

/** Nodes that a shard lacks are written down, started by the supervisor, met, and follow their primary. */
async function addNodes(
  dataDir: string,
  wish: Pick<LocalTopology, 'shards' | 'replicas'>,
  say: Say,
): Promise<void> {
  const topology = readTopology(dataDir)!
  const nodes = [...topology.nodes]
  const taken = new Set(nodes.flatMap(({ port, busPort }) => [port, busPort]))
  let number = Math.max(...nodes.map(({ name }) => Number(name.replace('node-', ''))))
  const add = async (shard: number, isReplica: boolean, zone: string): Promise<void> => {
    const made = await newNode(`node-${++number}`, { shard, isReplica, zone }, topology.nodes[0]!.port, taken)
    nodes.push(made)
    say(
      `${made.name} is added: ${isReplica ? 'a replica' : 'the primary'} of shard ${shard}, in zone ${zone}`,
    )
  }
  for (let shard = 0; shard < wish.shards; shard++) {
    const own = nodes.filter((node) => node.shard === shard)
    if (own.length === 0) await add(shard, false, topology.zones[shard % topology.zones.length]!)
    const primaryZone = nodes.find((node) => node.shard === shard && !node.isReplica)!.zone
    for (let have = Math.max(own.length, 1) - 1; have < wish.replicas; have++)
      await add(shard, true, zoneOfReplica(topology.zones, primaryZone, have))
  }
  await writeTopology(dataDir, { ...topology, nodes })
  await withLinks(dataDir, async ({ links }) => {
    for (const [at, link] of links.entries()) await joined(links[0]!, link, nodes[at]!, nodes.length)
    for (const [at, node] of nodes.entries()) if (node.isReplica) await attach(nodes, links, node, links[at]!)
  })
}

async function joined(first: NodeLink, link: NodeLink, node: LocalNode, count: number): Promise<void> {
  await patiently(
    `${node.name}, which the supervisor starts`,
    async () => (await link.ask('PING')) === 'PONG',
  )
  if (link === first || (await viewOf(first)).some(({ port }) => port === node.port)) return
  await first.ask('CLUSTER', 'MEET', link.place.host, link.place.port, node.busPort)
  await patiently(`${node.name} that is known`, async () =>
    (await viewOf(first)).some(({ port }) => port === node.port),
  )
  await patiently(`${node.name} that knows the others`, async () => (await viewOf(link)).length > count / 2)
}

/** A planned replica that is primary of slots, or follows one of its shard, stays what it is. */
async function attach(
  nodes: readonly LocalNode[],
  links: readonly NodeLink[],
  node: LocalNode,
  link: NodeLink,
): Promise<void> {
  const view = await viewOf(link)
  const own = view.find(({ isMyself }) => isMyself)!
  if (!own.isPrimary || own.slots.length > 0) return
  const mates = nodes.filter(({ shard, name }) => shard === node.shard && name !== node.name)
  const primary =
    mates.find(({ port }) =>
      view.some((one) => one.port === port && one.isPrimary && one.slots.length > 0),
    ) ?? mates.find(({ isReplica }) => !isReplica)!
  await follow(link, await idOf(links[nodes.indexOf(primary)]!))
}

async function spreadSlots(dataDir: string, shards: number, say: Say): Promise<void> {
  await withLinks(dataDir, async ({ topology, links }) => {
    await untilWhole(links.slice(0, 1))
    const ids = new Map<string, NodeLink>()
    for (const link of links) ids.set(await idOf(link), link)
    const shardOf = (port: number): number => topology.nodes.find((node) => node.port === port)?.shard ?? -1
    let primaries: readonly ClusterNode[] = []
    // A replica that has only just begun to follow is a primary to those who have not heard of it.
    await patiently('one primary in each shard', async () => {
      primaries = (await viewOf(links[0]!)).filter(({ isPrimary, isFailed }) => isPrimary && !isFailed)
      const shardsSeen = primaries.map(({ port }) => shardOf(port))
      const planned = new Set(topology.nodes.map(({ shard }) => shard))
      return shardsSeen.length === planned.size && new Set(shardsSeen).size === planned.size
    })
    const keep = primaries
      .filter(({ port }) => shardOf(port) >= 0 && shardOf(port) < shards)
      .toSorted((a, b) => shardOf(a.port) - shardOf(b.port))
      .map(({ id }) => id)
    const moves = planMoves(primaries, keep)
    const all = moves.reduce((sum, move) => sum + slotsOf(move), 0)
    if (all === 0) return
    let done = 0
    say(`${all} of ${SLOTS} slots move`)
    await moveSlots(
      {
        links: ids,
        password: passwordAccess(dataDir).password!(),
        moved: (slots) => say(`  ${(done += slots)} of ${all} slots moved`),
      },
      moves,
    )
  })
}

/** Nodes that are too many leave: those of shards that are gone, and of each other shard replicas that came last. */
async function removeNodes(
  dataDir: string,
  wish: Pick<LocalTopology, 'shards' | 'replicas'>,
  say: Say,
): Promise<void> {
  await withLinks(dataDir, async ({ topology, links, view }) => {
    const leaves = topology.nodes.filter((node) => {
      if (node.shard >= wish.shards) return true
      const isReplica = (port: number): boolean => view.some((one) => one.port === port && !one.isPrimary)
      const replicas = topology.nodes.filter(({ shard, port }) => shard === node.shard && isReplica(port))
      return replicas.indexOf(node) >= wish.replicas
    })
    if (leaves.length === 0) return
    const stays = topology.nodes.filter((node) => !leaves.includes(node))
    // First the replicas, then the primaries that they follow.
    for (const node of leaves) {
      const id = await idOf(links[topology.nodes.indexOf(node)]!)
      for (const other of stays)
        await links[topology.nodes.indexOf(other)]!.ask('CLUSTER', 'FORGET', id).catch(() => null)
      say(`${node.name} leaves`)
    }
    await writeTopology(dataDir, { ...topology, nodes: stays })
  })
}
