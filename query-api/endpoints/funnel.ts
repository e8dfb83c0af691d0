/** `/v1/funnel`: ways through declared steps. */
import { funnelAnswer } from '../answers/funnel.ts'
import { PreparedFunnel } from '../engine/facts/funnel.ts'
import { funnelKey, funnelShape, readFunnelQuery } from '../language/facts-query.ts'
import { factsEndpoint } from './facts.ts'

export const funnel = factsEndpoint({
  name: 'funnel',
  summary: 'Ways through the steps of a funnel: how many came how far',
  description:
    'Of a source that declares `funnels:`. All steps of a way count in the window of its first one, from then on, and are revised as it goes on.',
  example: 'source=clicks&funnel=checkout&from=now-24h&compare=previous',
  parameters: funnelShape,
  read: readFunnelQuery,
  key: funnelKey,
  answer: funnelAnswer,
  tells: 'Names with their steps, the others together, the total, and windows where asked for',
  table: 'the rows, or of the windows',
  Prepared: PreparedFunnel,
})
