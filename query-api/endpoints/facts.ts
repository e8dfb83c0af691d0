/** What endpoints of facts have in common: sessions, funnels, retention and journeys. */
import type { z } from 'zod'
import type { PointBudget } from '../engine/plan/budget.ts'
import type { PreparedQuery } from '../engine/rows/one-snapshot.ts'
import {
  CSV_TYPE,
  JSON_TYPE,
  NDJSON_TYPE,
  NOT_MODIFIED,
  queryEndpoint,
  type AnyAnswer,
  type AnyQuery,
  type QueryEndpoint,
} from './endpoint.ts'

/** What is asked for, and what comes back, of one kind of facts. */
interface FactsOf<Q extends AnyQuery, A extends AnyAnswer>
  extends Pick<QueryEndpoint<Q, A>, 'summary' | 'description' | 'example' | 'parameters' | 'read' | 'key'> {
  readonly name: string
  readonly answer: z.ZodType<A>
  /** The answer in words; and as a table, of what. */
  readonly tells: string
  readonly table: string
  readonly Prepared: new (query: Q, budget?: PointBudget) => PreparedQuery<A>
}

/** They are read from cells alone, and sent whole: twice a second at the most, of what a reader can look at. */
export const factsEndpoint = <Q extends AnyQuery, A extends AnyAnswer>({
  name,
  answer,
  tells,
  table,
  Prepared,
  ...asked
}: FactsOf<Q, A>): QueryEndpoint<Q, A> =>
  queryEndpoint({
    ...asked,
    name,
    method: 'get',
    path: `/v1/${name}`,
    tag: 'Numbers',
    formats: ['json', 'ndjson', 'csv'],
    answers: {
      200: {
        description: `${tells}; with \`format=ndjson\` the rows, one a line, and all else as the last; with \`format=csv\` a table of ${table}`,
        types: { [JSON_TYPE]: answer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
      },
      304: NOT_MODIFIED,
    },
    problems: [
      'interval_too_fine',
      'range_too_long',
      'not_found',
      'url_too_long',
      'breakdown_needed',
      'too_many_cells',
      'answer_too_large',
    ],
    live: { everyMs: 500, rowsMax: 100 },
    isBatchable: true,
    execution: {
      cost: 'computed',
      prepare: (query, budget) => new Prepared(query, budget),
      scan: null,
      keptKey: (query) => asked.key({ ...query, format: 'json', raw: false }),
    },
  })
