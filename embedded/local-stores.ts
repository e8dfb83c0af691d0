/** Keeps exactly the servers running that the topology file of a data folder names. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDataDir } from './data-dir-lock.ts'
import { keepPassword } from './store-secret.ts'
import { startStoreServer, type StoreServer } from './store-server.ts'
import { readTopology, type LocalNode, type LocalTopology } from './topology-file.ts'
import { zoneSettings } from './zone-setting.ts'

const LOOK_EVERY_MS = 300
/**
 * How long after its primary was last heard a replica may still be elected. The engine's own limit, half a minute, ends it for good where the others could not vote in that time;
 * without any limit a replica that never had a copy could be elected.
 */
const SUCCESSOR_WITHIN_MS = 3_600_000

export interface LocalStoresOptions {
  readonly binary: string
  readonly checkAofBinary: string | null
  readonly dataDir: string
  readonly log: (line: string) => void
}

export interface LocalStores {
  /** How often servers fell and came back, all together. */
  restarts(): number
  /** Ends all of them. */
  stop(): Promise<void>
}

/** Settings of a node beside those of any server. */
export const nodeSettings = (
  { busPort }: LocalNode,
  { nodeTimeoutMs }: LocalTopology,
): Readonly<Record<string, string>> => ({
  'cluster-enabled': 'yes',
  'cluster-config-file': 'nodes.conf',
  'cluster-port': String(busPort),
  'cluster-node-timeout': String(nodeTimeoutMs),
  // A shard that is away must not keep the others from counting on.
  'cluster-require-full-coverage': 'no',
  // A replica stays with its shard, and so in another zone than its primary.
  'cluster-allow-replica-migration': 'no',
  'cluster-replica-validity-factor': String(Math.ceil(SUCCESSOR_WITHIN_MS / nodeTimeoutMs)),
  'repl-diskless-sync-delay': '0',
  'repl-backlog-size': '16mb',
})

/** Resolves when every server of the file serves. Rejects where one cannot be started; those that were are ended then. */
export async function startLocalStores(options: LocalStoresOptions): Promise<LocalStores> {
  const { dataDir, log } = options
  const lock = await lockDataDir(dataDir)
  const running = new Map<string, StoreServer>()
  let restartsBefore = 0
  try {
    const password = await keepPassword(dataDir)
    const startNode = async (node: LocalNode, topology: LocalTopology): Promise<void> => {
      running.set(
        node.name,
        await startStoreServer({
          ...options,
          port: node.port,
          dataDir: join(dataDir, node.name),
          maxmemoryBytes: topology.maxmemoryBytes,
          asksPassword: true,
          password,
          durability: topology.durability,
          tls: topology.tls,
          settings: { ...nodeSettings(node, topology), ...(await zoneSettings(options.binary, node.zone)) },
          log: (line) => log(`${node.name}: ${line}`),
        }),
      )
    }
    const stopNode = async (name: string): Promise<void> => {
      const server = running.get(name)
      running.delete(name)
      restartsBefore += server?.restarts() ?? 0
      await server?.stop()
    }
    const first = readTopology(dataDir)
    if (first === null) throw new Error(`${dataDir} holds no store`)
    const started = await Promise.allSettled(first.nodes.map((node) => startNode(node, first)))
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) {
      await Promise.all([...running.keys()].map(stopNode))
      throw failed.reason
    }

    let over = false
    let looking: Promise<void> = Promise.resolve()
    const follow = async (): Promise<void> => {
      const wanted = readTopology(dataDir)
      if (wanted === null) return
      for (const node of wanted.nodes)
        if (!running.has(node.name) && !over) {
          await startNode(node, wanted)
          log(`${node.name}: serves on port ${node.port}, in zone ${node.zone}`)
        }
      for (const name of running.keys())
        if (!wanted.nodes.some((node) => node.name === name)) {
          await stopNode(name)
          await rm(join(dataDir, name), { recursive: true, force: true })
          log(`${name}: was taken away`)
        }
    }
    const timer = setInterval(() => {
      looking = looking
        .then(() => (over ? undefined : follow()))
        .catch((error: unknown) => log(`the topology could not be followed: ${String(error)}`))
    }, LOOK_EVERY_MS)
    return {
      restarts: () => [...running.values()].reduce((sum, server) => sum + server.restarts(), restartsBefore),
      stop: async () => {
        over = true
        clearInterval(timer)
        await looking
        await Promise.all([...running.keys()].map(stopNode))
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
