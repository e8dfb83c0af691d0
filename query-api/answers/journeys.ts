/** `/v1/journeys` */
import { z } from 'zod'
import { count, figure, figures, labels, ms, share } from './common.ts'
import { boundsOf, factsRange, mispartitioned, named, windowsOf } from './facts.ts'
import { provenance } from './provenance.ts'
import { limitsOfTruth, nameNotes } from './series.ts'

const taken = z.object({
  journeys: figure.describe('How often it was taken'),
  ...boundsOf('journeys', figure),
  previous: z
    .exactOptional(figure)
    .describe('Over the range before; with `compare`. Null: that range is not wholly known'),
})

export const journeysRow = taken.extend({
  ...nameNotes.shape,
  labels: labels.describe(
    '`page`, `next` and, of two steps, `then`: `(start)` is what comes before the first page of a visit, `(end)` what comes after its last; then `then` is null. A page of that text has one more pair of brackets',
  ),
  ofPage: share
    .nullable()
    .describe(
      'Share of all that is known to have gone on from `page`, with `page=(start)` of all visits; null where that is not known, as of `__other__`',
    ),
  ofNext: share
    .nullable()
    .describe('Share of all that is known to have come to `next`, and of two steps to have gone on from it'),
})

export const journeysMeta = provenance.extend({
  source: z.string(),
  steps: z.int().min(1).max(2).describe('How far onward the rows say'),
  gapMs: ms.describe('Of the definition: a visit ends where the next view is further away'),
  lateMs: ms.describe('Of the definition: an end is known so much later, as a view may come late'),
  ...factsRange,
  rowsTotal: count.describe('Transitions in the range; those past `limit` are in `others`'),
  views: figure.describe('Of all pages in the range, whatever is asked for'),
  visits: figure.describe('That began in the range, whatever is asked for'),
  open: figure.describe(
    'Views of which nobody knows yet what comes next (of two steps: or then, and beginnings of visits too): of pages that the conditions on `page` let in. They are in no row',
  ),
  late: figure.describe(
    'Views of the range that came too late, and are in no journey; whatever is asked for',
  ),
  over: figure.describe(
    'Views of the range whose entity found no place among those that are remembered; whatever is asked for',
  ),
  mispartitioned: z.exactOptional(mispartitioned),
  ...limitsOfTruth,
})

export const journeysAnswer = z.object({
  rows: z.array(journeysRow).describe('The most frequent first'),
  others: taken
    .extend({ count })
    .nullable()
    .describe('All transitions past `limit` together; null where there are none'),
  total: taken,
  windows: windowsOf(
    z.object({ ...named, journeys: figures, ...boundsOf('journeys', figures) }),
    'a transition is in the window of the view of its `page`',
    'One value a time',
  ),
  meta: journeysMeta,
})
