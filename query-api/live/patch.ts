/** What changed between two answers of one live query, small enough to be worth sending instead of the whole. Pure. */
import type { LivePatch, Revision, SeriesAnswer } from '../wire.ts'

export type Patch = Omit<LivePatch, 'q'>

/** The same answer with its series in the order of `last` where both have the same ones: a change of rank alone is no news worth a reset. */
export function inOrderOf(last: SeriesAnswer, next: SeriesAnswer): SeriesAnswer {
  if (last.series.length !== next.series.length) return next
  if (last.series.every(({ labels }, n) => isSame(labels, next.series[n]!.labels))) return next
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
  const { timesMs } = next
  const firstMs = timesMs[0]
  const lastFirstMs = last.timesMs[0]
  if (firstMs === undefined || lastFirstMs === undefined || firstMs < lastFirstMs) return null
  if (timesMs.at(-1)! < last.timesMs.at(-1)!) return null
  const found = last.timesMs.indexOf(firstMs)
  const shift = found < 0 ? last.timesMs.length : found
  const overlap = Math.min(last.timesMs.length - shift, timesMs.length)
  const [before, columns] = [columnsOf(last), columnsOf(next)]
  const open = Math.min(firstOpen(next, last.meta.asOfMs), overlap)
  let from = open
  while (from < overlap && columns.every((values, n) => values[from] === before[n]![from + shift])) from++
  const revised: Revision[] = []
  for (const [column, values] of columns.entries()) {
    const had = before[column]!
    if (had === values && shift === 0) continue
    for (let at = 0; at < open; at++) {
      const [was, is] = [had[at + shift]!, values[at]!]
      if (was !== is) revised.push({ column, timeMs: timesMs[at]!, was, is })
    }
  }
  const weight = (timesMs.length - from) * columns.length + revised.length * REVISION_WEIGHT
  if (timesMs.length > 4 && weight > (timesMs.length * columns.length) / 2) return null
  const { series, previous, others } = next
  const fresh = <T>(list: readonly T[]): T[] => list.slice(from)
  return {
    dropBeforeMs: firstMs,
    timesMs: fresh(timesMs),
    values: series.map(({ values }) => fresh(values)),
    ...(previous !== undefined && { previous: previous.values.map(fresh) }),
    ...(others !== undefined && {
      others: {
        count: others.count,
        values: fresh(others.values),
        ...(others.previous !== undefined && { previous: fresh(others.previous) }),
      },
    }),
    ...(revised.length > 0 && { revised }),
    meta: next.meta,
  }
}

/** As text, in points of a column. */
const REVISION_WEIGHT = 12

/** Every list of values, in the order by which {@link Revision.column} counts. */
function columnsOf({ series, others, previous }: SeriesAnswer): (readonly (number | null)[])[] {
  return [
    ...series.map(({ values }) => values),
    ...(others === undefined ? [] : [others.values]),
    ...(others?.previous === undefined ? [] : [others.previous]),
    ...(previous?.values ?? []),
  ]
}

/** Index of the first window that was not over by `asOfMs`: those before were called complete. */
function firstOpen({ timesMs, meta }: SeriesAnswer, asOfMs: number | null): number {
  if (asOfMs === null) return 0
  const open = timesMs.findIndex((_, at) => (timesMs[at + 1] ?? meta.toMs) > asOfMs)
  return open < 0 ? timesMs.length : open
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
    last.series.every(({ labels }, at) => isSame(labels, next.series[at]!.labels))
  )
}

/** Those of one query are mostly the very same object. */
const isSame = (one: Labels, other: Labels): boolean => one === other || labelsKey(one) === labelsKey(other)

type Labels = Record<string, string | null>

function labelsKey(labels: Labels): string {
  return JSON.stringify(labels)
}
