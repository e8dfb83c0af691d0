/** An upgrade of a store that is supervised elsewhere: a command restarts each node, we say which one and when, and fail over before. */
import { execFile } from 'node:child_process'
import { parseStoreAddress } from '../../../store/connection/address.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { engineText, upgradeFault, type EngineVersion } from '../../../store/engine-version.ts'
import { failOverCluster, failOverSentinel } from '../../../store/topology/fail-over.ts'
import { linkTo, type NodeLink } from '../../../store/topology/node-link.ts'
import { readNodeState } from '../../../store/topology/node-state.ts'
import { readStatus } from '../../../store/topology/status.ts'
import { tlsNow } from '../../../store/connection/tls-texts.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { upgradeNodes, type UpgradeNode } from '../../../store/topology/upgrade.ts'
import { CommandError } from '../../args/exit.ts'
import type { StoreSettings } from '../../args/store-access.ts'
import { noteAct } from './note-act.ts'

export interface UpgradeElsewhere {
  readonly settings: StoreSettings
  readonly command: string
  /** Of the command. */
  readonly env: NodeJS.ProcessEnv
  /** Null = every node is restarted once. */
  readonly to: EngineVersion | null
  readonly patienceMs: number
  readonly say: (line: string) => void
}

/** Throws CommandError. */
export async function upgradeElsewhere(upgrade: UpgradeElsewhere): Promise<void> {
  const store = await openStore(upgrade.settings)
  const links: NodeLink[] = []
  try {
    const groups = await groupsOf(store, upgrade.settings, links)
    const nodes = groups.flat()
    const runs = new Set<string>()
    for (const { name, link } of nodes) {
      const state = await readNodeState(link)
      runs.add(state.runId)
      const fault = upgrade.to === null ? null : upgradeFault(state.engine, upgrade.to)
      if (fault !== null) throw new TopologyError(`${name}: ${fault}`)
    }
    upgrade.say(
      `${nodes.length} nodes ${upgrade.to === null ? 'are restarted' : `go to ${engineText(upgrade.to)}`}`,
    )
    const { to } = upgrade
    const changed = await upgradeNodes({
      groups,
      isDone: (state) =>
        to === null
          ? !runs.has(state.runId)
          : state.engine.family === to.family && state.engine.version === to.version,
      restart: ({ link }) => runFor(upgrade, link),
      putBack: async () => false,
      failOver: failOverOf(upgrade.settings, links),
      failing: null,
      patienceMs: upgrade.patienceMs,
      say: upgrade.say,
    })
    upgrade.say(`${changed} of ${nodes.length} nodes were changed`)
    if (changed > 0)
      await noteAct(
        store,
        `${to === null ? 'restarted' : 'upgraded'} ${changed} nodes${to === null ? ', one at a time' : ` to ${engineText(to)}`}`,
      )
  } catch (error) {
    if (error instanceof StoreError)
      throw new CommandError(`${error.message}; give the command again to go on`)
    if (error instanceof TopologyError) throw new CommandError(error.message)
    throw error
  } finally {
    for (const link of links) link.close()
    await store.close()
  }
}

/** Each primary with the replicas that it tells of. */
async function groupsOf(
  store: Store,
  { url, access = {} }: StoreSettings,
  links: NodeLink[],
): Promise<UpgradeNode[][]> {
  const { isTls, user, password } = parseStoreAddress(url)
  const own = {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password: () => password }),
    ...access,
  }
  const nodeAt = (name: string): UpgradeNode => {
    const place = /^\[?(.*?)\]?:(\d+)$/.exec(name)!
    const link = linkTo({ host: place[1]!, port: Number(place[2]) }, own, isTls)
    links.push(link)
    return { name, link }
  }
  return (await readStatus(store)).map(({ node, replicas }) => {
    const away = replicas.find(({ isOnline }) => !isOnline)
    if (away !== undefined)
      throw new TopologyError(`${away.node} is not in sync: an upgrade begins with a store that is whole`)
    return [node, ...replicas.map((one) => one.node)].map(nodeAt)
  })
}

/** Null where nobody fails over: the primary is away while it starts. */
function failOverOf({ url, access = {} }: StoreSettings, links: NodeLink[]) {
  const { isCluster, primaryName, nodes, isTls } = parseStoreAddress(url)
  if (isCluster)
    return (primary: UpgradeNode, replica: UpgradeNode) => failOverCluster(primary.link, replica.link)
  if (primaryName === null) return null
  const { sentinelUser, sentinelPassword } = access
  const sentinels = nodes.map((place) =>
    linkTo(
      place,
      {
        ...(sentinelUser !== undefined && { user: sentinelUser }),
        ...(sentinelPassword !== undefined && { password: sentinelPassword }),
        ...tlsNow(access),
      },
      isTls,
    ),
  )
  links.push(...sentinels)
  return async (primary: UpgradeNode): Promise<void> => {
    let refusal: unknown = null
    for (const sentinel of sentinels)
      try {
        return await failOverSentinel(sentinel, primaryName, primary.link)
      } catch (error) {
        refusal = error
      }
    throw refusal
  }
}

async function runFor({ command, env: own }: UpgradeElsewhere, { place }: NodeLink): Promise<void> {
  const env = { ...own, TIDEMARK_NODE_HOST: place.host, TIDEMARK_NODE_PORT: String(place.port) }
  await new Promise<void>((resolve, reject) =>
    execFile('/bin/sh', ['-c', command], { env }, (error, _, said) =>
      error === null
        ? resolve()
        : reject(
            new TopologyError(
              `the command of --restart-with failed for ${place.host}:${place.port}: ${said.trim().split('\n').slice(-2).join(' / ') || error.message}`,
            ),
          ),
    ),
  )
}
