/** `GET /v1/store` on the wire: the nodes of the store and what befell them. Types only. What could not be asked for is null: it is not known. */
import type { UpkeepStatus } from './wire-status.ts'

export interface StoreNode {
  /** Its address, where this API may tell it; else `node 1` and so on, in the order of the answer. */
  node: string
  role: 'primary' | 'replica'
  /** From 1, in the order of their slots; a store that is no cluster is one shard. Null = it belongs to none: it led one, and lost it. */
  shard: number | null
  /** `loading`: it reads its data, or is being filled by its primary. */
  state: 'up' | 'loading' | 'down'
  zone: string | null
  /** Both ends included; of a primary of a cluster. */
  slots: [from: number, to: number][] | null
  /** `valkey 9.1.2` */
  engine: string | null
  /** Of a replica: bytes of the stream of its primary that it has not confirmed, and how long ago it spoke last. */
  lagBytes: number | null
  heardMs: number | null
  usedBytes: number | null
  /** At which it refuses writes; 0 = without limit. */
  maxBytes: number | null
  keys: number | null
  callsPerS: number | null
  clients: number | null
  startedMs: number | null
  disk: StoreDisk | null
}

/** What a node says of its append-only file. */
export interface StoreDisk {
  isOn: boolean
  /** `always`, `everysec`, `no`. */
  sync: string | null
  /** What that is in one word: cache, durable, strict. */
  durability: 'cache' | 'durable' | 'strict' | null
  /** Its last write to disk went well. */
  isOk: boolean
  fileBytes: number | null
  /** Of the file when it was last rewritten. */
  rewrittenBytes: number | null
  isRewriting: boolean
  /** Writes that had to wait for a sync since the server started. */
  waits: number | null
  /** When its last snapshot was taken. */
  snapshotMs: number | null
}

/** What keys of Tidemark hold. */
export type KeyKind =
  | 'cells'
  | 'names'
  | 'rankings'
  | 'feed'
  | 'last values'
  | 'ids'
  | 'readings'
  | 'recent events'
  | 'positions and notes'
/** `data` stands for all keys as long as they were not weighed one by one, `other keys` afterwards for those of others. */
export type MemoryKind =
  | KeyKind
  | 'data'
  | 'other keys'
  | 'replication'
  | 'clients'
  | 'disk buffer'
  | 'server'
export interface StoreMemory {
  /** Of all primaries. */
  usedBytes: number
  /** 0 = one of them is without limit. */
  maxBytes: number
  kinds: { kind: MemoryKind; bytes: number }[] | null
  /** Of all keys: those by which it is known what kinds of keys take. Null = none yet; below 1 it is an estimate. */
  weighedShare: number | null
  /** What was in use over the last day, oldest first; null = nobody keeps the store. */
  samples: { atMs: number; usedBytes: number; maxBytes: number }[] | null
  /** By how it really grew; null = too little is known. */
  forecast: UpkeepStatus['memory']
}

/** Calls of one command since the servers started; of all primaries, percentiles of the slowest one. */
export interface StoreCall {
  command: string
  calls: number
  meanUs: number
  p50Us: number | null
  p99Us: number | null
}

export interface StoreBackup {
  name: string
  takenAtMs: number
  tookMs: number
  bytes: number
  keys: number
  /** When it was restored once, to see that it can be; null = its manifest cannot be read. */
  verifiedMs: number | null
}
export interface StoreBackups {
  everyMs: number
  /** Where they are; absent where this API may not tell. */
  place?: string
  /** The newest first, at most twenty; null = the place does not answer. */
  kept: StoreBackup[] | null
}

/** `GET /v1/store` */
export interface StoreAnswer {
  nowMs: number
  /** When the store said what stands here. */
  asOfMs: number
  /** The store does not answer now: all but `backups` is what it said last. */
  isAway: boolean
  kind: 'single' | 'cluster'
  /** For commands; absent where this API may not tell it. */
  address?: string
  /** Of 16,384; null where it is no cluster, or not known. */
  slotsCovered: number | null
  nodes: StoreNode[]
  memory: StoreMemory
  /** Those that took the most time, first; null = not known. */
  calls: StoreCall[] | null
  /** Null = this API was given no schedule of backups, and does not know where they are. */
  backups: StoreBackups | null
  /** The newest first; null = not known. */
  events: UpkeepStatus['events'] | null
  /** Partitions whose numbers the store had lost and the log filled again, and how often; null = not known. */
  rewinds: { source: string; partition: number; times: number }[] | null
}
