/** `/v1/status` and `/v1/catalog` on the wire. Types only. */
import type { PartitionState, Provenance, Rebuilding } from './wire-provenance.ts'

/** `GET /v1/catalog`: what can be asked. */
export interface CatalogSource {
  source: string
  topic: string
  key: string
  generation: number
  def: string
  partitions: number
  /** `path`: where it stands in an event (the first of several places), names of objects inside each other. `isFlag`: a JSON boolean, which counts as the name `true` or `false`. `isList`: an event may hold several values and counts under each, so that they do not add up. */
  fields: {
    name: string
    type: 'string' | 'number'
    optional: boolean
    path: string[]
    isFlag?: true
    isList?: true
  }[]
  /** Where an event's time stands. */
  timePath: string[]
  /** `stats`: the statistics that may follow the metric's name, the first being meant without one; `addsUp`: those whose parts add up to the whole; `perSecond`: those that are of a second; `inField`: those in the unit of the field, the others being numbers of things (`seconds` is in seconds); both absent where there are none. */
  metrics: {
    metric: string
    kind: string
    stats: string[]
    addsUp: string[]
    perSecond?: string[]
    inField?: string[]
    field: string | null
    where: string[]
  }[]
  /** Fields that may be asked for together, in `by` and `where`, at no cost. */
  breakdowns: string[][]
  /** Finest first; `keepMs` null is for ever. */
  intervals: { name: string; ms: number; keepMs: number | null }[]
  /** What `/v1/entities` can tell; null where the source has none. */
  entity: { field: string; onlineMs: number; last: { by: string; of: string[] } | null } | null
}
export interface CatalogAnswer {
  sources: CatalogSource[]
  /** Catalogs of the store that cannot be read; their sources are not in `sources` unless this API knew them before. */
  damaged: Damage[]
}

/** Something in the store that is not ours or cannot be read: which key, which of its fields (null = the whole key), why, and what to do. */
export interface Damage {
  key: string
  field: string | null
  why: string
  todo: string
}

