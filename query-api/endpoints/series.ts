/** `/v1/series`: numbers over time. */
import { rowsAnswer, seriesAnswer } from '../answers/series.ts'
import { PreparedSeries } from '../engine/series/series.ts'
import { readSeriesQuery, seriesKey, seriesShape, type SeriesQuery } from '../language/query.ts'
import { z } from 'zod'
import { CSV_TYPE, JSON_TYPE, NDJSON_TYPE, NOT_MODIFIED, queryEndpoint } from './endpoint.ts'

/** What is told beside the answer, and how it is written down, makes no other question. */
function questionOf(query: SeriesQuery): string {
  const plain: SeriesQuery = { ...query, format: 'columns', raw: false }
  delete plain.revisions
  return seriesKey(plain)
}

export const series = queryEndpoint({
  name: 'series',
  method: 'get',
  path: '/v1/series',
  tag: 'Numbers',
  summary: 'Numbers over time',
  description:
    'The range is widened to whole windows. `null` is not 0: it is what is not known, or no longer kept.',
  example: 'metric=clicks.events&by=country&from=now-1h',
  parameters: seriesShape,
  read: readSeriesQuery,
  key: seriesKey,
  formats: ['columns', 'rows', 'csv', 'ndjson'],
  answers: {
    200: {
      description:
        'Columns; with `format=rows` a RowsAnswer, with `format=csv` text, with `format=ndjson` its rows, one a line, and `meta` as the last',
      types: { [JSON_TYPE]: z.union([seriesAnswer, rowsAnswer]), [CSV_TYPE]: null, [NDJSON_TYPE]: null },
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
    'scan_too_long',
    'log_unreachable',
    'answer_too_large',
  ],
  live: { everyMs: 33, rowsMax: null },
  isBatchable: true,
  execution: {
    cost: 'computed',
    prepare: (query, budget) => new PreparedSeries(query, budget),
    scan: (scans, query, budget) => scans.series(query, budget),
    keptKey: questionOf,
  },
})
