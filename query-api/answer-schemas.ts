/**
 * The answers of the API as schemas: the document of the API is made from them, and its tests hold every real answer against them. They say
 * what wire.ts says; a test compares the two by type, so that neither can move alone.
 */
import { z } from 'zod'

const ms = z.int().describe('Milliseconds since 1970')
const offset = z.int().nonnegative()
const count = z.int().nonnegative()
const share = z.number().min(0).max(1)
const figure = z.number().nullable()
const labels = z
  .record(z.string(), z.string().nullable())
  .describe('Value per field; null is "(none)", `__other__` is what the budget of names did not name')

export const rebuilding = z.object({
  generation: count,
  progress: share,
  lost: z
    .exactOptional(z.literal(true))
    .describe('The store lost numbers, and this very generation is counted again'),
})
const logEnd = z.object({
  from: z
    .enum(['kafka', 'worker'])
    .describe('`worker`: Kafka does not answer the API, and records may wait that nobody knows of'),
  atMs: ms.nullable(),
  why: z.exactOptional(z.string()),
})
const partitionState = z.enum(['counted', 'behind', 'stale', 'halted', 'unopened', 'damaged'])

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
  from: z.literal('rollup'),
  rebuilding: z
    .exactOptional(rebuilding)
    .describe('A newer definition is being counted; this answer stands still meanwhile'),
  catalogLost: z
    .exactOptional(z.string())
    .describe('Why the catalog cannot be read; the answer goes by what the API knew of it'),
})
const ofSource = provenance.extend({ source: z.string() })

const leftOut = {
  unnamedLeftOut: z
    .exactOptional(z.literal(true))
    .describe('Names past the budget were not judged by the filter'),
  cutLeftOut: z
    .exactOptional(z.literal(true))
    .describe('Texts over 256 bytes, which are kept cut, were not judged by the filter'),
}
const notes = {
  other: z.exactOptional(z.literal(true)).describe('What the budget of names did not name'),
  cut: z
    .exactOptional(z.array(z.string()))
    .describe('Fields whose label is the beginning of a longer text and a hash of the whole'),
}
const figures = z.array(figure)

export const seriesMeta = provenance.extend({
  source: z.string(),
  metric: z.string(),
  by: z.string().nullable(),
  interval: z.string(),
  intervalMs: ms,
  fromMs: ms,
  toMs: ms,
  seriesTotal: count.describe('Series that have data in the range, before `limit`'),
  ...leftOut,
})
export const seriesAnswer = z.object({
  timesMs: z.array(ms).describe('Window starts, ascending'),
  series: z.array(
    z.object({
      labels,
      values: figures.describe('One per time; null is "no data"'),
      ...notes,
      least: z.exactOptional(figures),
      most: z
        .exactOptional(figures)
        .describe('Where events were left out that may belong here: the truth lies between least and most'),
    }),
  ),
  others: z
    .exactOptional(z.object({ count, values: figures, previous: z.exactOptional(figures) }))
    .describe('All series past `limit` as one'),
  previous: z
    .exactOptional(z.object({ shiftMs: ms, values: z.array(z.array(figure)) }))
    .describe('With compare=previous: per series, point by point `shiftMs` back'),
  meta: seriesMeta,
})
export const rowsAnswer = z.object({
  rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
  meta: seriesMeta,
})

const bounded = z.object({
  value: figure,
  previous: figure,
  change: figure,
  least: z.exactOptional(figure),
  most: z.exactOptional(figure),
})
const topRow = bounded.extend({ labels, share: share.nullable(), ...notes })
export const topAnswer = z.object({
  rows: z.array(topRow),
  others: topRow
    .omit({ labels: true, other: true, cut: true })
    .extend({ count })
    .nullable()
    .describe('All names past `limit` together'),
  total: bounded,
  meta: provenance.extend({
    source: z.string(),
    metric: z.string(),
    by: z.string().nullable(),
    fromMs: ms.describe('The range answered, rounded outward to windows that are kept'),
    toMs: ms,
    askedFromMs: ms,
    askedToMs: ms,
    previous: z.object({ fromMs: ms, toMs: ms, known: z.boolean() }).nullable(),
    intervals: z.array(z.string()),
    rowsTotal: count,
    ...leftOut,
  }),
})

