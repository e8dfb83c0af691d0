/** `/v1/top` */
import { z } from 'zod'
import { count, figure, labels, ms, share } from './common.ts'
import { divisor, provenance } from './provenance.ts'
import { limitsOfTruth, nameNotes, askedRange } from './series.ts'

/** The truth lies between the two, because events were left out that may belong here. */
export const bounds = z.object({
  least: z.exactOptional(figure).describe('Null = no bound is known. Absent = `value` is the truth'),
  most: z.exactOptional(figure),
})

const bucket = z.object({ from: z.number(), to: z.number().describe('Not in it'), count })

const total = bounds.extend({
  value: figure,
  buckets: z
    .exactOptional(z.array(bucket))
    .describe(
      'With the statistic `histogram`, of which `value` is the count: how many values are where, ascending, exact; at most 12.5 % wide, their bounds the same for all rows and ranges; empty ones are not told',
    ),
  previous: figure.describe(
    'The same over the range before; null without `compare`, and where that range is not wholly known',
  ),
  change: figure.describe('`(value - previous) / previous`; null where there is no previous above 0'),
})

export const topRow = total.extend({
  ...nameNotes.shape,
  labels,
  share: share
    .nullable()
    .describe(
      'Of the total of all names; null for what does not add up (avg, min, max, stddev) and where the total is not above 0',
    ),
})

export const topMeta = provenance.extend({
  source: z.string(),
  metric: z.string(),
  per: z.exactOptional(divisor),
  by: z.string().nullable(),
  ...askedRange,
  previous: z
    .object({ fromMs: ms, toMs: ms, known: z.boolean() })
    .nullable()
    .describe(
      'The range compared with; `known` false: not all of it is kept or was ever seen, and nothing is compared',
    ),
  intervals: z.array(z.string()).describe('Those the answer was added up from, finest first'),
  rowsTotal: count.describe('Names that have something in the range; those past `limit` are in `others`'),
  ...limitsOfTruth,
})

export const topAnswer = z.object({
  rows: z.array(topRow),
  others: topRow
    .omit({ labels: true, other: true, cut: true })
    .extend({ count })
    .nullable()
    .describe('All names past `limit` together; null where there are none'),
  total,
  meta: topMeta,
})
