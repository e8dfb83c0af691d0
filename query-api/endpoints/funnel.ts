/** `/v1/funnel`: ways through declared steps. */
import { funnelAnswer } from '../answers/funnel.ts'
import { PreparedFunnel } from '../engine/funnel.ts'
import { funnelKey, funnelShape, readFunnelQuery } from '../language/facts-query.ts'
import { FACTS_PROBLEMS } from './facts.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

export const funnel = queryEndpoint({
  name: 'funnel',
  method: 'get',
  path: '/v1/funnel',
  tag: 'Numbers',
  summary: 'Ways through the steps of a funnel: how many came how far',
  description:
    'Of a source that declares `funnels:`. All steps of a way count in the window of its first one, from then on, and are revised as it goes on.',
  example: 'source=clicks&funnel=checkout&from=now-24h&compare=previous',
  parameters: funnelShape,
  read: readFunnelQuery,
  key: funnelKey,
  formats: ['json', 'ndjson', 'csv'],
  answers: {
    200: {
      description:
        'Names with their steps, the others together, the total, and windows where asked for; with `format=ndjson` the rows, one a line, and all else as the last; with `format=csv` a table of the rows, or of the windows',
      types: { [JSON_TYPE]: funnelAnswer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: FACTS_PROBLEMS,
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query, budget) => new PreparedFunnel(query, budget),
    scan: null,
    keptKey: (query) => funnelKey({ ...query, format: 'json', raw: false }),
  },
})
