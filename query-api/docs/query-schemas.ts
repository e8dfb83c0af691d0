/** Answers about numbers, entities and rows, as schemas. */
import { z } from 'zod'
import { ms, offset, count, share, figure, labels, provenance, ofSource } from './common-schemas.ts'

const truth = {
  unnamedLeftOut: z
    .exactOptional(z.literal(true))
    .describe('Names past the budget were not judged by the filter'),
  cutLeftOut: z
    .exactOptional(z.literal(true))
    .describe('Texts over 256 bytes, which are kept cut, were not judged by the filter'),
  approximate: z
    .exactOptional(z.object({ relative: z.number(), is: z.enum(['bound', 'deviation']) }))
    .describe(
      'Values are off by at most this part of the truth, or by this part as a standard deviation; absent = all are exact',
    ),
}
const zoneNote = {
  tz: z.exactOptional(z.string()).describe('Whose days these are'),
  weekStart: z.exactOptional(z.enum(['monday', 'sunday'])),
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
  intervalMs: ms.describe('Of days, weeks and months of a calendar the nominal length'),
  ...zoneNote,
  partial: z
    .exactOptional(z.array(z.object({ atMs: ms, fromMs: ms, toMs: ms })))
    .describe(
      'What of which bucket (it begins at `atMs`) no window that is kept divides, and is in no number',
    ),
  fromMs: ms,
  toMs: ms,
  seriesTotal: count.describe('Series that have data in the range, before `limit`'),
  ...truth,
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
    .exactOptional(
      z.object({ shiftMs: ms, timesMs: z.exactOptional(z.array(ms)), values: z.array(z.array(figure)) }),
    )
    .describe(
      'With compare: per series, point by point `shiftMs` back, or, of days, weeks and months, begun at its own `timesMs`',
    ),
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
    ...zoneNote,
    fromMs: ms.describe('The range answered, rounded outward to windows that are kept'),
    toMs: ms,
    askedFromMs: ms,
    askedToMs: ms,
    previous: z.object({ fromMs: ms, toMs: ms, known: z.boolean() }).nullable(),
    intervals: z.array(z.string()),
    rowsTotal: count,
    ...truth,
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
