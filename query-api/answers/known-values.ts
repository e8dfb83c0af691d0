/** `/v1/meta/known-values` */
import { z } from 'zod'
import { count, figure, ms } from './common.ts'
import { ofSource } from './provenance.ts'

export const knownValuesAnswer = z.object({
  rows: z
    .array(
      z.object({
        value: z.string().nullable().describe('As a filter takes it; null is an absent value'),
        count: figure.describe('Events that have it, over the range'),
        cut: z
          .exactOptional(z.literal(true))
          .describe('The beginning of a longer text and a hash of the whole'),
      }),
    )
    .describe('The most frequent first'),
  more: count.describe('Values that fit too and are past `limit`'),
  meta: ofSource.extend({
    field: z.string(),
    prefix: z.string(),
    fromMs: ms.describe('The range looked at, rounded outward to windows that are kept'),
    toMs: ms,
    unnamedLeftOut: z
      .exactOptional(z.literal(true))
      .describe('Some events have values that the budget gave no name: those are not here'),
  }),
})
