/** For tests of long and many names: a source with a budget, filled as the test says, and what the API answers about it. */
/** What a filter cannot judge, names that look like our own words, and what lies past a limit: the numbers carry what they may be. */
import { readDefinition } from '../../../model/definition/file.ts'
import type { Problem, SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { Filler, type Sent } from '../fill.ts'
import { store } from '../../harness/own-store.ts'
import { app, clock } from '../own-api.ts'

export const T0 = Date.parse('2026-03-04T05:00:00Z')
export const NOW_MS = T0 + 60_000
clock.nowMs = NOW_MS

export let names = 0
export interface Event {
  path?: string | null
  site?: string
  paid?: number
  load?: number
}
/** Partitions of events, a second apart. */
export async function filled(budget: number, ...partitions: Event[][]) {
  const name = `b${names++}`
  const source = readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'path',
        time: 'ts',
        budget,
        fields: { path: 'string?', site: 'string?', paid: 'number?', load: 'number?' },
        breakdowns: ['path', ['path', 'site']],
        metrics: {
          views: 'count',
          revenue: { sum: 'paid', decimals: 0 },
          load: { stats: 'load', decimals: 0 },
        },
      },
    },
    keep: { '1s': '45m', '1m': '2d' },
  })[0]!
  const filler = new Filler(store, source, partitions.length)
  await filler.open()
  for (const [partition, events] of partitions.entries())
    for (let from = 0; from < events.length; from += 50)
      await filler.applyBatch(
        partition,
        events
          .slice(from, from + 50)
          .map((event, at) => ({ ts: T0 + ((from + at) % 60) * 1000, ...event }) as Sent),
        NOW_MS,
      )
  const ask = async <A>(
    kind: 'top' | 'series',
    metric: string,
    query: Record<string, string> = {},
  ): Promise<A> => {
    const where = Object.entries(query)
      .map(([param, value]) => `&${param.replace(/\d$/, '')}=${encodeURIComponent(value)}`)
      .join('')
    const response = await app.inject(
      `/v1/${kind}?metric=${name}.${metric}&from=${T0}&to=${T0 + 60_000}${where}`,
    )
    if (response.statusCode !== 200) throw new Error(response.json<Problem>().detail)
    return response.json<A>()
  }
  return {
    top: (metric: string, query: Record<string, string> = {}) =>
      ask<TopAnswer>('top', metric, { by: 'path', ...query }),
    total: async (where: string, metric = 'views') => {
      const {
        series: [one],
        meta,
      } = await ask<SeriesAnswer>('series', metric, { where, interval: '1m' })
      return {
        value: one!.values[0],
        least: one!.least?.[0],
        most: one!.most?.[0],
        unnamed: meta.unnamedLeftOut,
        cut: meta.cutLeftOut,
      }
    },
    series: (metric: string, query: Record<string, string>) =>
      ask<SeriesAnswer>('series', metric, { interval: '1m', ...query }),
  }
}
