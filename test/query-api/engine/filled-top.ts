/** For tests of /v1/top: a store, an API over it, and sources filled as a test says. */
import type { TopAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { store } from '../../harness/own-store.ts'
export { store } from '../../harness/own-store.ts'
import { app } from '../own-api.ts'

export { app, clock } from '../own-api.ts'
let names = 0
export const newName = (): string => `top${names++}`

export const T0 = Date.parse('2026-03-04T05:00:00Z')
export const HOUR = 3_600_000
export const KEEP = { '1s': '45m', '1m': '2d', '15m': '14d', '1h': '90d' }

export async function filled(
  events: readonly Sent[],
  endAtMs: number,
  keep?: Record<string, string>,
  budget?: number,
): Promise<Filler> {
  const filler = new Filler(store, testSource(newName(), keep, budget), 2)
  await filler.open()
  for (const partition of [0, 1]) {
    const own = events.filter((_, at) => at % 2 === partition)
    for (let at = 0; at < own.length; at += 20)
      await filler.applyBatch(partition, own.slice(at, at + 20), endAtMs)
    await filler.applyBatch(partition, [], endAtMs)
  }
  return filler
}

export async function top(filler: Filler, query: string): Promise<TopAnswer> {
  const response = await app.inject({ url: `/v1/top?metric=${filler.source.name}.${query}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}
