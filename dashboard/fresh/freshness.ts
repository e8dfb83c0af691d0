/** How fresh a number is, in one of six states and in words. Pure; the heavier the doubt, the earlier its rule. */
import type { Provenance } from '../../query-api/wire.ts'
import type { Known } from '../live/answers.ts'
import { amount, clockTimeMs, completeness, fixed, milliseconds, span } from '../say/format.ts'

export type FreshState = 'exact' | 'approx' | 'partial' | 'behind' | 'stale' | 'lost'

export interface Evidence {
  readonly asOfMs: number | null
  /** By the clock of the API, when it answered. */
  readonly lagMs: number | null
  /** Share of partitions that somebody counts, 0 to 1. */
  readonly complete: number
  readonly behindRecords: number
  /** Records a second by which the backlog shrinks; null is unknown. */
  readonly drainPerS: number | null
  /** Since the answer came, and since its asOf last moved. */
  readonly sinceArrivedMs: number
  readonly sinceMovedMs: number
  /** Until the next try to connect; null while connected. */
  readonly retryInMs: number | null
  /** The log holds nothing: the answer is exact, and about nothing. */
  readonly emptyLog: boolean
  /** Bound of the error as a share, for sketches. */
  readonly errorBound: number | null
  /** A newer definition is being counted: how much of it, 0 to 1; null is no. */
  readonly rebuilding: number | null
  /** The page stands still because somebody reads or asked for it. */
  readonly held: boolean
}

export interface Freshness {
  readonly state: FreshState
  /** Words of the chip in order; strong ones are set off. A word with a `tail` shares a reserved width with what follows it: nothing jumps. */
  readonly words: readonly { text: string; strong?: boolean; tail?: string }[]
  /** One word for a tile. */
  readonly short: string
}

/** Nothing new for this long is stale, whatever the reason. */
export const staleMs = 10_000
/** Below this a backlog is the ordinary breath of batches. */
const behindMs = 1_000
/** A mark that moved within this is catching up, however old it is. */
const movingMs = 3_000

/** How old the mark is by now: what the API said, and the time that went by since. */
export const ageMs = (e: Evidence): number => (e.lagMs ?? 0) + Math.max(0, e.sinceArrivedMs)

const catchesUp = (e: Evidence): boolean => e.behindRecords > 0 && e.sinceMovedMs < movingMs
const isOld = (e: Evidence): boolean => e.asOfMs !== null && ageMs(e) >= staleMs

/** First rule that holds decides. */
const rules: readonly { state: FreshState; holds: (e: Evidence) => boolean }[] = [
  { state: 'lost', holds: (e) => e.retryInMs !== null },
  { state: 'behind', holds: (e) => e.rebuilding !== null },
  { state: 'stale', holds: (e) => e.asOfMs !== null && e.complete === 0 },
  { state: 'stale', holds: (e) => !e.held && e.sinceArrivedMs >= staleMs },
  { state: 'partial', holds: (e) => e.complete < 1 },
  { state: 'stale', holds: (e) => !e.held && isOld(e) && !catchesUp(e) },
  { state: 'behind', holds: (e) => e.behindRecords > 0 && (e.asOfMs === null || (e.lagMs ?? 0) > behindMs) },
  { state: 'partial', holds: (e) => e.asOfMs === null },
  { state: 'approx', holds: (e) => e.errorBound !== null },
  { state: 'exact', holds: () => true },
]

type Words = Freshness['words']
const asOf = (e: Evidence): Words => (e.asOfMs === null ? [] : [{ text: ' as of ' }, { text: clockTimeMs(e.asOfMs), strong: true }])
const commaAsOf = (e: Evidence): Words => (e.asOfMs === null ? [] : [{ text: ', as of ' }, { text: clockTimeMs(e.asOfMs), strong: true }])
/** To the millisecond while that says something. */
const lag = (ms: number): string => (ms < 2000 ? milliseconds(ms) : span(ms))
const behindBy = (e: Evidence): Words =>
  e.held ? [{ text: ', ' }, { text: 'held', strong: true }] : [{ text: ', ' }, { text: lag(e.lagMs ?? 0), strong: true, tail: ' behind' }]
const countdown = (ms: number): string => (ms <= 0 ? 'reconnecting' : `reconnecting in ${span(Math.ceil(ms / 1000) * 1000)}`)

function catchingUp(e: Evidence): string {
  const records = `${amount(e.behindRecords)} ${e.behindRecords === 1 ? 'record' : 'records'}`
  if (e.drainPerS === null || e.drainPerS <= 0) return `catching up, ${records}`
  return `catching up, ${records}, about ${span(Math.max(1000, (e.behindRecords / e.drainPerS) * 1000))}`
}

const say: Record<FreshState, (e: Evidence) => { words: Words; short: string }> = {
  exact: (e) => ({ words: [{ text: 'exact' }, ...asOf(e), ...(e.emptyLog && !e.held ? [{ text: ', the log is empty' }] : behindBy(e))], short: 'exact' }),
  approx: (e) => {
    const bound = `± ${fixed((e.errorBound ?? 0) * 100, 1)}\u202f%`
    return { words: [{ text: bound }, ...behindBy(e)], short: bound }
  },
  partial: (e) =>
    e.asOfMs === null
      ? { words: [{ text: 'nothing counted yet' }], short: 'no data' }
      : { words: [{ text: `${completeness(e.complete)} complete` }, ...commaAsOf(e)], short: completeness(e.complete) },
  behind: (e) => (e.rebuilding === null ? { words: [{ text: catchingUp(e) }], short: 'behind' } : { words: [{ text: `rebuilding, ${Math.min(99, Math.floor(e.rebuilding * 100))}\u202f%` }], short: 'rebuilding' }),
  stale: (e) => ({ words: [{ text: `stale ${span(ageMs(e))}` }, ...commaAsOf(e)], short: `stale ${span(ageMs(e))}` }),
  lost: (e) => ({ words: [{ text: countdown(e.retryInMs ?? 0) }, ...commaAsOf(e)], short: 'lost' }),
}

export function freshness(e: Evidence): Freshness {
  const { state } = rules.find((rule) => rule.holds(e))!
  return { state, ...say[state](e) }
}

/** What an answer and the page's clock say. `nowMs` is monotonic, as in {@link Known}. */
export function evidence(known: Known<{ meta: Provenance }>, nowMs: number, page: { retryInMs: number | null; held: boolean }): Evidence {
  const meta = known.answer?.meta
  return {
    asOfMs: meta?.asOfMs ?? null,
    lagMs: meta?.lagMs ?? null,
    complete: meta?.complete ?? 1,
    behindRecords: meta?.behindRecords ?? 0,
    drainPerS: known.backlog?.perS ?? null,
    sinceArrivedMs: nowMs - known.arrivedMs,
    sinceMovedMs: nowMs - known.movedMs,
    emptyLog: meta !== undefined && Object.values(meta.vector).every((next) => next === 0),
    errorBound: null,
    rebuilding: meta?.rebuilding?.progress ?? null,
    ...page,
  }
}

const weight: Record<FreshState, number> = { exact: 0, approx: 1, partial: 2, behind: 3, stale: 4, lost: 5 }

/** The page is as fresh as its worst panel; among equals the oldest mark speaks. */
export function worst(all: readonly Evidence[]): Evidence | undefined {
  return [...all].sort((a, b) => weight[freshness(b).state] - weight[freshness(a).state] || (a.asOfMs ?? 0) - (b.asOfMs ?? 0))[0]
}
