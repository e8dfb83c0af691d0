/** The parts of a record's way to this screen, as the API measures them for each source, and the last one as this page does. Pure. */
import type { Freshness, FreshnessPart, SourceStatus } from '../../query-api/wire.ts'

export type PartName = FreshnessPart['part'] | 'screen'
export const parts: readonly { readonly name: PartName; readonly title: string; readonly colour: string }[] =
  [
    { name: 'fetch', title: 'in Kafka until a worker reads it', colour: 'q3' },
    { name: 'apply', title: 'until it is counted in the store', colour: 'q4' },
    { name: 'notify', title: 'until the API hears of it', colour: 'q6' },
    { name: 'wait', title: 'until the API begins', colour: 'q2' },
    { name: 'compute', title: 'until the answer is there', colour: 'q5' },
    { name: 'send', title: 'until it is sent', colour: 'q3' },
    { name: 'screen', title: 'until this page has drawn it', colour: 'q7' },
  ]

export interface RulerRow {
  readonly source: string
  readonly batches: number
  /** Medians in the order of the way, ms; null was not measured. */
  readonly medians: readonly (number | null)[]
  /** From Kafka to the frame that was sent, ms; null while none was. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

const rowOf = (source: string, freshness: Freshness | null, screenMs: number | null): RulerRow => ({
  source,
  batches: freshness?.batches ?? 0,
  medians: parts.map(({ name }) =>
    freshness === null
      ? null
      : name === 'screen'
        ? screenMs
        : (freshness.parts.find(({ part }) => part === name)?.p50Ms ?? null),
  ),
  p50Ms: freshness?.p50Ms ?? null,
  p99Ms: freshness?.p99Ms ?? null,
})

/** One row for each source as soon as any has a frame: one that comes later moves nothing. */
export const rulerRows = (sources: readonly SourceStatus[], screenMs: number | null): RulerRow[] =>
  sources.every(({ freshness }) => freshness === null)
    ? []
    : sources.map(({ source, freshness }) => rowOf(source, freshness, screenMs))

/** A ruler of 100 ms, or of as much as the longest row needs. */
export const scaleOf = (longestMs: number): number =>
  [100, 200, 500, 1000, 2000, 5000, 10_000].find((most) => longestMs <= most) ?? 60_000

export const lengthOf = ({ medians, p50Ms, p99Ms }: RulerRow): number =>
  Math.max(
    p50Ms ?? 0,
    p99Ms ?? 0,
    medians.reduce<number>((sum, ms) => sum + (ms ?? 0), 0),
  )
