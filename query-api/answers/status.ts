/** `/v1/status` */
import { z } from 'zod'
import { count, damage, ms } from './common.ts'
import { partitionStatus } from './partition-status.ts'
import { provenance, rebuilding } from './provenance.ts'
import { rejectRow } from './rows.ts'
import { upkeepStatus } from './upkeep.ts'

const percentile = z.number().nonnegative()

export const freshnessPart = z.object({
  part: z
    .enum(['fetch', 'apply', 'notify', 'wait', 'compute', 'send'])
    .describe(
      '`fetch`: in Kafka until the worker read it. `apply`: until it was in the store. `notify`: until this API heard. `wait`: until it set to work. `compute`: until the answer was there. `send`: until the frame was written to all its readers',
    ),
  p50Ms: percentile,
  p99Ms: percentile,
})

/** How long a record's way to the screen took over the last while, and each part of it; ms, exact to 5 %. */
export const freshness = z.object({
  windowMs: count,
  batches: count.describe('Batches of records measured, once for each live chart that waited for them'),
  p50Ms: percentile.describe("From the newest record's timestamp in Kafka to the frame"),
  p99Ms: percentile,
  parts: z.array(freshnessPart).describe('Each part of the way, in its order'),
})

/** What grows towards the bound that the definition gives it. */
export const spentBudget = z.object({
  kind: z
    .enum(['names', 'entities', 'values', 'series', 'ids'])
    .describe(
      '`names` of the running UTC day (`budget`); what is remembered: `entities` (`entity.budget`) and their latest `values` (four times as many), `series` of a metric that goes by series (`entity.budget`), `ids` of events (`id.budget`)',
    ),
  by: z
    .string()
    .describe(
      'The breakdown; the field that is the key, or by which latest values are told apart; the metric; where the id stands',
    ),
  partition: count,
  used: count.describe('More than `budget` while the reserve is given out'),
  budget: count,
  sample: z.array(z.string()).describe('Some of them: JSON arrays of values, or entities; none of ids'),
})

export const generationStatus = z.object({
  generation: count,
  def: z.string(),
  state: z.enum(['filling', 'active', 'old']),
  sinceMs: ms,
})

export const rebuildStatus = rebuilding.extend({
  def: z.string(),
  sinceMs: ms,
  partitions: z.array(partitionStatus),
})

export const sourceStatus = z.object({
  source: z.string(),
  topic: z.string(),
  generation: count,
  def: z.string(),
  partitions: z.array(partitionStatus).describe('Of the generation that answers'),
  provenance,
  generations: z.array(generationStatus).describe('All of the catalog, oldest first'),
  rebuilding: rebuildStatus
    .nullable()
    .describe('The generation that is being filled to take over; null = none'),
  freshness: freshness
    .nullable()
    .describe('How fresh the frames of its live charts were; null when nobody looks at one'),
  copyOfMs: ms
    .exactOptional()
    .describe(
      'The store is a copy as of this time (tidemark store restore --to), and no worker counts on in it. Absent = it is no copy',
    ),
  spentBudgets: z
    .array(spentBudget)
    .describe('Budgets that are spent to 85 % or more, of the partition that is the furthest'),
  damaged: z.array(damage).describe('Keys of the source that cannot be read. The other partitions answer on'),
})

/** Whether this API can ask Kafka for the ends of the log. */
export const kafkaStatus = z.object({
  state: z.enum(['up', 'away', 'not asked']),
  atMs: ms.nullable().describe('When it last answered; null = never'),
  why: z.string().nullable(),
  at: z
    .string()
    .exactOptional()
    .describe(
      '`HOST:PORT` of Kafka where it is on this very machine, for commands that send to it. Absent = it is elsewhere, which is no business of callers',
    ),
})

export const statusAnswer = z.object({
  nowMs: ms,
  version: z.string(),
  sources: z.array(sourceStatus),
  store: z
    .array(
      z.object({
        node: z.string(),
        usedBytes: count,
        maxBytes: count.describe('0 = no limit'),
        durability: z
          .enum(['cache', 'durable', 'strict'])
          .nullable()
          .describe('What a crash of the server costs, in one word; null where it does not tell'),
      }),
    )
    .describe('Each primary of the store'),
  upkeep: upkeepStatus.exactOptional().describe('Absent where the store does not say'),
  kafka: kafkaStatus.describe('Whether the API can ask for the ends of the log'),
  damaged: z.array(damage).describe('Keys named like catalogs that are none of ours'),
  rewinds: count.describe('Counted by the workers since the store was first filled'),
  recentRejects: z.array(rejectRow),
})
