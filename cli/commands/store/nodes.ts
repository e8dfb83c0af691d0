/** The nodes of a local store while they are changed: who is there, who joins, whom the others forget. */
import { join } from 'node:path'
import { makeDataFolder } from '../../../embedded/data-folder.ts'
import { readEngine, writeEngine } from '../../../embedded/engine-file.ts'
import {
  newNode,
  readTopology,
  writeTopology,
  type LocalNode,
  type LocalTopology,
} from '../../../embedded/topology-file.ts'
import { knownIds, type ClusterNode } from '../../../store/topology/cluster-nodes.ts'
import { follow, idOf, patiently, viewOf } from '../../../store/topology/form-cluster.ts'
import type { NodeLink } from '../../../store/topology/node-link.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { openLinks } from './local.ts'

/** Heard with one line a step. */
export type Say = (line: string) => void

const LOOK_PATIENCE_MS = 3000

export interface Here {
  readonly topology: LocalTopology
  /** One a node, in their order. */
  readonly links: readonly NodeLink[]
  /** A node that is in the cluster. */
  readonly witness: NodeLink
  /** The cluster, as the witness sees it. */
  readonly view: readonly ClusterNode[]
}

/** Throws TopologyError where no node answers. */
export async function withLinks<T>(dataDir: string, work: (here: Here) => Promise<T>): Promise<T> {
  const topology = readTopology(dataDir)!
  const links = openLinks(topology.nodes, dataDir)
  try {
    return await work({ topology, links, ...(await witnessOf(links)) })
  } finally {
    for (const link of links) link.close()
  }
}

/** The node that knows of most others: one that lost its data knows of none. */
async function witnessOf(links: readonly NodeLink[]): Promise<Pick<Here, 'witness' | 'view'>> {
  const views = await Promise.all(
    links.map(async (witness) => ({ witness, view: await soon(viewOf(witness)).catch(() => []) })),
  )
  const best = views.toSorted((a, b) => sound(b.view) - sound(a.view))[0]!
  if (best.view.length === 0)
    throw new TopologyError('no node of the store answers: start it by tidemark store create')
  return best
}

const sound = (view: readonly ClusterNode[]): number => view.filter(({ isFailed }) => !isFailed).length

const soon = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<T>((_, late) => setTimeout(() => late(new Error('no answer')), LOOK_PATIENCE_MS).unref()),
  ])

/** Null where the node does not answer. */
export const idSoon = (link: NodeLink): Promise<string | null> => soon(idOf(link)).catch(() => null)

/** A node that none had yet, on free ports, with the engine of the others; it is not in the topology yet. */
export async function plannedNode(
  dataDir: string,
  { nodes }: Pick<LocalTopology, 'nodes'>,
  placed: Pick<LocalNode, 'zone' | 'shard' | 'isReplica'>,
): Promise<LocalNode> {
  const taken = new Set(nodes.flatMap(({ port, busPort }) => [port, busPort]))
  const highest = Math.max(...nodes.map(({ name }) => Number(name.replace('node-', ''))))
  const made = await newNode(`node-${highest + 1}`, placed, Math.min(...nodes.map(({ port }) => port)), taken)
  // An upgrade changed it after the supervisor was started, which knows of the one before.
  const primaries = nodes.filter(({ isReplica }) => !isReplica)
  const likeness = primaries.find(({ shard }) => shard === placed.shard) ?? primaries[0]!
  const engine = readEngine(join(dataDir, likeness.name))
  if (engine !== null) {
    await makeDataFolder(join(dataDir, made.name))
    await writeEngine(join(dataDir, made.name), engine)
  }
  return made
}

const isKnown = (view: readonly ClusterNode[], { port }: LocalNode): boolean =>
  view.some((one) => one.port === port)

