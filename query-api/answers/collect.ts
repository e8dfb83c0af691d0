/** `POST /v1/events?source=`: one verdict an item, in order. 202 all taken, 207 some, 400 none. */
import { z } from 'zod'
import { count, offset } from './common.ts'

export const collectAnswer = z.object({
  accepted: count,
  rejected: count,
  items: z.array(
    z.union([
      z.object({ status: z.literal('accepted'), partition: count, offset }),
      z.object({ status: z.literal('rejected'), reason: z.string(), detail: z.exactOptional(z.string()) }),
    ]),
  ),
  reasons: z
    .exactOptional(z.record(z.string(), count))
    .describe('How many for each reason, where not every refusal is told whole'),
  itemsLeftOut: z
    .exactOptional(count)
    .describe('Verdicts that are not told: of a request of which nothing was taken'),
})