export interface PartitionStatus {
  partition: number
  first: number
  next: number
  /** The greatest end of the log that anybody saw: this API asked Kafka (`endFrom` `kafka`), or only its worker did. */
  end: number
  endFrom: 'kafka' | 'worker'
  /** When that was, ms; null = never. */
  endAtMs: number | null
  /** Records of the log from `next` to `end`. */
  behindRecords: number
  /** Null until it is known; `newestMs` is the greatest time that was counted, whoever sent it. */
  logClockMs: number | null
  newestMs: number | null
  /** `skipped`: passed over on an operator's word. */
  offsets: { data: number; control: number; aborted: number; compacted: number; skipped: number }
  /** `rejected`: events that went with rejected records. `duplicate`: sent again, by their id; only of sources that name one. */
  events: { counted: number; late: number; rejected: number; duplicate: number }
  /** Of the counted events, those whose time was ahead and which no other device confirmed. */
  ahead: number
  lateByInterval: Record<string, number>
  /** Its worker has not reported for a while. While a newer generation fills, a report on either of the two will do. */
  stale: boolean
  state: PartitionState
  /** For `stale`, `halted`, `unopened` and `damaged`: one sentence. */
  why: string | null
  /** When its worker last reported, ms; null = never. */
  reportedMs: number | null
  /** What its worker left when it stopped for good; null = it did not. */
  halt: PartitionHalt | null
  damage: Damage | null
  rev: number
}
/** Why a worker stopped counting a partition, in its own words. */
export interface PartitionHalt {
  code: string
  message: string
  /** The command that goes past it; empty where there is none. */
  command: string
  atMs: number
}
export interface GenerationStatus {
  generation: number
  def: string
  state: 'filling' | 'active' | 'old'
  sinceMs: number
}
export interface RebuildStatus extends Rebuilding {
  def: string
  sinceMs: number
  partitions: PartitionStatus[]
}
export interface SourceStatus {
  source: string
  topic: string
  generation: number
  def: string
  /** Of the generation that answers. */
  partitions: PartitionStatus[]
  provenance: Provenance
  /** All of the catalog, oldest first. */
  generations: GenerationStatus[]
  /** The generation that is being filled to take over; null = none. */
  rebuilding: RebuildStatus | null
  /** How fresh the frames of its live charts were; null = nobody looks at one. */
  freshness: Freshness | null
  /** The store is a copy as of this time (tidemark store restore --to), and no worker counts on in it. Absent = it is no copy. */
  copyOfMs?: number
  /** Budgets that are spent to 85 % or more, of the partition that is the furthest. */
  spentBudgets: SpentBudget[]
  /** Keys of this source that cannot be read. The other partitions answer on. */
  damaged: Damage[]
}
/** What grows towards the bound that the definition gives it. */
export interface SpentBudget {
  /** `names` of the running UTC day (`budget`), or `entities` that are remembered (`entity.budget`). */
  kind: 'names' | 'entities'
  /** The breakdown, or the field that is the key. */
  by: string
  partition: number
  /** More than `budget` where the reserve is being given out. */
  used: number
  budget: number
  /** Some of them: JSON arrays of values, or entities. */
  sample: string[]
}
/** How long a record's way to the screen took over the last while, and each part of it; ms, exact to 5 %. */
export interface Freshness {
  windowMs: number
  /** Batches of records that were measured, once for each live chart that waited for them. */
  batches: number
  /** From the newest record's timestamp in Kafka to the frame, half and 99 % of them within. */
  p50Ms: number
  p99Ms: number
  /** In the order of the way. */
  parts: FreshnessPart[]
}
export interface FreshnessPart {
  /** `fetch`: in Kafka until the worker read it. `apply`: until it was in the store. `notify`: until this API heard. `wait`: until
   * it set to work. `compute`: until the answer was there. `send`: until the frame was written to all its readers. */
  part: 'fetch' | 'apply' | 'notify' | 'wait' | 'compute' | 'send'
  p50Ms: number
  p99Ms: number
}
/** A dead letter. */
export interface RejectRow {
  source: string
  partition: number
  offset: number
  tsMs: number
  reason: string
  detail: string
  key: string | null
  raw: string
  bytes: number
  /** Events that went with it. */
  events: number
}
/** What happened to the store, and what it comes to: written by the process that keeps it. */
export interface UpkeepStatus {
  /** Which process keeps the store now; null = none. */
  keeper: string | null
  /** Which one makes its backups; null = none does by a schedule. */
  backups: string | null
  /** By how the memory in use really grew; null while too little is known. `fullAtMs` null = not at this rate, or there is no limit. */
  memory: { growthBytesADay: number; fullAtMs: number | null; sinceMs: number } | null
  /** The newest first. `kind`: act, backup, backup failed, memory, node, keeper. */
  events: { id: string; atMs: number; kind: string; text: string; by: string }[]
}
/** `GET /v1/status` */
export interface StatusAnswer {
  nowMs: number
  version: string
  sources: SourceStatus[]
  /** Each master of the store; `maxBytes` 0 = no limit; `durability` null = it does not tell. */
  store: {
    node: string
    usedBytes: number
    maxBytes: number
    durability: 'cache' | 'durable' | 'strict' | null
  }[]
  /** Absent where the store does not say. */
  upkeep?: UpkeepStatus
  kafka: KafkaStatus
  /** Keys named like catalogs that are none of ours. */
  damaged: Damage[]
  /** Counted by the workers since the store was first filled. */
  rewinds: number
  recentRejects: RejectRow[]
}

/** Whether this API can ask Kafka for the ends of the log. */
export interface KafkaStatus {
  state: 'up' | 'away' | 'not asked'
  /** When it last answered, ms; null = never. */
  atMs: number | null
  why: string | null
  /** `HOST:PORT` of Kafka where it is on this very machine, for commands that send to it. Absent = it is elsewhere, which is nobody's business. */
  at?: string
}
