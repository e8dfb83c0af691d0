/** `/v1/retention` */
import { z } from 'zod'
import { count, figure, figures, ms, share } from './common.ts'
import { boundsOf, mispartitioned, named } from './facts.ts'
import { provenance } from './provenance.ts'
import { limitsOfTruth } from './series.ts'

const ofPeriod = z.object({
  period: z.int().positive().describe('How many days or weeks after the cohort'),
  cohorts: count.describe(
    'Those of the range whose period of this number is over: only they are in the figures',
  ),
  size: count.describe('Their members'),
  back: count.describe('Members that came back in it'),
  share: share.nullable().describe('`back` of `size`, of all these cohorts together; null of no members'),
})

const together = z.object({
  size: figure.describe('Members of all cohorts of the range; null where none is known'),
  ...boundsOf('size', figure),
  periods: z.array(ofPeriod),
})

export const retentionRow = z.object({
  ...named,
  cohort: z.string().describe('Date of its first day, in the zone of the definition'),
  startMs: ms,
  endMs: ms.describe('When its day or week is over'),
  size: figure.describe('Members; null: it is not kept, or nothing is known of it yet'),
  ...boundsOf('size', figure),
  back: figures.describe(
    'By period, the first after the cohort first: members that came back in it. Null: it has not begun',
  ),
  share: z.array(share.nullable()).describe('The same of `size`; null of no members'),
  finished: count.describe(
    'Periods that are over, the cohort itself counted: `back` is final, but for late events, as long as its place is below `finished - 1`; the one behind may still grow',
  ),
})

export const retentionMeta = provenance.extend({
  source: z.string(),
  retention: z.string(),
  unit: z.enum(['day', 'week']),
  periods: count.describe('Of the definition: so many days or weeks after a cohort are looked at'),
  by: z.string().nullable(),
  tz: z.string().describe('Of the definition: whose days and weeks they are'),
  weekStart: z.enum(['monday', 'sunday']),
  fromMs: ms.describe('When the first cohort begins, and the last ends'),
  toMs: ms,
  askedFromMs: ms.describe('The range asked for'),
  askedToMs: ms,
  namesTotal: count.describe('Names that members joined under; those past `limit` are in `others`'),
  late: figure.describe('Events of the range that came too late for a cohort, whatever `where` says'),
  over: figure.describe(
    'Events of the range that would have made a member, for whom there was no place; whatever `where` says',
  ),
  mispartitioned: z.exactOptional(mispartitioned),
  ...limitsOfTruth,
})

export const retentionAnswer = z.object({
  rows: z
    .array(retentionRow)
    .describe('One a cohort, ascending; with `by` those of the name with the most members first'),
  names: z
    .exactOptional(z.array(together.extend(named)))
    .describe('With `by`: all cohorts of a name together'),
  others: z
    .exactOptional(together.extend({ count }).nullable())
    .describe('With `by`: all names past `limit` together; null where there are none'),
  total: together,
  meta: retentionMeta,
})
