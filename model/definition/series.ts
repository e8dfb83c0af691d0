/** What a definition says of a metric that goes by series, spelled out. */
import { durationMs } from './duration.ts'
import type { Fault, Place } from './faults.ts'
import type { Field, MetricSeries } from '../definition.ts'
import type { GivenMetric } from './schema.ts'
import { goesBySeries, type Measure } from '../measures/index.ts'

export type Report = (place: Place, says: string, aim?: Fault['aim']) => void
export type Need = (field: string, type: Field['type'] | null, place: Place, why?: string) => void

/** A step that holds for long is written into every window that it spans. */
const MOST_WINDOWS_HELD = 600

/** For how long series are remembered, and how many. */
export interface SeriesMemory {
  readonly finestMs: number
  readonly forgetMs: number
  readonly budget: number
}

/** Nothing for measures that go by events. */
export function readSeries(
  measure: Measure,
  said: Exclude<GivenMetric, 'count'>,
  { finestMs, forgetMs, budget }: SeriesMemory,
  at: Place,
  need: Need,
  report: Report,
): { series?: MetricSeries } {
  if (!goesBySeries(measure)) return {}
  const by = said.by ?? []
  for (const [index, field] of by.entries()) need(field, 'string', [...at, 'by', index], 'a series takes')
  if (new Set(by).size < by.length) report([...at, 'by'], 'the same field twice')
  const holdMs = said.hold === undefined ? undefined : durationMs(said.hold)
  if (holdMs !== undefined && holdMs > finestMs * MOST_WINDOWS_HELD)
    report(
      [...at, 'hold'],
      `${said.hold!} is more than ${MOST_WINDOWS_HELD} windows of the finest interval, each of which a reading may touch; at most ${(finestMs * MOST_WINDOWS_HELD) / 1000}s, or keep a coarser interval`,
    )
  return {
    series: {
      by,
      ...(said.is !== undefined && { is: said.is }),
      ...(holdMs !== undefined && { holdMs }),
      forgetMs,
      budget,
    },
  }
}
