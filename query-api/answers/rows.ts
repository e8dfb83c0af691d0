/** Entities, raw events and dead letters: `/v1/entities`, `/v1/events`, `/v1/rejects`. */
import { z } from 'zod'
import { count, ms, offset } from './common.ts'
import { ofSource } from './provenance.ts'

const latest = z.object({
  by: z.string().nullable(),
  atMs: ms,
  values: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})

/** A device, a visitor: whatever the source's `entity` says. */
export const entityRow = z.object({
  entity: z.string(),
  seenMs: ms.describe('Time of its latest event'),
  skewMs: count.describe(
    'How far its latest event is ahead of all that is known; 0 unless its status is `ahead`: its clock is wrong',
  ),
  status: z.enum(['online', 'quiet', 'ahead']),
  last: z
    .array(latest)
    .describe('Its latest values, one for each value of the field `by`, in the order of that value'),
})

export const entitiesMeta = ofSource.extend({
  onlineAfterMs: ms
    .nullable()
    .describe(
      'An entity is online while its `seenMs` is greater than this: `asOfMs - onlineMs`. Null = nothing is known yet',
    ),
  aheadAfterMs: ms
    .nullable()
    .describe(
      'An entity is ahead where its `seenMs` is greater than this: `asOfMs` and what an event may be ahead',
    ),
  onlineMs: ms,
  by: z.string().nullable().describe('The field that tells the values of one entity apart'),
  of: z.array(z.string()).describe('The fields whose latest values are kept'),
})

export const entitiesAnswer = z.object({
  counts: z.object({ online: count, quiet: count, ahead: count, total: count }),
  rows: z.array(entityRow),
  next: z.string().nullable().describe('`cursor` of the next page; null on the last'),
  meta: entitiesMeta,
})

export const tailRow = z.object({
  source: z.string(),
  partition: count,
  offset,
  index: count,
  tsMs: ms.describe('Kafka timestamp'),
  atMs: ms.describe('Event time'),
  via: z.string().nullable().describe('`http` for events sent through the collector'),
  raw: z.string(),
})
export const tailAnswer = z.object({ rows: z.array(tailRow), meta: ofSource })

/** A dead letter. */
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
  events: count.describe('Events that went with it'),
})
export const rejectsAnswer = z.object({ rows: z.array(rejectRow), meta: ofSource })
