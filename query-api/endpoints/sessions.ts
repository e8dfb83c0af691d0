/** `/v1/sessions`: visits of each value of the key. */
import { sessionsAnswer } from '../answers/sessions.ts'
import { PreparedSessions } from '../engine/sessions.ts'
import { readSessionsQuery, sessionsKey, sessionsShape } from '../language/facts-query.ts'
import { FACTS_PROBLEMS } from './facts.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

export const sessions = queryEndpoint({
  name: 'sessions',
  method: 'get',
  path: '/v1/sessions',
  tag: 'Numbers',
  summary: 'Sessions: how many, bounce rate, pages, duration, entries and exits',
  description:
    'Of a source that declares `sessions:`. A session counts where it began, from its first event on, and is revised as it goes on. `by=entry` and `by=exit` are the pages on which sessions began and ended.',
  example: 'source=clicks&by=entry&from=now-24h&compare=previous',
  parameters: sessionsShape,
  read: readSessionsQuery,
  key: sessionsKey,
  formats: ['json', 'ndjson', 'csv'],
  answers: {
    200: {
      description:
        'Names with their sessions, the others together, the total, and series where asked for; with `format=ndjson` the rows, one a line, and all else as the last; with `format=csv` a table of the rows, or of the windows',
      types: { [JSON_TYPE]: sessionsAnswer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: FACTS_PROBLEMS,
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query, budget) => new PreparedSessions(query, budget),
    scan: null,
    keptKey: (query) => sessionsKey({ ...query, format: 'json', raw: false }),
  },
})
