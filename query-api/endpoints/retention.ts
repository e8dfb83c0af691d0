/** `/v1/retention`: cohorts, and when their members came back. */
import { retentionAnswer } from '../answers/retention.ts'
import { PreparedRetention } from '../engine/retention.ts'
import { readRetentionQuery, retentionKey, retentionShape } from '../language/retention-query.ts'
import { FACTS_PROBLEMS } from './facts.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

export const retention = queryEndpoint({
  name: 'retention',
  method: 'get',
  path: '/v1/retention',
  tag: 'Numbers',
  summary: 'Retention: who joined on which day or in which week, and came back in which of the next',
  description:
    'Of a source that declares `retention:`. Days and weeks are those of the zone of the definition. Shares of several cohorts are computed from their members together, of each period only of cohorts in which it is over.',
  example: 'source=clicks&retention=visitors&unit=week&from=now-60d',
  parameters: retentionShape,
  read: readRetentionQuery,
  key: retentionKey,
  formats: ['json', 'ndjson', 'csv'],
  answers: {
    200: {
      description:
        'Cohorts, names with all their cohorts together, the others, and the total; with `format=ndjson` the rows, one a line, and all else as the last',
      types: { [JSON_TYPE]: retentionAnswer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: FACTS_PROBLEMS,
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query, budget) => new PreparedRetention(query, budget),
    scan: null,
    keptKey: (query) => retentionKey({ ...query, format: 'json' }),
  },
})
