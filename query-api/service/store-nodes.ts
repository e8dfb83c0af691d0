/** The nodes of the store as its primaries tell of them: INFO, and CLUSTER SHARDS where it is a cluster; what replicas hold, they tell. Pure. */
import { durabilityOf } from '../../store/durability.ts'
import { readInfo } from '../../store/node-info.ts'
import type { StoreDisk, StoreNode } from '../wire.ts'

/** What a node tells of itself. */
export interface NodeFacts {
  /** `host:port` */
  readonly node: string
  readonly info: string
  /** Null = it may not be asked for. */
  readonly appendfsync: string | null
  /** `slowlog-log-slower-than`, µs; null = it may not be asked for. */
  readonly overUs: number | null
}

/** A node as CLUSTER SHARDS knows it; null where the reply is not that. */
interface ShardNode {
  readonly node: string
  readonly isPrimary: boolean
  readonly state: StoreNode['state']
  readonly zone: string | null
}
interface Shard {
  readonly slots: [from: number, to: number][]
  readonly nodes: readonly ShardNode[]
}

const fieldsOf =
  (info: string) =>
  (name: string): string | null =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null

/** A replica speaks every second. */
const SILENT_S = 5

const numberIn = (text: string | null): number | null =>
  text === null || text === '' || !Number.isFinite(Number(text)) ? null : Number(text)

/**
 * `shards`: the reply to CLUSTER SHARDS of one node; null where it is no cluster or may not be asked. `copies`: of replicas, what they tell. Primaries by their slots, each before
 * its replicas.
 */
export function nodesOf(
  primaries: readonly NodeFacts[],
  shards: unknown,
  nowMs: number,
  copies: readonly NodeFacts[] = [],
): StoreNode[] {
  const told = readShards(shards)
  const shardOf = (node: string): Shard | undefined =>
    told.find(({ nodes }) => nodes.some((one) => one.node === node))
  const led = new Set(primaries.flatMap(({ node }) => shardOf(node) ?? []))
  // Engines before 7.2 put a primary that lost its slots into a shard of its own.
  const lone = told.filter((shard) => !led.has(shard)).flatMap(({ nodes }) => nodes)
  const first = (node: string): number => shardOf(node)?.slots[0]?.[0] ?? Number.MAX_SAFE_INTEGER
  const ordered = primaries
    .toSorted((a, b) => first(a.node) - first(b.node) || (a.node < b.node ? -1 : 1))
    .flatMap((facts, at) => {
      const shard = shardOf(facts.node)
      const known = shard?.nodes.find(({ node }) => node === facts.node)
      const replicas = replicasOf(facts.info, at + 1, shard)
      const gone = (shard?.nodes ?? []).filter(
        ({ node }) => node !== facts.node && !replicas.some((one) => one.node === node),
      )
      return [
        primaryOf(facts, at + 1, shard, known, nowMs),
        ...replicas,
        // Its primary has no connection to it.
        ...gone.map(({ node, state, zone }) => ({
          ...blank(node, 'replica', at + 1),
          state: state === 'up' ? ('loading' as const) : state,
          zone,
        })),
      ]
    })
  const known = new Set(ordered.map(({ node }) => node))
  const withFigures = (one: StoreNode): StoreNode => {
    const copy = one.role === 'replica' ? copies.find(({ node }) => node === one.node) : undefined
    return copy === undefined ? one : { ...one, ...figuresOf(copy, nowMs) }
  }
  return [
    ...ordered,
    ...lone
      .filter(({ node }) => !known.has(node))
      .map(({ node, state, zone }) => ({ ...blank(node, 'replica', null), state, zone })),
  ].map(withFigures)
}

export const slotsOf = (shards: unknown): number =>
  readShards(shards)
    .filter(({ nodes }) => nodes.some(({ isPrimary, state }) => isPrimary && state === 'up'))
    .reduce((sum, { slots }) => sum + slots.reduce((all, [from, to]) => all + to - from + 1, 0), 0)

const blank = (node: string, role: StoreNode['role'], shard: number | null): StoreNode => ({
  node,
  role,
  shard,
  state: 'up',
  zone: null,
  slots: null,
  engine: null,
  lagBytes: null,
  heardMs: null,
  usedBytes: null,
  maxBytes: null,
  keys: null,
  callsPerS: null,
  clients: null,
  startedMs: null,
  disk: null,
})

function primaryOf(
  facts: NodeFacts,
  at: number,
  shard: Shard | undefined,
  known: ShardNode | undefined,
  nowMs: number,
): StoreNode {
  const field = fieldsOf(facts.info)
  return {
    ...blank(facts.node, 'primary', at),
    state: field('loading') === '1' ? 'loading' : 'up',
    zone: field('availability_zone') || known?.zone || null,
    slots: shard?.slots ?? null,
    ...figuresOf(facts, nowMs),
  }
}

