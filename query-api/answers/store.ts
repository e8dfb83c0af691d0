/** `/v1/store`: the nodes of the store and what befell them. */
import { z } from 'zod'
import { count, ms } from './common.ts'
import { memoryForecast, storeEvent } from './upkeep.ts'

const figure = z.number().nonnegative()
const durability = z.enum(['cache', 'durable', 'strict'])

/** What a node says of its append-only file. */
export const storeDisk = z.object({
  isOn: z.boolean(),
  sync: z.string().nullable().describe('`always`, `everysec`, `no`'),
  durability: durability.nullable().describe('What that is in one word'),
  isOk: z.boolean().describe('Its last write to disk went well'),
  fileBytes: count.nullable(),
  rewrittenBytes: count.nullable().describe('Of the file when it was last rewritten'),
  isRewriting: z.boolean(),
  waits: count.nullable().describe('Writes that waited for a sync since the server started'),
  snapshotMs: ms.nullable().describe('When its last snapshot was taken'),
})

export const storeNode = z.object({
  node: z
    .string()
    .describe('Its address, where this API may tell it; else `node 1` and so on, in the order of the answer'),
  role: z.enum(['primary', 'replica']),
  shard: count
    .nullable()
    .describe(
      'From 1, in the order of their slots; a store that is no cluster is one shard. Null = of none: it led one, and lost it',
    ),
  state: z
    .enum(['up', 'loading', 'down'])
    .describe('`loading`: it reads its data, or is being filled by its primary'),
  zone: z.string().nullable(),
  slots: z
    .array(z.tuple([count, count]))
    .nullable()
    .describe('Both ends included; of a primary of a cluster'),
  engine: z.string().nullable().describe('Such as `valkey 9.1.2`'),
  lagBytes: count
    .nullable()
    .describe('Of a replica: bytes of the stream of its primary that it has not confirmed'),
  heardMs: count.nullable().describe('How long ago a replica spoke last'),
  usedBytes: count.nullable(),
  maxBytes: count.nullable().describe('At which it refuses writes; 0 = without limit'),
  keys: count.nullable(),
  callsPerS: figure.nullable(),
  clients: count.nullable(),
  startedMs: ms.nullable(),
  disk: storeDisk.nullable(),
})

/** What keys of Tidemark hold. */
export const keyKind = z.enum([
  'cells',
  'names',
  'rankings',
  'feed',
  'last values',
  'ids',
  'readings',
  'facts',
  'recent events',
  'positions and notes',
])

/** `data` stands for all keys as long as they were not weighed one by one, `other keys` afterwards for those of others. */
export const memoryKind = z.enum([
  ...keyKind.options,
  'data',
  'other keys',
  'replication',
  'clients',
  'disk buffer',
  'server',
])

export const storeMemory = z.object({
  usedBytes: count.describe('Of all primaries'),
  maxBytes: count.describe('0 = one of the primaries is without limit'),
  kinds: z.array(z.object({ kind: memoryKind, bytes: count })).nullable(),
  weighedShare: figure
    .nullable()
    .describe('Of the keys that kinds are told by; below 1 those are an estimate. Null = none yet'),
  samples: z
    .array(
      z.object({
        atMs: ms,
        usedBytes: count,
        maxBytes: count,
        parts: z
          .object({ data: count, replication: count, clients: count, 'disk buffer': count, server: count })
          .optional()
          .describe('What it was for; absent where a server did not say'),
        kinds: z
          .partialRecord(z.enum([...keyKind.options, 'other keys']), count)
          .optional()
          .describe('What `data` was; absent until the keeper weighed all keys once'),
      }),
    )
    .nullable()
    .describe('What was in use over the last day, oldest first, thinned; null = nobody keeps the store'),
  forecast: memoryForecast,
})

/** Calls of one command since the servers started; of all primaries, percentiles of the slowest one. */
export const storeCall = z.object({
  command: z.string(),
  calls: count,
  meanUs: figure,
  p50Us: figure.nullable(),
  p99Us: figure.nullable(),
})

/** A call that a server noted in its slow log. What it was called with may be secret, and is told to nobody. */
export const storeSlowCall = z.object({
  node: z.string(),
  atMs: ms,
  command: z.string().describe('Its name; of a function of Tidemark that one too'),
  tookUs: count,
})

export const storeSlow = z.object({
  calls: z
    .array(storeSlowCall)
    .nullable()
    .describe('The newest first, at most twenty of all nodes; null = no node tells'),
  overUs: count.nullable().describe('What takes longer is noted; null = not told, or nodes differ'),
  untold: z.array(z.string()).describe('Nodes that were not to be asked: they refuse it, or do not answer'),
  off: z.array(z.string()).describe('Nodes that note no slow call'),
})

export const storeBackup = z.object({
  name: z.string(),
  takenAtMs: ms,
  tookMs: figure,
  bytes: count,
  keys: count,
  verifiedMs: ms
    .nullable()
    .describe('When it was restored once, to see that it can be; null = its manifest cannot be read'),
})

export const storeBackups = z.object({
  everyMs: count,
  place: z.string().exactOptional().describe('Where they are; absent where this API may not tell'),
  kept: z
    .array(storeBackup)
    .nullable()
    .describe('The newest first, at most twenty; null = the place does not answer'),
})

export const storeAnswer = z
  .object({
    nowMs: ms,
    asOfMs: ms.describe('When the store said what stands here'),
    isAway: z.boolean().describe('It does not answer now: all but `backups` is what it said last'),
    kind: z.enum(['single', 'cluster']),
    address: z.string().exactOptional().describe('For commands; absent where this API may not tell it'),
    slotsCovered: count.nullable().describe('Of 16,384; null where it is no cluster, or not known'),
    nodes: z.array(storeNode),
    memory: storeMemory,
    calls: z
      .array(storeCall)
      .nullable()
      .describe('Those that took the most time since the servers started, first; null = not known'),
    slow: storeSlow,
    backups: storeBackups
      .nullable()
      .describe('Null = this API was given no schedule of backups, and does not know where they are'),
    events: z.array(storeEvent).nullable().describe('The newest first; null = not known'),
    rewinds: z
      .array(z.object({ source: z.string(), partition: count, times: count }))
      .nullable()
      .describe(
        'Partitions whose numbers the store had lost and the log filled again, and how often; null = not known',
      ),
  })
  .describe('What could not be asked for is null: it is not known')
