/** For tests of /v1/series: a store, an API over it, sources filled as a test says, and an oracle that adds up the same events. */
import { expect } from 'vitest'
import type { Problem, SeriesAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { store } from '../../harness/own-store.ts'
export { store } from '../../harness/own-store.ts'
import { app } from '../own-api.ts'

export { app, clock } from '../own-api.ts'
let names = 0

export const T0 = Date.parse('2026-03-04T05:00:00Z')

export async function filled(
  partitions: number,
  keep?: Record<string, string>,
  budget?: number,
): Promise<Filler> {
  const filler = new Filler(store, testSource(`series${names++}`, keep, budget), partitions)
  await filler.open()
  return filler
}

export async function get(query: string): Promise<SeriesAnswer> {
  const response = await app.inject({ url: `/v1/series?${query}` })
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

export async function refused(query: string): Promise<Problem> {
  const response = await app.inject({ url: `/v1/series?${query}` })
  expect(response.headers['content-type']).toContain('application/problem+json')
  return response.json()
}

/** The plainest way to the same numbers: every event, every window, in doubles that are exact because the inputs are small integers. */
export function oracle(events: readonly Sent[], stat: string, startMs: number, endMs: number): number | null {
  const inside = events.filter(({ ts }) => ts >= startMs && ts < endMs)
  if (stat === 'events') return inside.length
  if (stat === 'phones') return inside.filter(({ device }) => device === 'phone').length
  if (stat === 'revenue')
    return inside.reduce((sum, { paid }) => sum + Math.round((paid ?? 0) * 100), 0) / 100
  const loads = inside.flatMap(({ load }) => load ?? [])
  const sum = loads.reduce((a, b) => a + b, 0)
  if (stat === 'load.count') return loads.length
  if (stat === 'load.sum') return sum
  if (loads.length === 0) return null
  if (stat === 'load.min') return Math.min(...loads)
  if (stat === 'load.max') return Math.max(...loads)
  const mean = sum / loads.length
  return stat === 'load.avg' ? mean : Math.sqrt(loads.reduce((a, b) => a + (b - mean) ** 2, 0) / loads.length)
}

export const STATS = [
  'events',
  'phones',
  'revenue',
  'load.count',
  'load.sum',
  'load.min',
  'load.max',
  'load.avg',
  'load.stddev',
]

export function close(got: readonly (number | null)[], wanted: readonly (number | null)[]): void {
  expect(got.length).toBe(wanted.length)
  for (const [at, value] of wanted.entries()) {
    if (value === null) expect(got[at]).toBeNull()
    else expect(Math.abs(got[at]! - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)))
  }
}
