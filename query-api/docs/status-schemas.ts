/** `/v1/catalog` and `/v1/status`, as schemas. */
import { z } from 'zod'
import { ms, offset, count, rebuilding, partitionState, provenance, damage } from './common-schemas.ts'
import { rejectRow } from './query-schemas.ts'

const stat = z.string()
export const catalogAnswer = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      topic: z.string(),
      key: z.string(),
      generation: count,
      def: z.string(),
      partitions: count,
      fields: z.array(
        z.object({
          name: z.string(),
          type: z.enum(['string', 'number']),
          optional: z.boolean(),
          path: z.array(z.string()),
          isFlag: z.exactOptional(z.literal(true)),
          isList: z.exactOptional(z.literal(true)),
        }),
      ),
      timePath: z.array(z.string()),
      metrics: z.array(
        z.object({
          metric: z.string(),
          kind: z.string(),
          stats: z.array(stat),
          addsUp: z.array(stat),
          perSecond: z.exactOptional(z.array(stat)),
          inField: z.exactOptional(z.array(stat)),
          field: z.string().nullable(),
          where: z.array(z.string()),
        }),
      ),
      breakdowns: z.array(z.array(z.string())),
      intervals: z.array(z.object({ name: z.string(), ms, keepMs: ms.nullable() })),
      entity: z
        .object({
          field: z.string(),
          onlineMs: ms,
          last: z.object({ by: z.string(), of: z.array(z.string()) }).nullable(),
        })
        .nullable(),
    }),
  ),
  damaged: z.array(damage).describe('Catalogs that cannot be read'),
})

export const partitionStatus = z.object({
  partition: count,
  first: offset,
  next: offset,
  end: offset.describe('The greatest that anybody saw'),
  endFrom: z.enum(['kafka', 'worker']),
  endAtMs: ms.nullable(),
  behindRecords: count,
  logClockMs: ms.nullable(),
  newestMs: ms.nullable(),
  offsets: z.object({ data: count, control: count, aborted: count, compacted: count, skipped: count }),
  events: z.object({ counted: count, late: count, rejected: count, duplicate: count }),
  ahead: count,
  lateByInterval: z.record(z.string(), count),
  stale: z.boolean(),
  state: partitionState,
  why: z.string().nullable(),
  reportedMs: ms.nullable(),
  halt: z.object({ code: z.string(), message: z.string(), command: z.string(), atMs: ms }).nullable(),
  damage: damage.nullable(),
  rev: count,
})
const percentile = z.number().nonnegative()
const freshness = z.object({
  windowMs: count,
  batches: count.describe('Batches of records measured, once for each live chart that waited for them'),
  p50Ms: percentile.describe("From the newest record's timestamp in Kafka to the frame"),
  p99Ms: percentile,
  parts: z
    .array(
      z.object({
        part: z.enum(['fetch', 'apply', 'notify', 'wait', 'compute', 'send']),
        p50Ms: percentile,
        p99Ms: percentile,
      }),
    )
    .describe('Each part of the way, in its order'),
})
const spentBudget = z.object({
  kind: z.enum(['names', 'entities']),
  by: z.string().describe('The breakdown, or the field that is the key'),
  partition: count,
  used: count.describe('More than `budget` while the reserve is given out'),
  budget: count,
  sample: z.array(z.string()).describe('Some of them: JSON arrays of values, or entities'),
})
export const memoryForecast = z
  .object({ growthBytesADay: z.number(), fullAtMs: ms.nullable(), sinceMs: ms })
  .nullable()
  .describe('By how the memory in use really grew')
export const storeEvent = z.object({
  id: z.string(),
  atMs: ms,
  kind: z.string(),
  text: z.string(),
  by: z.string(),
})
export const statusAnswer = z.object({
  nowMs: ms,
  version: z.string(),
  sources: z.array(
    z.object({
      source: z.string(),
      topic: z.string(),
      generation: count,
      def: z.string(),
      partitions: z.array(partitionStatus),
      provenance,
      generations: z.array(
        z.object({
          generation: count,
          def: z.string(),
          state: z.enum(['filling', 'active', 'old']),
          sinceMs: ms,
        }),
      ),
      rebuilding: rebuilding
        .extend({ def: z.string(), sinceMs: ms, partitions: z.array(partitionStatus) })
        .nullable(),
      freshness: freshness
        .nullable()
        .describe('How fresh the frames of its live charts were; null when nobody looks at one'),
      copyOfMs: ms
        .exactOptional()
        .describe('The store is a copy as of this time, and no worker counts on in it'),
      spentBudgets: z
        .array(spentBudget)
        .describe('Budgets that are spent to 85 % or more, of the partition that is the furthest'),
      damaged: z.array(damage).describe('Keys of the source that cannot be read'),
    }),
  ),
  store: z.array(
    z.object({
      node: z.string(),
      usedBytes: count,
      maxBytes: count,
      durability: z
        .enum(['cache', 'durable', 'strict'])
        .nullable()
        .describe('What a crash of the server costs, in one word; null where it does not tell'),
    }),
  ),
  upkeep: z
    .object({
      keeper: z.string().nullable(),
      backups: z.string().nullable(),
      memory: memoryForecast,
      events: z.array(storeEvent).describe('What happened to the store, the newest first'),
    })
    .exactOptional()
    .describe('Written by the process that keeps the store'),
  kafka: z
    .object({
      state: z.enum(['up', 'away', 'not asked']),
      atMs: ms.nullable(),
      why: z.string().nullable(),
      at: z.string().exactOptional().describe('Where Kafka is, only if that is this very machine'),
    })
    .describe('Whether the API can ask for the ends of the log'),
  damaged: z.array(damage).describe('Keys named like catalogs that are none of ours'),
  rewinds: count,
  recentRejects: z.array(rejectRow),
})
