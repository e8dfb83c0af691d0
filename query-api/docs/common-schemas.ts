/** What several answers have in common, as schemas. */
import { z } from 'zod'

export const ms = z.int().describe('Milliseconds since 1970')
export const offset = z.int().nonnegative()
export const count = z.int().nonnegative()
export const share = z.number().min(0).max(1)
export const figure = z.number().nullable()
export const labels = z
  .record(z.string(), z.string().nullable())
  .describe('Value per field; null is "(none)", `__other__` is what the budget of names did not name')

export const rebuilding = z.object({
  generation: count,
  progress: share,
  lost: z
    .exactOptional(z.literal(true))
    .describe('The store lost numbers, and this very generation is counted again'),
})
export const logEnd = z.object({
  from: z
    .enum(['kafka', 'worker'])
    .describe('`worker`: Kafka does not answer the API, and records may wait that nobody knows of'),
  atMs: ms.nullable(),
  why: z.exactOptional(z.string()),
})
export const partitionState = z.enum(['counted', 'behind', 'stale', 'halted', 'unopened', 'damaged'])

export const provenance = z.object({
  vector: z.record(z.string(), offset).describe('Next offset to be folded, per partition'),
  topic: z.string(),
  asOfMs: ms.nullable().describe('All is known up to here; null when nothing was ever applied'),
  lagMs: z.number().nonnegative().nullable().describe('Clock of the API minus asOfMs'),
  complete: share.describe("Share of the topic's partitions that are counted by a worker that reports"),
  partitions: count.describe('Partitions of the topic'),
  incomplete: z
    .exactOptional(
      z.array(
        z.object({
          partition: count,
          state: z.enum(['stale', 'halted', 'unopened', 'damaged']),
          why: z.string(),
        }),
      ),
    )
    .describe('What `complete` lacks, the first 20'),
  sinceMs: ms
    .nullable()
    .describe('Since when the log says all there was; what is absent before it is unknown'),
  lostBeforeMs: z.exactOptional(ms).describe('Records of before are gone from the log'),
  latestMs: ms.nullable().describe('Log clock, by which windows are kept: most devices have reached it'),
  behindRecords: count.describe(
    'Records in the log that are not in this answer; at least so many where `logEnd.from` is not `kafka`',
  ),
  logEnd,
  generation: count,
  def: z.string().describe('First 8 hexadecimal digits of the hash of the definition'),
  from: z
    .enum(['cells', 'log'])
    .describe(
      '`cells`: added up from what the store keeps; `log`: from the raw events of the range, read again',
    ),
  scannedRecords: z
    .exactOptional(count)
    .describe('Only of `log`: records that were read for it so far, by all who ask the same'),
  rebuilding: z
    .exactOptional(rebuilding)
    .describe('A newer definition is being counted; this answer stands still meanwhile'),
  catalogLost: z
    .exactOptional(z.string())
    .describe('Why the catalog cannot be read; the answer goes by what the API knew of it'),
})
export const ofSource = provenance.extend({ source: z.string() })

export const damage = z.object({
  key: z.string(),
  field: z.string().nullable(),
  why: z.string(),
  todo: z.string(),
})
export const problem = z.object({
  type: z.string().describe('`urn:tidemark:problem:KIND`'),
  title: z.string(),
  status: z.int(),
  detail: z.exactOptional(z.string()),
  errors: z.exactOptional(
    z.array(z.object({ pointer: z.string().describe('JSON pointer to the parameter'), detail: z.string() })),
  ),
})
