/** What an answer knows about itself (law L9). */
import { z } from 'zod'
import { count, ms, offset, share } from './common.ts'

export const rebuilding = z.object({
  generation: count,
  progress: share.describe("Share of the log's records that it has counted"),
  lost: z
    .exactOptional(z.literal(true))
    .describe(
      'The store lost numbers that were counted before: this very generation is counted again, and the answer holds what was counted again so far. Absent = a newer definition fills a generation of its own',
    ),
})

export const logEnd = z.object({
  from: z
    .enum(['kafka', 'worker'])
    .describe(
      '`kafka`: the API asked Kafka itself for the end of every partition a moment ago. `worker`: Kafka does not answer the API, and the end is what workers last wrote; records that came since are not in `behindRecords`, so that nothing may be called exact',
    ),
  atMs: ms
    .nullable()
    .describe('When it was seen, of the partition where that is longest ago; null where it never was'),
  why: z.exactOptional(z.string()).describe('`worker`: why Kafka was not asked'),
})

// codes that users see: partition states
const STATES = ['counted', 'behind', 'stale', 'halted', 'unopened', 'damaged'] as const

export const partitionState = z
  .enum(STATES)
  .describe(
    '`counted`: all of it up to the end. `behind`: counted by a worker that reports, and records wait. `stale`: its worker has not reported for 10 s. `halted`: its worker stopped until a person looks. `unopened`: nobody ever counted it, or the store lost it. `damaged`: what the store holds of it cannot be read, and it is left out of the numbers',
  )

export const incompletePartition = z.object({
  partition: count,
  state: z.enum(['stale', 'halted', 'unopened', 'damaged']),
  why: z.string().describe('One sentence: what is wrong, and where there is something to do, what'),
})

export const provenance = z.object({
  vector: z
    .record(z.string(), offset)
    .describe(
      'Next offset to be folded, per partition: the answer is a pure function of the log below it. A partition that was never opened, or that cannot be read, is absent',
    ),
  topic: z.string().describe('So that `vector` names records'),
  tables: z
    .record(z.string(), z.object({ topic: z.string(), vector: z.record(z.string(), offset) }))
    .optional()
    .describe(
      'Tables in topics that the events are joined with, and up to which offset of each partition of its topic every partition of the events is joined with it. Absent where the source has none',
    ),
  asOfMs: ms
    .nullable()
    .describe("All is known up to here; null when nothing was ever applied. Never after the API's now"),
  lagMs: z.number().nonnegative().nullable().describe('Clock of the API minus asOfMs'),
  complete: share.describe(
    "Share of the topic's partitions that are counted by a worker that reports. One that is stale, halted, never opened or damaged is not; see `incomplete`",
  ),
  partitions: count.describe(
    'Partitions of the topic, as Kafka says, or as the catalog does where Kafka was never reached. `complete` is a share of these',
  ),
  incomplete: z
    .exactOptional(z.array(incompletePartition))
    .describe('What `complete` lacks, the first 20. Absent = nothing'),
  sinceMs: ms
    .nullable()
    .describe('Since when the log says all there was; what is absent before it is unknown, not nothing'),
  lostBeforeMs: z
    .exactOptional(ms)
    .describe(
      'Records of before are gone from the log; what they held is in no answer. Absent = none are gone',
    ),
  latestMs: ms
    .nullable()
    .describe(
      'Log clock, by which windows are kept: most devices heard last have reached it, and it is not past now. Null until it is known',
    ),
  behindRecords: count.describe(
    'Records in the log that are not in this answer; at least so many where `logEnd.from` is not `kafka`',
  ),
  logEnd: logEnd.describe("How the log's end is known, on which `asOfMs` and `behindRecords` rest"),
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
    .describe(
      'A newer definition is being counted; this answer stands still at `vector` meanwhile. Absent = no',
    ),
  catalogLost: z
    .exactOptional(z.string())
    .describe('Why the catalog cannot be read; the answer goes by what the API knew of it'),
})
export const ofSource = provenance.extend({ source: z.string() })
