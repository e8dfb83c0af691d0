/** `/v1/sessions`: visits of each value of the key. */
import { sessionsAnswer } from '../answers/sessions.ts'
import { PreparedSessions } from '../engine/facts/sessions.ts'
import { readSessionsQuery, sessionsKey, sessionsShape } from '../language/facts-query.ts'
import { factsEndpoint } from './facts.ts'

export const sessions = factsEndpoint({
  name: 'sessions',
  summary: 'Sessions: how many, bounce rate, pages, duration, entries and exits',
  description:
    'Of a source that declares `sessions:`. A session counts where it began, from its first event on, and is revised as it goes on. `by=entry` and `by=exit` are the pages on which sessions began and ended.',
  example: 'source=clicks&by=entry&from=now-24h&compare=previous',
  parameters: sessionsShape,
  read: readSessionsQuery,
  key: sessionsKey,
  answer: sessionsAnswer,
  tells: 'Names with their sessions, the others together, the total, and series where asked for',
  table: 'the rows, or of the windows',
  Prepared: PreparedSessions,
})
