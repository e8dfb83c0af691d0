/** `/v1/sessions` */
import { z } from 'zod'
import { count, figure, figures, ms, share } from './common.ts'
import { provenance } from './provenance.ts'
import { limitsOfTruth } from './series.ts'
import { boundsOf, factsRange, mispartitioned, named, windowsOf } from './facts.ts'

export const sessionFigures = z.object({
  sessions: figure.describe('Those that began in the range, by their first event'),
  bounceRate: figure.describe('Share of sessions of one event; null where there are none'),
  pagesASession: figure,
  averageMs: figure.describe('From first to last event'),
})

const compared = sessionFigures.extend({
  ...boundsOf('sessions', figure),
  previous: z
    .exactOptional(sessionFigures)
    .describe('The same over the range before; with `compare`. Null figures: that range is not wholly known'),
})

export const sessionsRow = compared.extend({
  ...named,
  share: share.nullable().describe('Of the sessions of all names'),
})

export const sessionsSeries = z.object({
  ...named,
  ...boundsOf('sessions', figures),
  sessions: figures,
  bounceRate: figures,
  pagesASession: figures,
  averageMs: figures,
})

export const sessionsMeta = provenance.extend({
  source: z.string(),
  by: z.string().nullable(),
  gapMs: ms.describe('Of the definition: a session ends where the next event is further away'),
  ...factsRange,
  rowsTotal: count.describe('Names that have sessions in the range; those past `limit` are in `others`'),
  late: figure.describe(
    'Events of the range that came too late for a session, and are in none; whatever `where` says',
  ),
  over: figure.describe(
    'Events of the range whose entity found no place among those whose sessions are remembered; whatever `where` says',
  ),
  mispartitioned: z.exactOptional(mispartitioned),
  ...limitsOfTruth,
})

export const sessionsAnswer = z.object({
  rows: z.array(sessionsRow).describe('The most sessions first; without `by` the one row of all'),
  others: compared
    .extend({ count, share: share.nullable() })
    .nullable()
    .describe('All names past `limit` together; null where there are none'),
  total: compared,
  windows: windowsOf(sessionsSeries, 'a session is in the window in which it began', 'One value a time'),
  meta: sessionsMeta,
})
