/** `/v1/top`: names by value over a range. */
import { topAnswer } from '../answers/top.ts'
import { PreparedTop } from '../engine/ranking/top.ts'
import { readTopQuery, topKey, topShape } from '../language/query.ts'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

export const top = queryEndpoint({
  name: 'top',
  method: 'get',
  path: '/v1/top',
  tag: 'Numbers',
  summary: 'Names by value over a range',
  description:
    'Exact: added up from cells, coarse windows inside the range and fine ones at its edges. `meta.fromMs` and `meta.toMs` say what the range was rounded to.',
  example: 'metric=clicks.views&by=path&from=now-24h&compare=previous',
  parameters: topShape,
  read: readTopQuery,
  key: topKey,
  formats: ['json', 'ndjson', 'csv'],
  answers: {
    200: {
      description:
        'Rows, the others together, and the total; with `format=ndjson` the rows, one a line, and all else as the last; with `format=csv` a table of the rows',
      types: { [JSON_TYPE]: topAnswer, [NDJSON_TYPE]: null, [CSV_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: [
    'range_too_long',
    'not_found',
    'url_too_long',
    'breakdown_needed',
    'too_many_cells',
    'scan_too_long',
    'log_unreachable',
  ],
  live: { everyMs: 500, rowsMax: 100 },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query) => new PreparedTop(query),
    scan: (scans, query) => scans.top(query),
    keptKey: (query) => topKey({ ...query, format: 'json', raw: false }),
  },
})
