/** How fresh a number is, in one of seven states and in words. Pure; the heavier the doubt, the earlier its rule. */
import type { Approximate, Provenance } from '../../query-api/wire.ts'
import { isRefusal, type Known } from '../stream/answers.ts'
import { amount, clockTimeMs, completeness, fixed, milliseconds, span } from '../format/format.ts'

// codes that users see: freshness states
export type FreshState = 'exact' | 'approx' | 'held' | 'partial' | 'behind' | 'stale' | 'lost'

export interface Evidence {
  readonly asOfMs: number | null
  /** By the clock of the API, when it answered. */
  readonly lagMs: number | null
  /** Share of partitions that somebody counts, 0 to 1. */
  readonly complete: number
  readonly behindRecords: number
  /** The log's end was asked of Kafka itself; without that nobody knows what waits. */
  readonly endKnown: boolean
  /** Records a second by which the backlog shrinks; null is unknown. */
  readonly drainPerS: number | null
  /** Since the last answer about data came, and since its asOf last moved. */
  readonly sinceArrivedMs: number
  readonly sinceMovedMs: number
  /** What answers seldom (lists whose rows stayed the same) may be silent for longer. */
  readonly seldom: boolean
  /** The newest word was that there is no answer now. */
  readonly failing: boolean
  /** Until the next try to connect; null while connected. */
  readonly retryInMs: number | null
  /** The log holds nothing: the answer is exact, and about nothing. */
  readonly emptyLog: boolean
  /** A newer definition is being counted, or lost numbers anew: how much of it, 0 to 1; null is no. */
  readonly rebuilding: number | null
  /** Some of its values are approximations, and by how much they may be off; null where all are exact. */
  readonly error: Approximate | null
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
export const STALE_MS = 10_000
/** Answers come each second; lists that stayed the same at most each five, and wait two to be drawn. */
const silentAfterMs = (e: Evidence): number => (e.seldom ? 9_000 : 4_000)
/** A mark older than this is behind, even if nobody knows of a record that waits. */
const oldAfterMs = (e: Evidence): number => (e.seldom ? 9_000 : 3_000)
/** Below this a backlog is the ordinary breath of batches. */
const BREATH_MS = 1_000
/** A mark that moved within this is catching up, however old it is. */
const MOVING_MS = 3_000

/** How old the mark is by now: what the API said, and the time that went by since. A page that stands still does not age what it shows. */
export const ageMs = (e: Evidence): number => (e.lagMs ?? 0) + (e.held ? 0 : Math.max(0, e.sinceArrivedMs))

/** The API has no answer, or has said nothing for longer than it ever does. */
export const isUnanswered = (e: Evidence): boolean =>
  e.failing || (!e.held && e.sinceArrivedMs >= silentAfterMs(e))
const catchesUp = (e: Evidence): boolean => e.behindRecords > 0 && e.sinceMovedMs < MOVING_MS
const stands = (e: Evidence): boolean => !e.held && e.sinceMovedMs >= BREATH_MS + (e.seldom ? 6_000 : 0)

/** First rule that holds decides. Exact is what is left when nobody has a doubt. */
const rules: readonly { state: FreshState; holds: (e: Evidence) => boolean }[] = [
  { state: 'lost', holds: (e) => e.retryInMs !== null },
  { state: 'stale', holds: isUnanswered },
  { state: 'behind', holds: (e) => e.rebuilding !== null },
  { state: 'stale', holds: (e) => e.asOfMs !== null && e.complete === 0 },
  { state: 'partial', holds: (e) => e.complete < 1 },
  { state: 'stale', holds: (e) => !e.held && e.asOfMs !== null && ageMs(e) >= STALE_MS && !catchesUp(e) },
  {
    state: 'behind',
    holds: (e) => e.behindRecords > 0 && (e.asOfMs === null || ageMs(e) > BREATH_MS || stands(e)),
  },
  { state: 'partial', holds: (e) => e.asOfMs === null },
  { state: 'behind', holds: (e) => !e.endKnown || ageMs(e) >= oldAfterMs(e) },
  { state: 'held', holds: (e) => e.held },
  { state: 'approx', holds: (e) => e.error !== null },
  { state: 'exact', holds: () => true },
]

type Words = Freshness['words']
const mark = (e: Evidence, before: string): Words =>
  e.asOfMs === null ? [] : [{ text: before }, { text: clockTimeMs(e.asOfMs), strong: true }]
const commaAsOf = (e: Evidence): Words => mark(e, ', as of ')
/** To the millisecond while that says something. */
const lag = (ms: number): string => (ms < 2000 ? milliseconds(ms) : span(ms))
const behindBy = (e: Evidence): Words => [
  { text: ', ' },
  { text: lag(e.lagMs ?? 0), strong: true, tail: ' behind' },
]
const countdown = (ms: number): string =>
  ms <= 0 ? 'reconnecting' : `reconnecting in ${span(Math.ceil(ms / 1000) * 1000)}`

function waiting(e: Evidence): string {
  if (e.behindRecords === 0) return e.endKnown ? `${span(ageMs(e))} behind` : "the log's end is not known"
  const records = `${amount(e.behindRecords)} ${e.behindRecords === 1 ? 'record' : 'records'}`
  if (!catchesUp(e)) return `${records} ${e.behindRecords === 1 ? 'waits' : 'wait'}`
  if (e.drainPerS === null || e.drainPerS <= 0) return `catching up, ${records}`
  return `catching up, ${records}, about ${span(Math.max(1000, (e.behindRecords / e.drainPerS) * 1000))}`
}

/** ± 0.8 %: how far a value may be from the truth. */
export function plusMinus({ relative }: Approximate): string {
  const percent = relative * 100
  const digits = percent < 0.095 ? 2 : Math.abs(percent - Math.round(percent)) < 0.05 ? 0 : 1
  return `±\u202f${fixed(percent, digits)}\u202f%`
}
/** What that means, in words. */
export const errorWords = ({ is, relative }: Approximate): string =>
  is === 'bound'
    ? `An approximation: never off by more than ${plusMinus({ is, relative }).slice(2)}.`
    : `An approximation: two of three values are off by less than ${plusMinus({ is, relative }).slice(2)}, 19 of 20 by less than twice that.`

const say: Record<FreshState, (e: Evidence) => { words: Words; short: string }> = {
  exact: (e) => ({
    words: [
      { text: 'exact' },
      ...mark(e, ' as of '),
      ...(e.emptyLog ? [{ text: ', the log is empty' }] : behindBy(e)),
    ],
    short: 'exact',
  }),
  approx: (e) => ({
    words: [{ text: plusMinus(e.error!) }, ...mark(e, ' as of '), ...behindBy(e)],
    short: plusMinus(e.error!),
  }),
  held: (e) => ({ words: [{ text: 'held' }, ...mark(e, ' as of ')], short: 'held' }),
  partial: (e) =>
    e.asOfMs === null
      ? {
          words: [{ text: e.complete < 1 ? `${completeness(e.complete)} complete` : 'nothing counted yet' }],
          short: e.complete < 1 ? completeness(e.complete) : 'no data',
        }
      : {
          words: [{ text: `${completeness(e.complete)} complete` }, ...commaAsOf(e)],
          short: completeness(e.complete),
        },
  behind: (e) =>
    e.rebuilding === null
      ? { words: [{ text: waiting(e) }, ...(catchesUp(e) ? [] : commaAsOf(e))], short: 'behind' }
      : {
          words: [{ text: `rebuilding, ${Math.min(99, Math.floor(e.rebuilding * 100))}\u202f%` }],
          short: 'rebuilding',
        },
  stale: (e) =>
    isUnanswered(e)
      ? { words: [{ text: `no answer for ${span(e.sinceArrivedMs)}` }, ...commaAsOf(e)], short: 'no answer' }
      : { words: [{ text: `stale ${span(ageMs(e))}` }, ...commaAsOf(e)], short: `stale ${span(ageMs(e))}` },
  lost: (e) => ({ words: [{ text: countdown(e.retryInMs ?? 0) }, ...commaAsOf(e)], short: 'lost' }),
}

export function freshness(e: Evidence): Freshness {
  const { state } = rules.find((rule) => rule.holds(e))!
  const { words, short } = say[state](e)
  // Who doubts a number for another reason is still told that it is an approximation.
  const also = e.error === null || state === 'approx' ? [] : [{ text: `, ${plusMinus(e.error)}` }]
  return { state, words: [...words, ...also], short }
}

/** What an answer and the page's clock say. `nowMs` is monotonic, as in {@link Known}. */
export function evidence(
  known: Known<{ meta: Provenance & { approximate?: Approximate } }>,
  nowMs: number,
  page: { retryInMs: number | null; held: boolean; seldom: boolean },
): Evidence {
  const { answer, problem } = known
  const meta = answer?.meta
  return {
    asOfMs: meta?.asOfMs ?? null,
    lagMs: meta?.lagMs ?? null,
    complete: meta?.complete ?? 1,
    behindRecords: meta?.behindRecords ?? 0,
    endKnown: meta === undefined || (meta.logEnd.from === 'kafka' && meta.catalogLost === undefined),
    drainPerS: known.backlog?.perS ?? null,
    sinceArrivedMs: nowMs - known.arrivedMs,
    sinceMovedMs: nowMs - known.movedMs,
    failing: problem !== null && !isRefusal(problem),
    emptyLog: meta !== undefined && Object.values(meta.vector).every((next) => next === 0),
    rebuilding: meta?.rebuilding?.progress ?? null,
    error: meta?.approximate ?? null,
    ...page,
  }
}

const weight: Record<FreshState, number> = {
  exact: 0,
  approx: 0.5,
  held: 1,
  partial: 2,
  behind: 3,
  stale: 4,
  lost: 5,
}

/** The page is as fresh as its worst panel; among equals the oldest mark speaks. */
export function worst(all: readonly Evidence[]): Evidence | undefined {
  return [...all].sort(
    (a, b) => weight[freshness(b).state] - weight[freshness(a).state] || (a.asOfMs ?? 0) - (b.asOfMs ?? 0),
  )[0]
}
