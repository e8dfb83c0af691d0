/** `/v1/series` */
import { z } from 'zod'
import { count, figure, figures, labels, ms } from './common.ts'
import { divisor, provenance } from './provenance.ts'

/** What the values of an answer are not: said once, for all of them. */
export const limitsOfTruth = {
  unnamedLeftOut: z
    .exactOptional(z.literal(true))
    .describe(
      'Some events are not in this filtered answer, because the budget gave them no name that a filter could judge',
    ),
  cutLeftOut: z
    .exactOptional(z.literal(true))
    .describe(
      'Some events are not in this filtered answer, because their text is over 256 bytes, is kept cut, and `prefix` or `contains` cannot judge what was cut off',
    ),
  approximate: z
    .exactOptional(z.object({ relative: z.number(), is: z.enum(['bound', 'deviation']) }))
    .describe(
      'Values are off by at most this part of the truth, or by this part as a standard deviation; absent = all are exact',
    ),
}

export const zoneNote = {
  tz: z
    .exactOptional(z.string())
    .describe('Whose days these are, as asked for; with days of a calendar always'),
  weekStart: z.exactOptional(z.enum(['monday', 'sunday'])),
}

/** Of answers about a range as a whole. */
export const askedRange = {
  ...zoneNote,
  fromMs: ms.describe('The range answered, rounded outward to windows that are kept'),
  toMs: ms,
  askedFromMs: ms.describe('The range asked for'),
  askedToMs: ms,
}

/** What a name is, beside its labels. */
export const nameNotes = z.object({
  other: z
    .exactOptional(z.literal(true))
    .describe(
      'What the budget of names did not name, of all names together. Absent on a value that is merely written `__other__`',
    ),
  cut: z
    .exactOptional(z.array(z.string()))
    .describe(
      'Fields whose label is the beginning of a longer text and a hash of the whole. A filter `is` takes the whole text as well as the label',
    ),
})

export const series = nameNotes.extend({
  labels,
  values: figures.describe('One per time; null is "no data"'),
  least: z.exactOptional(figures),
  most: z
    .exactOptional(figures)
    .describe(
      'Where events were left out that may belong here: the truth lies between least and most, point by point; null = no bound is known. Absent = `values` are the truth',
    ),
})

export const answerRevisions = z
  .object({
    sinceMs: ms
      .nullable()
      .describe(
        'Corrections of answers as of then and later are known here: when this process first answered this question, or what it could remember; never before the time asked for. null = none are known',
      ),
    rows: z.array(
      z.object({
        column: count.describe(
          'The series, counted from 0; after them `others`, its `previous`, then `previous` of each series',
        ),
        role: z.enum(['series', 'others', 'previous', 'others.previous']),
        labels: labels.nullable().describe('null = of `others`'),
        timeMs: ms.describe('When the window began'),
        was: figure.describe('The number that was told first; null = none stood there'),
        is: figure.describe('The number of this answer'),
        asOfMs: ms.describe('Of the first answer that had it'),
      }),
    ),
  })
  .describe('Late corrections: numbers of windows that were called complete, and are others now')

export const partial = z
  .exactOptional(z.array(z.object({ atMs: ms, fromMs: ms, toMs: ms })))
  .describe(
    'What of which bucket (it begins at `atMs`; those compared with too) no window that is kept divides, and is in no number. Absent = all is covered',
  )

export const seriesMeta = provenance.extend({
  source: z.string(),
  metric: z.string(),
  per: z.exactOptional(divisor),
  by: z.string().nullable(),
  interval: z.string(),
  intervalMs: ms.describe(
    'Of days, weeks and months of a calendar the nominal length: each ends where the next begins, the last at `toMs`',
  ),
  ...zoneNote,
  partial,
  fromMs: ms.describe('The range answered, widened to whole windows'),
  toMs: ms,
  revisions: z.exactOptional(answerRevisions).describe('Where they were asked for'),
  seriesTotal: count.describe('Series that have data in the range, before `limit`'),
  ...limitsOfTruth,
})

export const previousValues = z.object({
  shiftMs: ms.describe('Of days, weeks and months only how far the first is back'),
  timesMs: z.exactOptional(z.array(ms)).describe('When each day, week or month compared with began'),
  values: z.array(z.array(figure)).describe('Per series of the answer, in the same order'),
})

export const seriesAnswer = z.object({
  timesMs: z.array(ms).describe('Window starts, ascending'),
  series: z.array(series),
  others: z
    .exactOptional(z.object({ count, values: figures, previous: z.exactOptional(figures) }))
    .describe('All series past `limit` as one, so that parts and total agree; absent where there are none'),
  previous: z
    .exactOptional(previousValues)
    .describe(
      'With compare: per series, point by point `shiftMs` back, or, of days, weeks and months, begun at its own `timesMs`',
    ),
  meta: seriesMeta,
})

/** The same with `format=rows`. */
export const rowsAnswer = z.object({
  rows: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])))
    .describe(
      "One a point: the labels, `timeMs`, the value under the metric's name, and `previous` where the query compares",
    ),
  meta: seriesMeta,
})
