/** `/v1/journeys`: from page to page. */
import { journeysAnswer } from '../answers/journeys.ts'
import { PreparedJourneys } from '../engine/journeys.ts'
import { journeysKey, journeysShape, readJourneysQuery } from '../language/journeys-query.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'
import { FACTS_PROBLEMS } from './facts.ts'

export const journeys = queryEndpoint({
  name: 'journeys',
  method: 'get',
  path: '/v1/journeys',
  tag: 'Numbers',
  summary: 'Journeys: from page to page, one step or two',
  description:
    'Of a source that declares `journeys:`. Without `page`, `next` and `through` the most frequent transitions. A transition counts in the window of the view of its page, once it is known, and is revised where a late view comes between; an end is known once no view can follow any more.',
  example: 'source=clicks&page=/cart&from=now-24h&compare=previous',
  parameters: journeysShape,
  read: readJourneysQuery,
  key: journeysKey,
  formats: ['json', 'ndjson', 'csv'],
  answers: {
    200: {
      description:
        'Transitions, the others together, the total, and windows where asked for; with `format=ndjson` the rows, one a line, and all else as the last; with `format=csv` a table of the rows, or of the windows',
      types: { [JSON_TYPE]: journeysAnswer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: FACTS_PROBLEMS,
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query, budget) => new PreparedJourneys(query, budget),
    scan: null,
    keptKey: (query) => journeysKey({ ...query, format: 'json', raw: false }),
  },
})
