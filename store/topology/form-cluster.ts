/** Makes one cluster of servers that serve already: who has which slots, who follows whom. Every step is one that may be done again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.ts'
import { parseClusterNodes, SLOTS, slotCount, type ClusterNode } from './cluster-nodes.ts'
import type { NodeLink } from './node-link.ts'

const LOOK_EVERY_MS = 50
const PATIENCE_MS = 60_000

export interface ClusterMember {
  readonly link: NodeLink
  readonly busPort: number
  readonly shard: number
  readonly isReplica: boolean
}

/** Resolves when every slot is served, every replica has a copy, and a failover would work. */
export async function formCluster(members: readonly ClusterMember[]): Promise<void> {
  const primaries = members.filter(({ isReplica }) => !isReplica)
  const first = members[0]!
  for (const [at, { link, shard }] of primaries.entries()) {
    if (slotCount(await ownView(link)) > 0) continue
    // Two that are born with the same epoch would argue about it for a while.
    await link.ask('CLUSTER', 'SET-CONFIG-EPOCH', at + 1).catch(() => null)
    await link.ask('CLUSTER', 'ADDSLOTSRANGE', ...shardRange(shard, primaries.length))
  }
  for (const { link, busPort } of members)
    if (link !== first.link)
      await first.link.ask('CLUSTER', 'MEET', link.place.host, link.place.port, busPort)
  await everyone(
    members,
    'know each other',
    async ({ link }) => (await viewOf(link)).length >= members.length,
  )
  for (const member of members)
    if (member.isReplica)
      await follow(member.link, await idOf(primaries.find(({ shard }) => shard === member.shard)!.link))
  await untilWhole(members.map(({ link }) => link))
}

/** The slots of shard `shard` of `shards`, both ends included. */
export const shardRange = (shard: number, shards: number): [from: number, to: number] => [
  Math.floor((shard * SLOTS) / shards),
  Math.floor(((shard + 1) * SLOTS) / shards) - 1,
]

export async function viewOf(link: NodeLink): Promise<ClusterNode[]> {
  return parseClusterNodes(String(await link.ask('CLUSTER', 'NODES')))
}

async function ownView(link: NodeLink): Promise<ClusterNode> {
  const text = String(await link.ask('CLUSTER', 'NODES'))
  // One that has met nobody does not know its own address.
  const own = parseClusterNodes(text).find(({ isMyself }) => isMyself)
  if (own === undefined)
    throw new StoreError('STORE_UNSUITABLE', 'a node of the cluster does not know itself')
  return own
}

export const idOf = async (link: NodeLink): Promise<string> => String(await link.ask('CLUSTER', 'MYID'))

/** Makes a node without slots follow a primary, once it has heard of it. */
export async function follow(link: NodeLink, primaryId: string): Promise<void> {
  const own = await ownView(link)
  if (own.primaryId === primaryId) return
  await patiently('a replica that follows its primary', async () => {
    await link.ask('CLUSTER', 'REPLICATE', primaryId)
    return true
  })
}

/**
 * Every slot is served, every replica is in sync, and all agree on who follows whom: from here on a replica may take over, because those who elect it know it for what it is.
 */
export async function untilWhole(links: readonly NodeLink[], patienceMs = PATIENCE_MS): Promise<void> {
  for (const link of links)
    await patiently(
      'a cluster that is whole',
      async () => {
        const info = String(await link.ask('CLUSTER', 'INFO'))
        if (!/cluster_state:ok/.test(info) || !info.includes(`cluster_slots_ok:${SLOTS}`)) return false
        const replication = String(await link.ask('INFO', 'replication'))
        return !/role:slave/.test(replication) || /master_link_status:up/.test(replication)
      },
      patienceMs,
    )
  await patiently(
    'nodes that agree on who follows whom',
    async () => agree(await Promise.all(links.map(viewOf))),
    patienceMs,
  )
}

/** Pure. Whether every node that gave its view stands in each other view, as what it calls itself, and alive. */
export function agree(views: readonly (readonly ClusterNode[])[]): boolean {
  const told = ({ id, isPrimary, primaryId }: ClusterNode): string =>
    `${id} ${isPrimary ? 'primary' : `of ${primaryId}`}`
  const selves = views.map((view) => view.find(({ isMyself }) => isMyself))
  return views.every((view) => {
    const others = new Set(view.filter(({ isFailed }) => !isFailed).map(told))
    return selves.every((self) => self !== undefined && others.has(told(self)))
  })
}

const everyone = async (
  members: readonly ClusterMember[],
  what: string,
  holds: (member: ClusterMember) => Promise<boolean>,
): Promise<void> => {
  for (const member of members) await patiently(`nodes that ${what}`, () => holds(member))
}

/** Asks until it holds; a node that refuses is asked again. Throws STORE_UNREACHABLE with the last refusal. */
export async function patiently(
  what: string,
  holds: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  let refusal = ''
  const asked = (): Promise<boolean> =>
    holds().catch((error: unknown) => {
      refusal = `: ${error instanceof Error ? error.message : String(error)}`
      return false
    })
  for (const end = performance.now() + patienceMs; !(await asked()); await sleep(LOOK_EVERY_MS))
    if (performance.now() > end)
      throw new StoreError(
        'STORE_UNREACHABLE',
        `${what} did not come within ${patienceMs / 1000} s${refusal}`,
      )
}
