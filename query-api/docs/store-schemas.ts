/** `/v1/store`, as a schema. */
import { z } from 'zod'
import { count, ms } from './common-schemas.ts'
import { memoryForecast, storeEvent } from './status-schemas.ts'

const figure = z.number().nonnegative()

const storeNode = z.object({
  node: z.string().describe('Its address, where this API may tell it; else a number'),
  role: z.enum(['primary', 'replica']),
  shard: count.nullable().describe('Null = of none: it led one, and lost it'),
  state: z.enum(['up', 'loading', 'down']),
  zone: z.string().nullable(),
  slots: z
    .array(z.tuple([count, count]))
    .nullable()
    .describe('Both ends included'),
  engine: z.string().nullable(),
  lagBytes: count.nullable().describe('Of the stream of its primary, not yet confirmed'),
  heardMs: count.nullable().describe('How long ago a replica spoke last'),
  usedBytes: count.nullable(),
  maxBytes: count.nullable().describe('0 = without limit'),
  keys: count.nullable(),
  callsPerS: figure.nullable(),
  clients: count.nullable(),
  startedMs: ms.nullable(),
  disk: z
    .object({
      isOn: z.boolean(),
      sync: z.string().nullable(),
      durability: z.enum(['cache', 'durable', 'strict']).nullable(),
      isOk: z.boolean(),
      fileBytes: count.nullable(),
      rewrittenBytes: count.nullable().describe('Of the file when it was last rewritten'),
      isRewriting: z.boolean(),
      waits: count.nullable().describe('Writes that waited for a sync since the server started'),
      snapshotMs: ms.nullable(),
    })
    .nullable(),
})

export const storeAnswer = z
  .object({
    nowMs: ms,
    asOfMs: ms.describe('When the store said what stands here'),
    isAway: z.boolean().describe('It does not answer now: this is what it said last'),
    kind: z.enum(['single', 'cluster']),
    address: z.string().exactOptional().describe('For commands; absent where this API may not tell it'),
    slotsCovered: count.nullable().describe('Of 16,384'),
    nodes: z.array(storeNode),
    memory: z.object({
      usedBytes: count,
      maxBytes: count.describe('0 = one of the primaries is without limit'),
      kinds: z
        .array(
          z.object({
            kind: z.enum([
              'cells',
              'names',
              'rankings',
              'feed',
              'last values',
              'ids',
              'readings',
              'recent events',
              'positions and notes',
              'data',
              'other keys',
              'replication',
              'clients',
              'disk buffer',
              'server',
            ]),
            bytes: count,
          }),
        )
        .nullable(),
      weighedShare: figure
        .nullable()
        .describe('Of the keys that kinds are told by; below 1 those are an estimate. Null = none yet'),
      samples: z.array(z.object({ atMs: ms, usedBytes: count, maxBytes: count })).nullable(),
      forecast: memoryForecast,
    }),
    calls: z
      .array(
        z.object({
          command: z.string(),
          calls: count,
          meanUs: figure,
          p50Us: figure.nullable(),
          p99Us: figure.nullable(),
        }),
      )
      .nullable()
      .describe('Those that took the most time since the servers started, first'),
    backups: z
      .object({
        everyMs: count,
        place: z.string().exactOptional(),
        kept: z
          .array(
            z.object({
              name: z.string(),
              takenAtMs: ms,
              tookMs: figure,
              bytes: count,
              keys: count,
              verifiedMs: ms.nullable().describe('When it was restored once, to see that it can be'),
            }),
          )
          .nullable(),
      })
      .nullable(),
    events: z.array(storeEvent).nullable(),
    rewinds: z.array(z.object({ source: z.string(), partition: count, times: count })).nullable(),
  })
  .describe('What could not be asked for is null: it is not known')
