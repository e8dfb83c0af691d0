/** Frames of `/v1/live` (server-sent events), and answers to several queries at once. */
import { z } from 'zod'
import { count, figure, figures, ms, problem } from './common.ts'
import { funnelAnswer } from './funnel.ts'
import { journeysAnswer } from './journeys.ts'
import { retentionAnswer } from './retention.ts'
import { entitiesAnswer, tailAnswer } from './rows.ts'
import { seriesAnswer, seriesMeta } from './series.ts'
import { sessionsAnswer } from './sessions.ts'
import { topAnswer } from './top.ts'

const q = count.describe('Index of the query in the request')
const matrix = z.array(figures)

/** What a live query can be answered with. Of these only series are patched; the others come whole. */
export const liveAnswer = z.union([
  seriesAnswer,
  tailAnswer,
  topAnswer,
  entitiesAnswer,
  sessionsAnswer,
  funnelAnswer,
  journeysAnswer,
  retentionAnswer,
])

/** A number of a window that was called complete, and was not. */
export const revision = z.object({
  column: count.describe(
    'The series, counted from 0; after them `others`, its `previous`, then `previous` of each series',
  ),
  timeMs: ms.describe('When the window began'),
  was: figure,
  is: figure.describe('null where the window is no longer kept'),
})

export const liveReset = z
  .object({
    q,
    answer: liveAnswer,
    revised: z
      .exactOptional(z.array(revision))
      .describe(
        'Late corrections, as in a patch, of the answer that was sent before; at most 1,000. Absent = none, or nothing to compare with',
      ),
  })
  .describe(
    '`reset`: the whole answer of one query; sent first, after a reconnect, and whenever a patch will not do',
  )

export const livePatch = z
  .object({
    q,
    dropBeforeMs: ms.describe('Points before this are gone (the range moved on)'),
    timesMs: z.array(ms).describe('Replaces every point at or after the first of these times'),
    values: matrix.describe('Same series, same order as before'),
    previous: z.exactOptional(matrix).describe('The same of `previous`, where the query compares'),
    others: z
      .exactOptional(z.object({ count, values: figures, previous: z.exactOptional(figures) }))
      .describe(
        'The same of `others`, where there are some. An answer with `least` and `most` is never patched: it comes whole',
      ),
    revised: z
      .exactOptional(z.array(revision))
      .describe(
        'Late corrections: numbers of windows that were over by `asOfMs` of the answer before, and are others now. They all begin before the first of `timesMs`. Absent = none',
      ),
    meta: seriesMeta,
  })
  .describe('`patch`: what changed since the frame before')

export const liveError = z
  .object({ q, problem })
  .describe('`error`: the query cannot be answered; it stays subscribed and heals by a reset')

export const liveProgress = z
  .object({
    q,
    progress: z.object({
      records: count.describe('Records of the log that were passed'),
      total: count.describe('Those that there are to pass'),
    }),
  })
  .describe('`progress`: the log is read for the first answer of a query that no cells hold')

export const liveBehind = z
  .object({
    q,
    behind: z.object({
      records: count.describe('Records that this process has counted'),
      seen: count.describe('Those of the answer that the reader had before'),
    }),
  })
  .describe(
    '`behind`: less is counted here than the reader saw, because the store lost numbers, or a copy of it answers. Nothing is sent until that is caught up with, or for 10 s; then a reset',
  )

export const liveHeartbeat = z
  .object({
    nowMs: ms,
    stream: z.exactOptional(z.string()).describe('Of the first one only: by which `POST /v1/live` finds it'),
  })
  .describe('`beat`: every second, so that silence can be told from death')

export const liveChanged = z.object({ q: z.array(count).describe('In the order of `add`') })

/** What `POST /v1/query` can be answered with. */
export const batchedAnswer = z.union([
  seriesAnswer,
  topAnswer,
  sessionsAnswer,
  funnelAnswer,
  retentionAnswer,
  journeysAnswer,
])

export const batchAnswer = z.object({
  answers: z
    .array(z.union([z.object({ answer: batchedAnswer }), z.object({ problem })]))
    .describe('In the order asked; one that fails says why and leaves the others'),
})
