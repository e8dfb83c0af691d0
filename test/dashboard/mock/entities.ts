/** The mocked answer of /v1/entities. */
import type { EntitiesAnswer } from '../../../query-api/wire.ts'
import type { World } from './world.ts'

export function entities(world: World): EntitiesAnswer {
  const asOfMs = world.asOfMs()
  const names =
    asOfMs === null
      ? []
      : [
          'bergen-quay-04',
          'porto-meter-31',
          'porto-cold-07',
          'hamburg-dock-12',
          'bergen-quay-21',
          'rotterdam-pump-02',
        ]
  for (let i = 0; i < world.turn % 6; i++) names.push(names.shift() ?? '')
  const rows = names.map((entity, i): EntitiesAnswer['rows'][number] => {
    const seenMs = (asOfMs ?? 0) - (i < 2 ? 200_000 - i * 1000 : 2000 - 300 * i)
    return {
      entity,
      seenMs,
      skewMs: 0,
      status: i < 2 ? 'quiet' : 'online',
      last: [
        { by: 'temperature', atMs: seenMs, values: { value: 9.1 - i, unit: '°C' } },
        { by: 'humidity', atMs: seenMs - 10, values: { value: 71.4, unit: '%' } },
      ],
    }
  })
  if (world.mood.ahead > 0 && rows[0] !== undefined)
    rows[0] = { ...rows[0], status: 'ahead', skewMs: 400 * 86_400_000 }
  return {
    counts: {
      quiet: rows.length === 0 ? 0 : 2,
      online: rows.length === 0 ? 0 : 1185,
      ahead: world.mood.ahead,
      total: rows.length === 0 ? 0 : 1187,
    },
    rows,
    next: null,
    meta: {
      ...world.provenance('readings'),
      source: 'readings',
      onlineAfterMs: asOfMs,
      aheadAfterMs: asOfMs,
      onlineMs: 120_000,
      by: 'signal',
      of: ['value', 'unit'],
    },
  }
}
