/** `/v1/retention`: cohorts, and when their members came back. */
import { retentionAnswer } from '../answers/retention.ts'
import { PreparedRetention } from '../engine/facts/retention.ts'
import { readRetentionQuery, retentionKey, retentionShape } from '../language/retention-query.ts'
import { factsEndpoint } from './facts.ts'

export const retention = factsEndpoint({
  name: 'retention',
  summary: 'Retention: who joined on which day or in which week, and came back in which of the next',
  description:
    'Of a source that declares `retention:`. Days and weeks are those of the zone of the definition. Shares of several cohorts are computed from their members together, of each period only of cohorts in which it is over.',
  example: 'source=clicks&retention=visitors&unit=week&from=now-60d',
  parameters: retentionShape,
  read: readRetentionQuery,
  key: retentionKey,
  answer: retentionAnswer,
  tells: 'Cohorts, names with all their cohorts together, the others, and the total',
  table: 'the rows, a column a period',
  Prepared: PreparedRetention,
})
