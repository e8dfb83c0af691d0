/** The embedded store of `up`: one server, or a cluster where that is asked for or lies in the data folder already. */
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { passwordFileOf } from '../../embedded/store-server.ts'
import { addressOf, keepTopology, readTopology } from '../../embedded/topology-file.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { readStoreTls } from '../args/store-tls.ts'
import type { UpConfig } from './up-config.ts'

const STORE_PORT = 4479
const NODE_TIMEOUT_MS = 3000

export interface PlannedStore {
  readonly url: string
  readonly passwordFile: string
  /** Of the authority of its certificate; null: it speaks no TLS. */
  readonly caFile: string | null
  /** The command that runs it, and its flags. */
  readonly name: 'store-server' | 'store'
  readonly flags: readonly string[]
}

type Choose = (flag: string, what: string, given: number | undefined, standard: number) => Promise<number>

/** Throws CommandError where a port is busy, or the folder holds a store of another shape. */
export async function planStore(
  config: UpConfig,
  choose: Choose,
  taken: ReadonlySet<number>,
): Promise<PlannedStore> {
  const durability = config.durability === undefined ? [] : ['--durability', config.durability]
  const clusterDir = join(config.data, 'store-cluster')
  const found = readTopology(clusterDir)
  if (found === null && config.storeShards === undefined) {
    const dataDir = join(config.data, 'store')
    const port = await choose('--store-port', 'the embedded store', config.storePort, STORE_PORT)
    return {
      url: `redis://127.0.0.1:${port}`,
      passwordFile: passwordFileOf(dataDir),
      caFile: null,
      name: 'store-server',
      flags: ['--port', String(port), '--data', dataDir, ...durability],
    }
  }
  const shards = config.storeShards ?? found!.shards
  const replicas = config.storeReplicas ?? found?.replicas ?? 1
  if (found !== null && (found.shards !== shards || found.replicas !== replicas))
    throw new CommandError(
      `the store in ${clusterDir} has ${found.shards} shards of ${found.replicas} replicas; change it while it runs by: tidemark store scale --data ${clusterDir} --shards ${shards} --replicas ${replicas}`,
      exitCodes.config,
    )
  const tls = readStoreTls(config.storeTls, found?.tls)
  const kept = await keepTopology(
    clusterDir,
    {
      shards,
      replicas,
      zones: ['a', 'b', 'c'],
      durability: config.durability ?? 'durable',
      nodeTimeoutMs: NODE_TIMEOUT_MS,
      maxmemoryBytes: Math.floor(totalmem() / 2 / (shards * (replicas + 1))),
      ...(tls && { tls }),
    },
    config.storePort ?? STORE_PORT,
    taken,
  )
  const topology = { ...kept, ...(tls && { tls }) } // what `store create` makes of it by the same files
  return {
    url: addressOf(topology),
    passwordFile: passwordFileOf(clusterDir),
    caFile: topology.tls?.ca ?? null,
    name: 'store',
    flags: [
      'create',
      '--data',
      clusterDir,
      ...durability,
      ...(tls ? ['--tls-cert', tls.cert, '--tls-key', tls.key, '--tls-ca', tls.ca] : []),
    ],
  }
}
