/**
 * Another program for every node, one node at a time while all is used: the replicas first, then one of them takes over in peace, then the old primary. A node that does
 * not come back ends it there; what was done stays, and the same call goes on behind it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeLink } from './node-link.ts'
import { readNodeState, type NodeState } from './node-state.ts'
import { TopologyError } from './topology-error.ts'

const LOOK_EVERY_MS = 100

export interface UpgradeNode {
  readonly name: string
  readonly link: NodeLink
}

export interface UpgradePlan {
  /** Nodes that hold the same keys: a primary and its replicas. */
  readonly groups: readonly (readonly UpgradeNode[])[]
  /** Whether a node runs what it should already. */
  readonly isDone: (state: NodeState) => boolean
  /** Ends the server of a node; whoever supervises it starts the other program. */
  readonly restart: (node: UpgradeNode) => Promise<void>
  /** Lets a node run what it ran before; where that cannot be done from here it does nothing. */
  readonly putBack: (node: UpgradeNode) => Promise<boolean>
  /** Makes a replica the primary in place of `primary`, the given one where that can be chosen; null = nobody can, and the primary is away while it starts. */
  readonly failOver: ((primary: UpgradeNode, replica: UpgradeNode) => Promise<void>) | null
  /** Whether it can be seen that a node will not come back; null = that cannot be seen from here. */
  readonly failing: ((node: UpgradeNode) => Promise<() => Promise<boolean>>) | null
  /** How long a node may take to load its data. */
  readonly patienceMs: number
  readonly say: (line: string) => void
}

/** How many nodes were changed. Throws TopologyError with a sentence about the node that it ended at. */
export async function upgradeNodes(plan: UpgradePlan): Promise<number> {
  const total = plan.groups.flat().length
  let done = 0
  let changed = 0
  const change = async (node: UpgradeNode): Promise<void> => {
    if (!plan.isDone(await readNodeState(node.link))) {
      await changeNode(plan, node)
      changed++
    }
    plan.say(`  ${++done} of ${total}: ${node.name}`)
  }
  for (const group of plan.groups) {
    const states = await Promise.all(
      group.map(async (node) => ({ node, state: await readNodeState(node.link) })),
    )
    const primary = states.find(({ state }) => state.isPrimary)?.node
    if (primary === undefined)
      throw new TopologyError(
        `none of ${group.map(({ name }) => name).join(', ')} is primary; when one is, give the same command again`,
      )
    const replicas = group.filter((node) => node !== primary)
    for (const node of replicas) await change(node)
    if (plan.failOver !== null && replicas.length > 0 && !plan.isDone(await readNodeState(primary.link))) {
      const next = await nearestOf(primary, replicas)
      await plan.failOver(primary, next)
      plan.say(`  ${primary.name} is primary no more`)
    }
    await change(primary)
  }
  return changed
}

async function changeNode(plan: UpgradePlan, node: UpgradeNode): Promise<void> {
  const before = await readNodeState(node.link)
  const isBack = ({ runId, isInSync }: NodeState): boolean => runId !== before.runId && isInSync
  const isFailing = (await plan.failing?.(node)) ?? (async () => false)
  await plan.restart(node)
  const fault = await waitFor(plan, node, (state) => isBack(state) && plan.isDone(state), isFailing)
  if (fault === null) return
  const isPutBack = await plan.putBack(node)
  if (isPutBack) await waitFor(plan, node, isBack, async () => false)
  throw new TopologyError(
    `${node.name} did not come back with the new engine: ${fault}${isPutBack ? '; it runs the one before again' : ''}. What was changed before it stays so. The log of its supervisor says why; when that is mended give the same command again, and it goes on with ${node.name}`,
  )
}

/** A replica that hears of all writes: the one that is behind least. */
async function nearestOf(primary: UpgradeNode, replicas: readonly UpgradeNode[]): Promise<UpgradeNode> {
  const states = await Promise.all(
    replicas.map(async (node) => ({ node, state: await readNodeState(node.link) })),
  )
  const sound = states.filter(({ state }) => state.isInSync && !state.isPrimary)
  const best = sound.toSorted((a, b) => b.state.offset - a.state.offset)[0]
  if (best !== undefined) return best.node
  throw new TopologyError(
    `no replica of ${primary.name} is in sync, so that none can take over; when one is, give the same command again`,
  )
}

/** Null once it holds, else why it will not. */
async function waitFor(
  { patienceMs }: UpgradePlan,
  { link }: UpgradeNode,
  holds: (state: NodeState) => boolean,
  isFailing: () => Promise<boolean>,
): Promise<string | null> {
  let last = 'it does not answer'
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    try {
      const state = await readNodeState(link)
      if (holds(state)) return null
      last = state.isInSync ? 'it runs another program' : 'it does not follow its primary'
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    if (await isFailing()) return 'its server ends again and again'
  }
  return `${last} after ${patienceMs / 1000} s`
}
