/** The mocked newest events. */
import type { TailAnswer, TailRow } from '../../../query-api/wire.ts'
import type { World } from './world.ts'

export function tail(world: World, source: string, via: string | null): TailAnswer {
  const sent = world.sent.filter((row) => row.source === source)
  if (via !== null) return { rows: sent.slice(-3), meta: { ...world.provenance(source), source } }
  const asOfMs = world.asOfMs()
  const raw = (i: number): string =>
    source === 'clicks'
      ? JSON.stringify({
          type: 'page_view',
          path: ['/harbour/tides', '/tickets/ferry', '/weather/north-sea', '/'][i % 4],
          country: ['DE', 'FR', 'NL', 'PL', 'GB'][i % 5],
          visitor: `v${i}`,
        })
      : JSON.stringify({
          device: ['porto-cold-07', 'bergen-quay-21', 'hamburg-dock-12'][i % 3],
          site: 'Porto',
          signal: ['temperature', 'humidity'][i % 2],
          value: 4 + (i % 60) / 10,
          unit: ['°C', '%'][i % 2],
        })
  const rows: TailRow[] = []
  if (asOfMs !== null)
    for (let n = 0; n < 30; n++) {
      const tsMs = Math.floor(asOfMs / 37) * 37 - n * 37 - (source === 'clicks' ? 0 : 7)
      rows.push({
        source,
        partition: n % 4,
        offset: Math.floor(tsMs / 37) % 1e9,
        index: 0,
        tsMs,
        atMs: tsMs - 4,
        via: null,
        raw: raw(Math.floor(tsMs / 37)),
      })
    }
  rows.push(...sent)
  return { rows, meta: { ...world.provenance(source), source } }
}
