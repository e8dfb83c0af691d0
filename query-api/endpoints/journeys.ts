/** `/v1/journeys`: from page to page. */
import { journeysAnswer } from '../answers/journeys.ts'
import { PreparedJourneys } from '../engine/facts/journeys.ts'
import { journeysKey, journeysShape, readJourneysQuery } from '../language/journeys-query.ts'
import { factsEndpoint } from './facts.ts'

export const journeys = factsEndpoint({
  name: 'journeys',
  summary: 'Journeys: from page to page, one step or two',
  description:
    'Of a source that declares `journeys:`. Without `page`, `next` and `through` the most frequent transitions. A transition counts in the window of the view of its page, once it is known, and is revised where a late view comes between; an end is known once no view can follow any more.',
  example: 'source=clicks&page=/cart&from=now-24h&compare=previous',
  parameters: journeysShape,
  read: readJourneysQuery,
  key: journeysKey,
  answer: journeysAnswer,
  tells: 'Transitions, the others together, the total, and windows where asked for',
  table: 'the rows, or of the windows',
  Prepared: PreparedJourneys,
})
