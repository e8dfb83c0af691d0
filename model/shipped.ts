/** The sources that need no file, in the shape of the definition file. */
import type { DefinitionFile } from './definition/file.ts'

/** Clicks and readings. */
export const shipped: DefinitionFile = {
  sources: {
    clicks: {
      topic: 'clicks',
      key: 'visitor',
      time: 'ts',
      fields: {
        type: 'string',
        path: 'string',
        country: 'string?',
        device: 'string?',
        referrer: 'string?',
        visitor: 'string',
        loadMs: 'number?',
        amount: 'number?',
      },
      breakdowns: ['type', 'path', 'referrer', 'country', 'device', ['country', 'device']],
      metrics: {
        events: 'count',
        views: { count: true, where: ['type:is:page_view'], rank: ['path', 'country'] },
        revenue: { sum: 'amount', decimals: 2 },
        visitors: { uniques: 'visitor', breakdowns: ['all', 'path'] },
        load: { quantiles: 'loadMs', decimals: 0 },
      },
    },
    readings: {
      topic: 'readings',
      key: 'device',
      time: 'ts',
      fields: {
        device: 'string',
        site: 'string',
        signal: 'string',
        value: 'number',
        unit: 'string?',
        counter: 'number?',
      },
      breakdowns: ['site', 'signal', ['site', 'signal'], ['device', 'signal']],
      metrics: {
        readings: 'count',
        value: { stats: 'value', decimals: 6 },
        counter: { counter: 'counter', decimals: 3, by: ['signal'] },
      },
      entity: { online: '2m', last: { by: 'signal', of: ['value', 'unit'] } },
    },
  },
  keep: { '1s': '45m', '1m': '2d', '15m': '14d', '1h': '90d' },
}

/**
 * The same with what the demo's page of visitors shows (docs/decisions/the-demo-counts-visitors.md). A visit ends after five minutes of silence,
 * so that visits have ended, and it is known where, in what a first start shows.
 */
export const demo: DefinitionFile = {
  ...shipped,
  sources: {
    ...shipped.sources,
    clicks: {
      ...shipped.sources['clicks']!,
      sessions: { gap: '5m', page: 'path', where: ['type:is:page_view'], by: ['referrer', 'country'] },
      funnels: {
        purchase: {
          within: '30m',
          steps: {
            product: ['path:prefix:/products/'],
            cart: ['path:is:/cart'],
            checkout: ['path:is:/checkout', 'type:is:page_view'],
            bought: ['type:is:purchase'],
          },
          by: ['device', 'country'],
        },
      },
      journeys: { late: '2m' },
      retention: {
        buyers: {
          joins: ['type:is:purchase'],
          returns: ['type:is:page_view'],
          days: 7,
          by: ['country'],
          late: '6h',
        },
      },
    },
  },
}
