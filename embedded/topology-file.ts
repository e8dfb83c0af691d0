/**
 * What a local store is made of: a file in its data folder that names every node. The supervisor keeps exactly the nodes running that stand there; whoever adds one or
 * takes one away writes the file anew.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Durability } from '../store/durability.ts'
import { placeNodes } from '../store/topology/placement.ts'
import { nextFreePort } from './free-port.ts'
import type { LocalTls } from './store-tls.ts'

const FILE = 'topology.json'
/** Where the ports of the bus begin, behind the first port of the nodes. */
const BUS_OFFSET = 1000

export interface LocalNode {
  /** Also the name of its folder. */
  readonly name: string
  readonly port: number
  readonly busPort: number
  readonly zone: string
  /** As planned when the store was made; a failover makes a replica the primary. */
  readonly shard: number
  readonly isReplica: boolean
}

export interface LocalTopology {
  readonly version: 1
  readonly shards: number
  readonly replicas: number
  readonly zones: readonly string[]
  readonly durability: Durability
  readonly nodeTimeoutMs: number
  readonly maxmemoryBytes: number
  /** Absent: its nodes speak none. */
  readonly tls?: LocalTls
  /** The cluster stands: from then on its nodes know each other by their own files. */
  readonly isFormed: boolean
  readonly nodes: readonly LocalNode[]
}

export type TopologyWish = Pick<
  LocalTopology,
  'shards' | 'replicas' | 'zones' | 'durability' | 'nodeTimeoutMs' | 'maxmemoryBytes' | 'tls'
>

/** Null = there is none. Throws where the file cannot be understood. */
export function readTopology(dataDir: string): LocalTopology | null {
  let text: string
  try {
    text = readFileSync(join(dataDir, FILE), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const found = JSON.parse(text) as LocalTopology
    if (found.version === 1 && Array.isArray(found.nodes)) return found
  } catch {
    // said below
  }
  throw new Error(`${join(dataDir, FILE)} is no topology of a store that this version knows`)
}

/** Whole or not at all: others read it at any time. */
export async function writeTopology(dataDir: string, topology: LocalTopology): Promise<void> {
  const file = join(dataDir, FILE)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeFile(`${file}.${process.pid}`, `${JSON.stringify(topology, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.${process.pid}`, file)
}

/** The topology that lies in the folder; else a new one by `wish`, on free ports from `firstPort` on. */
export async function keepTopology(
  dataDir: string,
  wish: TopologyWish,
  firstPort: number,
  reserved: Iterable<number> = [],
): Promise<LocalTopology> {
  const found = readTopology(dataDir)
  if (found !== null) return found
  const taken = new Set(reserved)
  const nodes: LocalNode[] = []
  for (const [at, placed] of placeNodes(wish.shards, wish.replicas, wish.zones).entries())
    nodes.push(await newNode(`node-${at + 1}`, placed, firstPort, taken))
  const made: LocalTopology = { version: 1, ...wish, isFormed: false, nodes }
  await writeTopology(dataDir, made)
  return made
}

/** A node on free ports; `taken` grows by them. */
export async function newNode(
  name: string,
  placed: Pick<LocalNode, 'zone' | 'shard' | 'isReplica'>,
  firstPort: number,
  taken: Set<number>,
): Promise<LocalNode> {
  const port = await nextFreePort(firstPort, taken)
  const busPort = await nextFreePort(Math.min(firstPort + BUS_OFFSET, 60_000), taken)
  return { name, port, busPort, ...placed }
}

/** `redis+cluster://...` by all of its nodes. */
export const addressOf = ({ nodes, tls }: LocalTopology): string =>
  `redis${tls ? 's' : ''}+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
