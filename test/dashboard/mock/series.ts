/** The mocked answers of /v1/series. */
import type { SeriesAnswer, SeriesMeta } from '../../../query-api/wire.ts'
import { refusal } from './rankings.ts'
import { errorOf, labelsOf, rangeMs, valueAt, wholes } from './sources.ts'
import type { World } from './world.ts'

/** The whole answer to a query as it stands now. */
export function series(world: World, text: string): SeriesAnswer {
  const query = new URLSearchParams(text.split('?')[1])
  const metric = query.get('metric') ?? ''
  const by = query.get('by')
  const span = rangeMs(query.get('from') ?? '')
  const named = query.get('interval')
  const intervalMs = named === '1s' || (named === null && span <= 3_600_000) ? 1000 : 60_000
  const source = metric.split('.')[0]!
  const provenance = world.provenance(source)
  const toMs = Number(query.get('to') ?? Date.now())
  const firstMs = Math.floor((toMs - span) / intervalMs) * intervalMs
  const asOfMs = provenance.asOfMs ?? 0
  const timesMs: number[] = []
  for (let at = firstMs; at < toMs; at += intervalMs) timesMs.push(at)
  const { hole, sinceMs } = world.mood
  const value = (name: string, at: number): number | null => {
    if (provenance.asOfMs === null || at >= asOfMs || at + intervalMs <= sinceMs) return null
    if (hole !== null && at >= hole[0] && at < hole[1]) return null
    // The window in progress ends at asOf; what does not add up is no larger in a longer one.
    const isWhole = Object.keys(wholes).some((one) => metric.startsWith(one.replace('.p75', '')))
    const part = isWhole ? 1 : intervalMs === 1000 ? 1 : Math.min(intervalMs, asOfMs - at) / 1000
    return Math.round(valueAt(metric, by, name, at) * part * 100) / 100
  }
  const names = provenance.asOfMs === null ? [] : by === null ? [''] : world.names(query, by)
  const meta: SeriesMeta = {
    ...provenance,
    source,
    metric,
    by,
    interval: intervalMs === 1000 ? '1s' : '1m',
    intervalMs,
    fromMs: firstMs,
    toMs: (timesMs.at(-1) ?? firstMs) + intervalMs,
    seriesTotal: names.length,
    ...errorOf(metric),
    ...(refusal(world, text) === null ? {} : { from: 'log' as const, scannedRecords: 1_000_000 }),
  }
  const values = names.map((name) => timesMs.map((at) => value(name, at)))
  const previous =
    query.get('compare') === null
      ? {}
      : {
          previous: {
            shiftMs: span,
            values: names.map((name) =>
              timesMs.map((at): number | null =>
                at - span < sinceMs ? null : valueAt(metric, by, name, at - span) * (intervalMs / 1000),
              ),
            ),
          },
        }
  const most = Math.min(names.length, world.mood.most ?? names.length)
  const rest = <T>(columns: T[][]): T[][] => columns.slice(most)
  const add = (columns: (number | null)[][]): (number | null)[] =>
    timesMs.map((_, i) =>
      columns.reduce<number | null>(
        (sum, column) => (column[i] == null ? sum : (sum ?? 0) + column[i]),
        null,
      ),
    )
  const before = 'previous' in previous ? previous.previous.values : null
  const others =
    most === names.length
      ? {}
      : {
          others: {
            count: names.length - most,
            values: add(rest(values)),
            ...(before === null ? {} : { previous: add(rest(before)) }),
          },
        }
  const shown = before === null ? {} : { previous: { shiftMs: span, values: before.slice(0, most) } }
  return {
    timesMs,
    series: names
      .slice(0, most)
      .map((name, i) => ({ labels: by === null ? {} : labelsOf(by, name), values: values[i]! })),
    ...others,
    ...shown,
    meta,
  }
}
