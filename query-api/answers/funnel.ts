/** `/v1/funnel` */
import { z } from 'zod'
import { count, figure, figures, ms, share } from './common.ts'
import { provenance } from './provenance.ts'
import { limitsOfTruth } from './series.ts'
import { boundsOf, factsRange, mispartitioned, named, windowsOf } from './facts.ts'

const step = z.object({
  step: z.string(),
  count: figure.describe('Ways that came to it'),
  ...boundsOf('count', figure),
  ofFirst: share.nullable().describe('Share of the ways that began; null where none did'),
  ofBefore: share.nullable().describe('Share of those that came to the step before'),
})

const way = z.object({
  steps: z.array(step).describe('In their order'),
  conversion: share.nullable().describe('Share of the ways that came to the last step'),
  previous: z
    .exactOptional(z.array(figure))
    .describe(
      'Counts of the steps over the range before; with `compare`. Null: that range is not wholly known',
    ),
})

export const funnelRow = way.extend(named)

export const funnelMeta = provenance.extend({
  source: z.string(),
  funnel: z.string(),
  by: z.string().nullable(),
  withinMs: ms.describe('Of the definition: from the first step to any other, at the most'),
  ...factsRange,
  rowsTotal: count.describe('Names that ways began under; those past `limit` are in `others`'),
  late: figure.describe('First steps of the range that came too late to begin a way, whatever `where` says'),
  over: figure.describe(
    'First steps of the range whose entity found no place among those that are remembered, whatever `where` says',
  ),
  mispartitioned: z.exactOptional(mispartitioned),
  ...limitsOfTruth,
})

export const funnelAnswer = z.object({
  rows: z.array(funnelRow).describe('The most ways begun first; without `by` the one row of all'),
  others: way
    .extend({ count })
    .nullable()
    .describe('All names past `limit` together; null where there are none'),
  total: way,
  windows: windowsOf(
    z.object({
      ...named,
      steps: z.array(figures).describe('Per step, one count a time'),
      ...boundsOf('steps', z.array(figures)),
    }),
    'a way is in the window of its first step, with all its steps',
  ),
  meta: funnelMeta,
})
