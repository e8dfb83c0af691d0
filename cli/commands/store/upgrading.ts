/** An upgrade of a store that is supervised on this machine: the program of a node is written into its folder, and its server ended; its supervisor starts the new one. */
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { readEngine, writeEngine } from '../../../embedded/engine-file.ts'
import { engineOf } from '../../../embedded/engine-version.ts'
import { freePort } from '../../../embedded/free-port.ts'
import { scratchFolder, startScratchServer } from '../../../embedded/scratch-server.ts'
import { lastStartOf, serverOf, startChild } from '../../../embedded/store-child.ts'
import { companionOf, type StoreBinaries } from '../../../embedded/store-server.ts'
import type { LocalTls } from '../../../embedded/store-tls.ts'
import { readTopology } from '../../../embedded/topology-file.ts'
import { openStore } from '../../../store/connection/connection.ts'
import { engineText, upgradeFault, type EngineVersion } from '../../../store/engine-version.ts'
import { failOverCluster } from '../../../store/topology/fail-over.ts'
import { linkTo } from '../../../store/topology/node-link.ts'
import { readNodeState } from '../../../store/topology/node-state.ts'
import { TopologyError } from '../../../store/topology/topology-error.ts'
import { upgradeNodes, type UpgradeNode } from '../../../store/topology/upgrade.ts'
import { localAccess } from './local.ts'

const SCRATCH_DATABASES = 1
/** So many processes of a node without one that serves: the program does not start. */
const HOPELESS_STARTS = 3

export interface LocalUpgrade {
  readonly dataDir: string
  /** Absolute. */
  readonly binary: string
  /** Where programs are looked for. */
  readonly path: string
  readonly patienceMs: number
  readonly say: (line: string) => void
}

interface LocalNodeToUpgrade extends UpgradeNode {
  readonly folder: string
  readonly group: number
}

/** What was done, for the audit log. Throws TopologyError, StoreError. */
export async function upgradeLocal(upgrade: LocalUpgrade): Promise<string | null> {
  const { dataDir, binary, say } = upgrade
  const engine = await engineOf(binary).catch((error: Error) => {
    throw new TopologyError(error.message)
  })
  const nodes = await nodesOf(dataDir)
  try {
    await examine(nodes, engine)
    await tryOut(binary, readTopology(dataDir)?.tls)
    const program: StoreBinaries = {
      server: binary,
      checkAof: companionOf(binary, upgrade.path.split(delimiter)),
    }
    say(`${nodes.length} nodes go to ${engineText(engine)}`)
    const changed = await change(upgrade, nodes, engine, program)
    say(
      changed === 0
        ? `every node runs ${engineText(engine)} of ${binary} already`
        : `${changed} nodes were changed; all run ${engineText(engine)}`,
    )
    return changed === 0 ? null : `upgraded ${changed} nodes to ${engineText(engine)}`
  } finally {
    for (const { link } of nodes) link.close()
  }
}

async function nodesOf(dataDir: string): Promise<LocalNodeToUpgrade[]> {
  const topology = readTopology(dataDir)
  const access = localAccess(dataDir)
  const node = (name: string, folder: string, port: number, group: number): LocalNodeToUpgrade => ({
    name,
    folder,
    group,
    link: linkTo({ host: '127.0.0.1', port }, access, topology?.tls !== undefined),
  })
  if (topology !== null)
    return topology.nodes.map(({ name, port, shard }) => node(name, join(dataDir, name), port, shard))
  const server = await serverOf(dataDir)
  if (server?.port == null)
    throw new TopologyError(
      `no server of ${dataDir} runs under a supervisor of this version; start it by: tidemark store-server --data ${dataDir}`,
    )
  return [node('the server', dataDir, server.port, 0)]
}

/** An upgrade begins with a store that is whole. */
async function examine(nodes: readonly LocalNodeToUpgrade[], engine: EngineVersion): Promise<void> {
  for (const { name, link } of nodes) {
    const state = await readNodeState(link).catch(() => null)
    if (state === null || !state.isInSync)
      throw new TopologyError(
        `${name} ${state === null ? 'does not answer' : 'does not follow its primary'}: an upgrade begins with a store that is whole; mend it, or take another node in its place by: tidemark store replace ${name}`,
      )
    const fault = upgradeFault(state.engine, engine)
    if (fault !== null) throw new TopologyError(`${name}: ${fault}`)
  }
}

/** Once by itself, with our functions, before any node depends on it. */
async function tryOut(binary: string, tls: LocalTls | undefined): Promise<void> {
  const folder = await scratchFolder()
  try {
    const server = await startScratchServer(binary, folder.path, SCRATCH_DATABASES)
    const store = await openStore({
      url: `redis://127.0.0.1:${server.port}`,
      access: { password: () => server.password },
    })
    try {
      await store.check()
    } finally {
      await store.close()
      await server.stop()
    }
    if (tls !== undefined) await tryTls(binary, folder.path, tls)
  } catch (error) {
    throw new TopologyError(
      `nothing was changed: ${binary} did not stand its trial in an empty folder: ${error instanceof Error ? error.message : String(error)}`,
    )
  } finally {
    await folder.remove()
  }
}

async function tryTls(binary: string, folder: string, tls: LocalTls): Promise<void> {
  const dataDir = join(folder, 'tls')
  await mkdir(dataDir)
  const settings = { dataDir, binary, tls, port: await freePort(), maxmemoryBytes: 0, log: () => undefined }
  await (await startChild(settings, new AbortController().signal)).end()
}

async function change(
  { patienceMs, say }: LocalUpgrade,
  nodes: readonly LocalNodeToUpgrade[],
  engine: EngineVersion,
  program: StoreBinaries,
): Promise<number> {
  const before = new Map(nodes.map(({ name, folder }) => [name, readEngine(folder)]))
  const own = (node: UpgradeNode): LocalNodeToUpgrade => nodes.find(({ name }) => name === node.name)!
  const groups = [...new Set(nodes.map(({ group }) => group))]
  return upgradeNodes({
    groups: groups.map((group) => nodes.filter((node) => node.group === group)),
    isDone: (state) => state.executable === program.server && state.engine.version === engine.version,
    async restart(node) {
      await writeEngine(own(node).folder, program)
      await end(own(node).folder)
    },
    async putBack(node) {
      await writeEngine(own(node).folder, before.get(node.name) ?? null)
      await end(own(node).folder)
      return true
    },
    failOver: (primary, replica) => failOverCluster(primary.link, replica.link),
    async failing(node) {
      const seen = new Set([await lastStartOf(own(node).folder)])
      return async () => seen.add(await lastStartOf(own(node).folder)).size > HOPELESS_STARTS
    },
    patienceMs,
    say,
  })
}

async function end(folder: string): Promise<void> {
  const server = await serverOf(folder)
  if (server !== null) process.kill(server.pid, 'SIGTERM')
}