function figuresOf({ node, info, appendfsync }: NodeFacts, nowMs: number) {
  const field = fieldsOf(info)
  const { family, version, usedBytes, maxBytes } = readInfo(node, info)
  const upS = numberIn(field('uptime_in_seconds'))
  return {
    engine: `${family} ${version}`,
    usedBytes,
    maxBytes,
    keys: [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0),
    callsPerS: numberIn(field('instantaneous_ops_per_sec')),
    clients: numberIn(field('connected_clients')),
    startedMs: upS === null ? null : Math.max(0, Math.round(nowMs) - upS * 1000),
    disk: diskOf(field, appendfsync),
  } satisfies Partial<StoreNode>
}

function diskOf(field: (name: string) => string | null, appendfsync: string | null): StoreDisk | null {
  const enabled = field('aof_enabled')
  if (enabled === null) return null
  const isOn = enabled === '1'
  const savedS = numberIn(field('rdb_last_save_time'))
  return {
    isOn,
    sync: appendfsync,
    // Without the setting, "no append-only file" may as well be a managed store with a log of its own.
    durability: appendfsync === null ? null : durabilityOf(isOn, appendfsync),
    isOk: !isOn || field('aof_last_write_status') === 'ok',
    fileBytes: numberIn(field('aof_current_size')),
    rewrittenBytes: numberIn(field('aof_base_size')),
    isRewriting: field('aof_rewrite_in_progress') === '1',
    waits: numberIn(field('aof_delayed_fsync')),
    // Of a server that never took one it is when it started.
    snapshotMs: savedS === null || savedS === 0 ? null : savedS * 1000,
  }
}

/** `slave0:ip=127.0.0.1,port=7002,state=online,offset=42,lag=0` */
function replicasOf(info: string, shardNumber: number, shard: Shard | undefined): StoreNode[] {
  const offset = numberIn(fieldsOf(info)('master_repl_offset'))
  return [...info.matchAll(/^slave\d+:(.*?)\r?$/gm)].map(([, text]) => {
    const parts = new Map(text!.split(',').map((part) => part.split('=') as [string, string]))
    const host = parts.get('ip') ?? ''
    const node = `${host.includes(':') ? `[${host}]` : host}:${parts.get('port') ?? ''}`
    const isOnline = parts.get('state') === 'online'
    const [confirmed, lagS] = [numberIn(parts.get('offset') ?? null), numberIn(parts.get('lag') ?? null)]
    const known = shard?.nodes.find((one) => one.node === node)
    // A primary keeps the connection of a replica that hangs for a minute.
    const isSilent = known?.state === 'down' || (isOnline && (lagS ?? 0) > SILENT_S)
    return {
      ...blank(node, 'replica', shardNumber),
      state: isSilent ? ('down' as const) : isOnline ? ('up' as const) : ('loading' as const),
      zone: known?.zone ?? null,
      lagBytes: !isOnline || offset === null || confirmed === null ? null : Math.max(0, offset - confirmed),
      heardMs: !isOnline || lagS === null || lagS < 0 ? null : lagS * 1000,
    }
  })
}

/** None where the reply is none. */
function readShards(reply: unknown): Shard[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((flat: unknown) => {
    const shard = pairs(flat)
    const slots = (shard.get('slots') ?? []) as unknown[]
    const nodes = (shard.get('nodes') ?? []) as unknown[]
    if (!Array.isArray(slots) || !Array.isArray(nodes)) return []
    return [
      {
        slots: Array.from({ length: slots.length >> 1 }, (_, at): [number, number] => [
          Number(slots[2 * at]),
          Number(slots[2 * at + 1]),
        ]),
        nodes: nodes.map((one) => shardNode(pairs(one))),
      },
    ]
  })
}

function shardNode(node: ReadonlyMap<string, unknown>): ShardNode {
  const host = String(node.get('endpoint') || node.get('ip') || '')
  const port = String(node.get('port') ?? node.get('tls-port') ?? '')
  const health = String(node.get('health') ?? '')
  return {
    node: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    isPrimary: node.get('role') === 'master',
    state: health === 'online' ? 'up' : health === 'loading' ? 'loading' : 'down',
    zone: (node.get('availability-zone') as string | undefined) || null,
  }
}

export function pairs(flat: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>()
  if (Array.isArray(flat))
    for (let at = 0; at + 1 < flat.length; at += 2) found.set(String(flat[at]), flat[at + 1])
  return found
}
