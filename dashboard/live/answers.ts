/** What the page knows of one query, and how each frame of the stream changes it. Pure: state in, state out. */
import type { LivePatch, Problem, Provenance, SeriesAnswer } from '../../query-api/wire.ts'

/** Times are monotonic ms of this page, so that a wrong wall clock cannot make an answer look fresh. */
export interface Known<A> {
  readonly answer: A | null
  readonly problem: Problem | null
  /** When the newest frame came. */
  readonly arrivedMs: number
  /** When asOf last moved on. */
  readonly movedMs: number
  /** How the backlog shrinks; null until there are two looks at it. */
  readonly backlog: Backlog | null
}

interface Backlog {
  readonly records: number
  readonly atMs: number
  /** Records a second by which it shrinks; negative where it grows. */
  readonly perS: number | null
}

type Answer = { readonly meta: Provenance }

export const unknown: Known<never> = { answer: null, problem: null, arrivedMs: 0, movedMs: 0, backlog: null }

/** A backlog is looked at once a second: shorter looks see batches, not progress. */
const lookMs = 1_000

function nextBacklog(before: Backlog | null, records: number, nowMs: number): Backlog {
  if (before === null) return { records, atMs: nowMs, perS: null }
  if (nowMs - before.atMs < lookMs) return before
  return { records, atMs: nowMs, perS: ((before.records - records) * 1000) / (nowMs - before.atMs) }
}

function know<A extends Answer>(known: Known<A>, answer: A, nowMs: number): Known<A> {
  const asOfMs = known.answer?.meta.asOfMs ?? null
  return {
    answer,
    problem: null,
    arrivedMs: nowMs,
    movedMs: answer.meta.asOfMs === asOfMs && known.answer !== null ? known.movedMs : nowMs,
    backlog: nextBacklog(known.backlog, answer.meta.behindRecords, nowMs),
  }
}

/** The whole answer, in place of whatever was known. */
export const applyReset = <A extends Answer>(known: Known<A>, answer: A, nowMs: number): Known<A> => know(known, answer, nowMs)

/** The query cannot be answered now; what was known stays, beside the reason. */
export const applyProblem = <A>(known: Known<A>, problem: Problem, nowMs: number): Known<A> => ({ ...known, problem, arrivedMs: nowMs })

/** Index of the first time at or after `ms` in ascending times. */
function firstAtOrAfter(timesMs: readonly number[], ms: number): number {
  let low = 0
  let high = timesMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (timesMs[middle]! < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** Lays a patch over an answer. Undefined where it does not fit (another set of series, uneven columns): the caller asks anew. */
export function patched(answer: SeriesAnswer, patch: LivePatch): SeriesAnswer | undefined {
  if (patch.timesMs.length > 0) {
    if (patch.values.length !== answer.series.length) return undefined
    if (patch.values.some((column) => column.length !== patch.timesMs.length)) return undefined
    if (answer.previous !== undefined && (patch.previous?.length !== answer.series.length || patch.previous.some((column) => column.length !== patch.timesMs.length))) return undefined
  }
  const from = firstAtOrAfter(answer.timesMs, patch.dropBeforeMs)
  const to = patch.timesMs.length === 0 ? answer.timesMs.length : firstAtOrAfter(answer.timesMs, patch.timesMs[0]!)
  const kept = Math.max(from, to)
  // A range that slid past all that was patched keeps only what is still inside it.
  const fresh = firstAtOrAfter(patch.timesMs, patch.dropBeforeMs)
  return {
    timesMs: [...answer.timesMs.slice(from, kept), ...patch.timesMs.slice(fresh)],
    series: answer.series.map((series, i) => ({
      labels: series.labels,
      values: [...series.values.slice(from, kept), ...(patch.values[i] ?? []).slice(fresh)],
    })),
    ...(answer.previous === undefined ? {} : { previous: { shiftMs: answer.previous.shiftMs, values: answer.previous.values.map((values, i) => [...values.slice(from, kept), ...(patch.previous?.[i] ?? []).slice(fresh)]) } }),
    meta: patch.meta,
  }
}

/** As {@link patched}, for what is known of a query. Undefined also where there is no answer to lay it over. */
export function applyPatch(known: Known<SeriesAnswer>, patch: LivePatch, nowMs: number): Known<SeriesAnswer> | undefined {
  const answer = known.answer === null ? undefined : patched(known.answer, patch)
  return answer === undefined ? undefined : know(known, answer, nowMs)
}