/** Every node of the file is met and, planned as a replica, follows the primary of its shard; whoever is in the cluster but not in the file is forgotten. */
export async function joinNodes(dataDir: string): Promise<void> {
  await withLinks(dataDir, async ({ topology: { nodes }, links, witness, view }) => {
    // One that is known and does not answer now is another matter.
    const isAway = await Promise.all(
      links.map(async (link, at) => isKnown(view, nodes[at]!) && (await idSoon(link)) === null),
    )
    const present = nodes.flatMap((node, at) => (isAway[at] ? [] : [{ node, link: links[at]! }]))
    for (const { node, link } of present) await joined(witness, link, node, present.length)
    for (const { node, link } of present) if (node.isReplica) await attach(nodes, links, node, link)
    const ids = await Promise.all(present.map(({ link }) => idOf(link)))
    const away = view.filter(({ port }) => nodes.some((node, at) => isAway[at] && node.port === port))
    await forgetOthers(
      present.map(({ link }) => link),
      new Set([...ids, ...away.map(({ id }) => id)]),
    )
    for (const { node, link } of present)
      await patiently(`${node.name} that knows all others`, async () => {
        const known = (await viewOf(link)).map(({ id }) => id)
        return ids.every((id) => known.includes(id))
      })
  })
}

async function joined(witness: NodeLink, link: NodeLink, node: LocalNode, count: number): Promise<void> {
  await patiently(
    `${node.name}, which the supervisor starts`,
    async () => (await link.ask('PING')) === 'PONG',
  )
  const id = await idOf(link)
  const isMet = async (): Promise<boolean> => (await viewOf(witness)).some((one) => one.id === id)
  if (link === witness || (await isMet())) return
  await giveUsers(witness, link)
  await patiently(`${node.name} that is known`, async () => {
    // Asked again: one that was forgotten a moment ago is not met for a minute.
    await witness.ask('CLUSTER', 'MEET', link.place.host, link.place.port, node.busPort)
    return isMet()
  })
  await patiently(`${node.name} that knows the others`, async () => (await viewOf(link)).length > count / 2)
}

/** An engine hands its users on to nobody: a node that is new gets those of one that is there, passwords as hashes. */
async function giveUsers(from: NodeLink, to: NodeLink): Promise<void> {
  for (const line of (await from.ask('ACL', 'LIST')) as string[]) {
    const [, name, ...rules] = line.split(' ')
    if (name !== undefined && name !== 'default') await to.ask('ACL', 'SETUSER', name, 'reset', ...rules)
  }
  await to.ask('ACL', 'SAVE')
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
  const mates = nodes.filter(({ shard, name }) => shard === node.shard && name !== node.name)
  const isOfShard = ({ port }: ClusterNode): boolean => mates.some((mate) => mate.port === port)
  if (own.isPrimary ? own.slots.length > 0 : view.some((one) => one.id === own.primaryId && isOfShard(one)))
    return
  const primary =
    mates.find(({ port }) =>
      view.some((one) => one.port === port && one.isPrimary && one.slots.length > 0),
    ) ?? mates.find(({ isReplica }) => !isReplica)!
  await follow(link, await idOf(links[nodes.indexOf(primary)]!))
}

/** Whoever has none of these ids: each node has to be told. */
async function forgetOthers(links: readonly NodeLink[], ids: ReadonlySet<string>): Promise<void> {
  // One that is just being met has no name yet that others could know.
  for (const link of links)
    for (const id of knownIds(String(await link.ask('CLUSTER', 'NODES'))))
      if (!ids.has(id)) await link.ask('CLUSTER', 'FORGET', id).catch(() => null)
}

/** Who is primary now is written down, so that every shard has one in the file. */
export async function writeRoles(dataDir: string, view: readonly ClusterNode[]): Promise<void> {
  const topology = readTopology(dataDir)!
  const isPrimary = (port: number): boolean =>
    view.some((one) => one.port === port && one.isPrimary && one.slots.length > 0)
  const nodes = topology.nodes.map((node) => {
    const shard = topology.nodes.filter((one) => one.shard === node.shard)
    return shard.some(({ port }) => isPrimary(port)) ? { ...node, isReplica: !isPrimary(node.port) } : node
  })
  await writeTopology(dataDir, { ...topology, nodes })
}
