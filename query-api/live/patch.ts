/** What changed between two answers of one live query, small enough to be worth sending instead of the whole. Pure. */
import type { LivePatch, PatchPoints, SeriesAnswer } from '../wire.ts'

export type Patch = Omit<LivePatch, 'q'>

/** The same answer with its series in the order of `last` where both have the same ones: a change of rank alone is no news worth a reset. */
export function inOrderOf(last: SeriesAnswer, next: SeriesAnswer): SeriesAnswer {
  if (last.series.length !== next.series.length) return next
  const byLabels = new Map(next.series.map((series) => [labelsKey(series.labels), series]))
  const series = last.series.map(({ labels }) => byLabels.get(labelsKey(labels)))
  if (!series.every((one) => one !== undefined)) return next
  return next.previous === undefined
    ? { ...next, series }
    : {
        ...next,
        series,
        previous: {
          ...next.previous,
          values: series.map((one) => next.previous!.values[next.series.indexOf(one)]!),
        },
      }
}

/** Null where only the whole answer will do: other series, another interval, time that went back, or nearly everything changed. */
export function patchOf(last: SeriesAnswer, next: SeriesAnswer): Patch | null {
  if (!sameShape(last, next)) return null
  if (next.series.some(({ least }) => least !== undefined)) return null // bounds are sent whole: they are seldom, and every point may have moved
  const firstMs = next.timesMs[0]
  const lastFirstMs = last.timesMs[0]
  if (firstMs === undefined || lastFirstMs === undefined || firstMs < lastFirstMs) return null
  if (next.timesMs.at(-1)! < last.timesMs.at(-1)!) return null
  const found = last.timesMs.indexOf(firstMs)
  const shift = found < 0 ? last.timesMs.length : found
  const overlap = Math.min(last.timesMs.length - shift, next.timesMs.length)
  const changed = changesIn(last, next, shift, overlap)
  let from = overlap
  while (from > 0 && changed[from - 1]) from--
  const late = [...changed.keys()].filter((at) => at < from && changed[at])
  const count = next.timesMs.length - from + late.length
  if (count > next.timesMs.length / 2 && next.timesMs.length > 4) return null
  const fresh = next.timesMs.flatMap((_, at) => (at >= from ? at : []))
  const { others, ...points } = pointsAt(next, fresh)
  return {
    dropBeforeMs: firstMs,
    ...points,
    ...(others !== undefined && { others: { count: next.others!.count, ...others } }),
    ...(late.length > 0 && { late: pointsAt(next, late) }),
    meta: next.meta,
  }
}

function pointsAt(
  { timesMs, series, previous, others }: SeriesAnswer,
  places: readonly number[],
): PatchPoints {
  const pick = <T>(list: readonly T[]): T[] => places.map((at) => list[at]!)
  return {
    timesMs: pick(timesMs),
    values: series.map(({ values }) => pick(values)),
    ...(previous !== undefined && { previous: previous.values.map(pick) }),
    ...(others !== undefined && {
      others: {
        values: pick(others.values),
        ...(others.previous !== undefined && { previous: pick(others.previous) }),
      },
    }),
  }
}

function sameShape(last: SeriesAnswer, next: SeriesAnswer): boolean {
  return (
    last.meta.interval === next.meta.interval &&
    last.meta.intervalMs === next.meta.intervalMs &&
    last.meta.metric === next.meta.metric &&
    last.meta.generation === next.meta.generation &&
    last.previous?.shiftMs === next.previous?.shiftMs &&
    String(last.previous?.timesMs) === String(next.previous?.timesMs) &&
    last.series.length === next.series.length &&
    (last.others === undefined) === (next.others === undefined) &&
    last.series.every(({ least }) => least === undefined) &&
    last.series.every(({ labels }, at) => labelsKey(labels) === labelsKey(next.series[at]!.labels))
  )
}

/** Of each point of `next` that `last` has too: whether it is another one in any series. */
function changesIn(last: SeriesAnswer, next: SeriesAnswer, shift: number, overlap: number): boolean[] {
  const changed = new Array<boolean>(overlap).fill(false)
  const compare = (before: readonly (number | null)[], values: readonly (number | null)[]): void => {
    if (before === values && shift === 0) return
    for (let at = 0; at < overlap; at++) if (values[at] !== before[at + shift]) changed[at] = true
  }
  for (const [n, { values }] of next.series.entries()) compare(last.series[n]!.values, values)
  for (const [n, values] of (next.previous?.values ?? []).entries())
    compare(last.previous!.values[n]!, values)
  if (next.others !== undefined) compare(last.others!.values, next.others.values)
  if (next.others?.previous !== undefined) compare(last.others!.previous ?? [], next.others.previous)
  return changed
}

function labelsKey(labels: Record<string, string | null>): string {
  return JSON.stringify(labels)
}
