/** `/v1/meta/known-values`: for whoever completes what a reader types. */
import { knownValuesAnswer } from '../answers/known-values.ts'
import { PreparedKnownValues } from '../engine/ranking/known-values.ts'
import { knownValuesKey, knownValuesShape, readKnownValuesQuery } from '../language/rows-query.ts'
import { JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

export const knownValues = queryEndpoint({
  name: 'meta/known-values',
  method: 'get',
  path: '/v1/meta/known-values',
  tag: 'State',
  summary: 'Values of a field that begin with a text, the most frequent first',
  description:
    'For autocompletion of filters. Any field that a breakdown holds; upper and lower case differ, as in filters.',
  example: 'source=clicks&field=country&prefix=D',
  parameters: knownValuesShape,
  read: readKnownValuesQuery,
  key: knownValuesKey,
  formats: ['json', 'ndjson'],
  answers: {
    200: {
      description: 'Values with their counts; with `format=ndjson` one a line, and all else as the last',
      types: { [JSON_TYPE]: knownValuesAnswer, [NDJSON_TYPE]: null },
    },
    304: NOT_MODIFIED,
  },
  problems: ['range_too_long', 'not_found', 'url_too_long', 'breakdown_needed', 'too_many_cells'],
  live: null,
  isBatchable: false,
  execution: {
    cost: 'computed',
    prepare: (query) => new PreparedKnownValues(query),
    scan: null,
    keptKey: (query) => knownValuesKey({ ...query, format: 'json' }),
  },
})