const latest = z.object({
  by: z.string().nullable(),
  atMs: ms,
  values: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})
const entityStatus = z.enum(['online', 'quiet', 'ahead'])
export const entitiesAnswer = z.object({
  counts: z.object({ online: count, quiet: count, ahead: count, total: count }),
  rows: z.array(
    z.object({ entity: z.string(), seenMs: ms, skewMs: count, status: entityStatus, last: z.array(latest) }),
  ),
  next: z.string().nullable().describe('`cursor` of the next page; null on the last'),
  meta: ofSource.extend({
    onlineAfterMs: ms.nullable(),
    aheadAfterMs: ms.nullable(),
    onlineMs: ms,
    by: z.string().nullable(),
    of: z.array(z.string()),
  }),
})

export const tailRow = z.object({
  source: z.string(),
  partition: count,
  offset,
  index: count,
  tsMs: ms,
  atMs: ms,
  via: z.string().nullable(),
  raw: z.string(),
})
export const tailAnswer = z.object({ rows: z.array(tailRow), meta: ofSource })
export const rejectRow = z.object({
  source: z.string(),
  partition: count,
  offset,
  tsMs: ms,
  reason: z.string(),
  detail: z.string(),
  key: z.string().nullable(),
  raw: z.string(),
  bytes: count,
  events: count,
})
export const rejectsAnswer = z.object({ rows: z.array(rejectRow), meta: ofSource })

const stat = z.string()
export const damage = z.object({
  key: z.string(),
  field: z.string().nullable(),
  why: z.string(),
  todo: z.string(),
})
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
        }),
      ),
      timePath: z.array(z.string()),
      metrics: z.array(
        z.object({
          metric: z.string(),
          kind: z.string(),
          stats: z.array(stat),
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
  events: z.object({ counted: count, late: count, rejected: count }),
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
      damaged: z.array(damage).describe('Keys of the source that cannot be read'),
    }),
  ),
  store: z.array(z.object({ node: z.string(), usedBytes: count, maxBytes: count })),
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

export const problem = z.object({
  type: z.string().describe('`urn:tidemark:problem:KIND`'),
  title: z.string(),
  status: z.int(),
  detail: z.exactOptional(z.string()),
  errors: z.exactOptional(
    z.array(z.object({ pointer: z.string().describe('JSON pointer to the parameter'), detail: z.string() })),
  ),
})
export const manyAnswer = z.object({
  answers: z.array(
    z.union([z.object({ answer: z.union([seriesAnswer, topAnswer]) }), z.object({ problem })]),
  ),
})
export const collectAnswer = z.object({
  accepted: count,
  rejected: count,
  items: z.array(
    z.union([
      z.object({ status: z.literal('accepted'), partition: count, offset }),
      z.object({ status: z.literal('rejected'), reason: z.string(), detail: z.exactOptional(z.string()) }),
    ]),
  ),
  reasons: z.exactOptional(z.record(z.string(), count)),
  itemsLeftOut: z.exactOptional(count),
})
export const health = z.object({ status: z.literal('ok') })

/** By the names that the document gives them. */
export const answerSchemas = {
  Provenance: provenance,
  SeriesAnswer: seriesAnswer,
  RowsAnswer: rowsAnswer,
  TopAnswer: topAnswer,
  EntitiesAnswer: entitiesAnswer,
  TailAnswer: tailAnswer,
  RejectsAnswer: rejectsAnswer,
  CatalogAnswer: catalogAnswer,
  PartitionStatus: partitionStatus,
  StatusAnswer: statusAnswer,
  ManyAnswer: manyAnswer,
  CollectAnswer: collectAnswer,
  Problem: problem,
  Health: health,
} as const
