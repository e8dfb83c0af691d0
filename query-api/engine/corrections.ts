/** Which numbers of windows that an answer called complete are others in a later answer to the same question. Pure. */
import type { SeriesAnswer } from '../wire.ts'

type Labels = Record<string, string | null>
export type Role = 'series' | 'others' | 'previous' | 'others.previous'

/** Which column it is of, wherever that is in an answer. */
export interface Column {
  readonly role: Role
  /** Null: of the others, who have none. */
  readonly labels: Labels | null
}

export interface Correction extends Column {
  /** The series from 0; after them `others`, its `previous`, then `previous` of each series. */
  readonly column: number
  readonly timeMs: number
  /** Null: no number stood there. */
  readonly was: number | null
  readonly is: number
}

type Values = readonly (number | null)[]
interface Placed extends Column {
  readonly values: Values
}

/** In the order by which columns are counted. */
export function placedColumns({ series, others, previous }: SeriesAnswer): Placed[] {
  return [
    ...series.map(({ labels, values }): Placed => ({ role: 'series', labels, values })),
    ...(others === undefined ? [] : [{ role: 'others', labels: null, values: others.values } as const]),
    ...(others?.previous === undefined
      ? []
      : [{ role: 'others.previous', labels: null, values: others.previous } as const]),
    ...(previous?.values ?? []).map(
      (values, n): Placed => ({ role: 'previous', labels: series[n]!.labels, values }),
    ),
  ]
}

/** Answers to one question mostly have the very same labels. */
const keys = new WeakMap<Labels, string>()
function labelsKey(labels: Labels): string {
  let key = keys.get(labels)
  if (key === undefined) keys.set(labels, (key = JSON.stringify(labels)))
  return key
}

export const columnKey = ({ role, labels }: Column): string =>
  labels === null ? role : `${role} ${labelsKey(labels)}`

/** Whether windows of the one are windows of the other, counted by the same definition. */
export function isComparable(last: SeriesAnswer, next: SeriesAnswer): boolean {
  return (
    last.meta.interval === next.meta.interval &&
    last.meta.generation === next.meta.generation &&
    last.meta.metric === next.meta.metric &&
    last.previous?.shiftMs === next.previous?.shiftMs &&
    String(last.previous?.timesMs) === String(next.previous?.timesMs)
  )
}

/**
 * What is no longer kept is no correction. A name that is new stood for nothing before, where all names were told then; what others came
 * to is compared only while they are the same ones.
 */
export function correctionsOf(last: SeriesAnswer, next: SeriesAnswer): Correction[] {
  if (last.series === next.series && last.others === next.others && last.previous === next.previous) return []
  const shift = last.timesMs.indexOf(next.timesMs[0] ?? Number.NaN)
  if (shift < 0) return []
  const complete = completeSpan(last)
  const [from, to] = [Math.max(complete.from - shift, 0), complete.to - shift]
  const before = new Map(placedColumns(last).map((one) => [columnKey(one), one.values]))
  const hasSameOthers = isOfSameOthers(last, next)
  const corrections: Correction[] = []
  for (const [column, { role, labels, values }] of placedColumns(next).entries()) {
    if (labels === null && !hasSameOthers) continue
    const had = before.get(columnKey({ role, labels }))
    if (had === undefined && (last.others !== undefined || role !== 'series')) continue
    if (had === values && shift === 0) continue
    for (let at = from; at < Math.min(to, values.length); at++) {
      const [was, is] = [had?.[at + shift] ?? null, values[at]!]
      // A name that nobody told of had no events: none in this window is what was known.
      if (is === null || was === is || (had === undefined && is === 0)) continue
      corrections.push({ column, role, labels, timeMs: next.timesMs[at]!, was, is })
    }
  }
  return corrections
}

/** Whether those that are not named are the same ones. */
export function isOfSameOthers(last: SeriesAnswer, next: SeriesAnswer): boolean {
  if (last.others?.count !== next.others?.count || last.series.length !== next.series.length) return false
  if (last.series.every(({ labels }, n) => labels === next.series[n]!.labels)) return true
  const named = new Set(last.series.map(({ labels }) => labelsKey(labels)))
  return next.series.every(({ labels }) => named.has(labelsKey(labels)))
}

/** Indices of the windows that an answer called complete: over by `asOfMs`, and not from before it knows anything. */
function completeSpan({ timesMs, meta }: SeriesAnswer): { from: number; to: number } {
  const { asOfMs, sinceMs, toMs } = meta
  if (asOfMs === null || sinceMs === null) return { from: 0, to: 0 }
  const endsAfter = (ms: number): number => {
    const found = timesMs.findIndex((_, at) => (timesMs[at + 1] ?? toMs) > ms)
    return found < 0 ? timesMs.length : found
  }
  return { from: endsAfter(sinceMs), to: endsAfter(asOfMs) }
}
