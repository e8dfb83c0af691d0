/** What the page knows of one query, and how each frame of the stream changes it. Pure: state in, state out. */
import type { LiveBehind, LivePatch, Problem, Provenance, SeriesAnswer } from '../../query-api/wire.ts'

/** Times are monotonic ms of this page, so that a wrong wall clock cannot make an answer look fresh. */
export interface Known<A> {
  /** The question that `answer` answers, word for word; an answer to another one is never shown as if it were to this. */
  readonly question: string
  readonly answer: A | null
  readonly problem: Problem | null
  /** When the newest answer came: a refusal says nothing about the data, and makes no old answer young. */
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

export const unknown: Known<never> = {
  question: '',
  answer: null,
  problem: null,
  arrivedMs: 0,
  movedMs: 0,
  backlog: null,
}

/** A backlog is looked at once a second: shorter looks see batches, not progress. */
const LOOK_MS = 1_000

function nextBacklog(before: Backlog | null, records: number, nowMs: number): Backlog {
  if (before === null) return { records, atMs: nowMs, perS: null }
  if (nowMs - before.atMs < LOOK_MS) return before
  return { records, atMs: nowMs, perS: ((before.records - records) * 1000) / (nowMs - before.atMs) }
}

function know<A extends Answer>(known: Known<A>, question: string, answer: A, nowMs: number): Known<A> {
  const before = known.question === question ? known : unknown
  const stood = before.answer !== null && before.answer.meta.asOfMs === answer.meta.asOfMs
  return {
    question,
    answer,
    problem: null,
    arrivedMs: nowMs,
    movedMs: stood ? before.movedMs : nowMs,
    backlog: nextBacklog(before.backlog, answer.meta.behindRecords, nowMs),
  }
}

/** The whole answer to `question`, in place of whatever was known. */
export const applyReset = <A extends Answer>(
  known: Known<A>,
  question: string,
  answer: A,
  nowMs: number,
): Known<A> => know(known, question, answer, nowMs)

/** It will not be answered as it was asked; asking again gives the same. */
export const isRefusal = ({ status }: Problem): boolean =>
  status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 429

/**
 * The question cannot be answered now. What stood there stays only where it answers this very question and the fault is one that
 * passes: under a refusal, or another question's answer, a reader would take the old numbers for the new.
 */
export function applyProblem<A>(known: Known<A>, question: string, problem: Problem): Known<A> {
  const stays = known.question === question && !isRefusal(problem)
  return stays ? { ...known, problem } : { ...unknown, question, problem }
}

/** Whoever answers has counted less than this page has shown: it stands still, and says why, until that is caught up with. */
export const behindProblem = ({ records, seen }: LiveBehind['behind']): Problem => ({
  type: 'urn:tidemark:problem:behind',
  title: 'Fewer records are counted here than were shown',
  status: 503,
  detail: `The API that answers now has counted ${records} records, and this page has shown ${seen}: numbers wait until that is caught up with, for 10 s at most`,
})

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

/** Behind by less than this, the newest part that is missing is the breath of the pipeline. */
const BREATH_MS = 2_000

/** Points before this leave a moving range. It ends where all is known, not at the clock: while the mark stands, a total must not fall. */
function leavesBefore({ dropBeforeMs, meta }: LivePatch): number {
  if (meta.asOfMs === null || meta.asOfMs > meta.toMs - BREATH_MS) return dropBeforeMs
  return Math.min(dropBeforeMs, meta.asOfMs - (meta.toMs - meta.fromMs))
}

type Column = readonly (number | null)[]

/** Lays a patch over an answer. Undefined where it does not fit (another set of series, uneven columns): the caller asks anew. */
export function patched(answer: SeriesAnswer, patch: LivePatch): SeriesAnswer | undefined {
  const { previous, others } = answer
  if (patch.timesMs.length > 0) {
    const even = (columns: readonly Column[] | undefined): boolean =>
      columns?.length === answer.series.length &&
      columns.every((column) => column.length === patch.timesMs.length)
    if (!even(patch.values) || (previous !== undefined && !even(patch.previous))) return undefined
    if ((others === undefined) !== (patch.others === undefined)) return undefined
    if (patch.others !== undefined && patch.others.values.length !== patch.timesMs.length) return undefined
  }
  const dropBeforeMs = leavesBefore(patch)
  const from = firstAtOrAfter(answer.timesMs, dropBeforeMs)
  const to =
    patch.timesMs.length === 0 ? answer.timesMs.length : firstAtOrAfter(answer.timesMs, patch.timesMs[0]!)
  const kept = Math.max(from, to)
  // A range that slid past all that was patched keeps only what is still inside it.
  const fresh = firstAtOrAfter(patch.timesMs, dropBeforeMs)
  const timesMs = [...answer.timesMs.slice(from, kept), ...patch.timesMs.slice(fresh)]
  /** In the order in which revisions count them. */
  const columns: (number | null)[][] = []
  const join = (had: Column, news: Column = []): (number | null)[] => {
    const joined = [...had.slice(from, kept), ...news.slice(fresh)]
    columns.push(joined)
    return joined
  }
  const next = {
    timesMs,
    series: answer.series.map((series, i) => ({ ...series, values: join(series.values, patch.values[i]) })),
    ...(others && {
      others: {
        count: patch.others?.count ?? others.count,
        values: join(others.values, patch.others?.values),
        ...(others.previous && { previous: join(others.previous, patch.others?.previous) }),
      },
    }),
    ...(previous && {
      previous: {
        ...previous,
        values: previous.values.map((values, i) => join(values, patch.previous?.[i])),
      },
    }),
    meta: patch.meta,
  }
  for (const { column, timeMs, is } of patch.revised ?? []) {
    const at = timesMs.indexOf(timeMs)
    if (columns[column] && at >= 0) columns[column][at] = is
  }
  return next
}

/** As {@link patched}, for what is known of a query. Undefined also where there is no answer of its own to lay it over. */
export function applyPatch(
  known: Known<SeriesAnswer>,
  question: string,
  patch: LivePatch,
  nowMs: number,
): Known<SeriesAnswer> | undefined {
  const answer =
    known.answer === null || known.question !== question ? undefined : patched(known.answer, patch)
  return answer === undefined ? undefined : know(known, question, answer, nowMs)
}
