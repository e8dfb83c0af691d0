/** The question of the Explore page as the address has it, and what of it is known. */
import { computed } from '@preact/signals'
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import type { Problem } from '../../query-api/wire.ts'
import type { Asking } from '../plan/queries.ts'
import { catalog } from '../state/catalog.ts'
import { go, view } from '../state/navigation.ts'
import {
  filters,
  isGhost,
  isStopped,
  known,
  parts,
  questions as asked,
  scans,
  waiting,
} from '../state/slots.ts'
import { askText, isDividedHere, readAsk, type Ask, type Shown } from './ask.ts'
import { questionsOf, slots, slotsOf } from './questions.ts'
import type { Ranked } from './rows.ts'

export const ask = computed(() => readAsk(view.value.question, catalog.value ?? [], view.value.source))
export const asking = computed((): Asking => ({ ...view.value, filters: filters.value }))
export const questions = computed(() => (ask.value === undefined ? [] : questionsOf(ask.value, asking.value)))

/** Another question, as another entry of the browser's history. */
export function change(next: Partial<Ask>): void {
  const now = ask.peek()
  if (now !== undefined) go({ question: askText({ ...now, ...next }) })
}

export interface Behind<A> {
  readonly slots: readonly string[]
  readonly of: A | null
  readonly per: A | null
  readonly problem: Problem | null
  /** Not there yet, or nobody reads the log for it. */
  readonly waits: boolean
  /** What is there answers the question before. */
  readonly ghost: boolean
}

function behind<A extends SeriesAnswer | TopAnswer>(now: Ask, at: number, kind: 'series' | 'top'): Behind<A> {
  const shown = now.shown[at]!
  const all = slotsOf(shown, at, kind)
  const of = known<A>(slots[kind](at, 'of'))
  const per = isDividedHere(shown) ? known<A>(slots[kind](at, 'per')) : null
  const problem = of.problem ?? per?.problem ?? null
  const missing = of.answer === null || (per !== null && per.answer === null)
  return {
    slots: all,
    of: of.answer,
    per: per?.answer ?? null,
    problem,
    waits: missing || all.some((slot) => waiting(slot) || isStopped(slot)),
    ghost: all.some(isGhost),
  }
}
/** What is read so far, of a chart whose answer is not there: in doubt, and said so. */
export interface InDoubt {
  readonly of: SeriesAnswer
  readonly per: SeriesAnswer | null
  /** Of the two the one of which less is read. */
  readonly reading: NonNullable<SeriesAnswer['meta']['reading']>
}

export function inDoubt(now: Ask, at: number): InDoubt | null {
  const found = slotsOf(now.shown[at]!, at, 'series').map((slot) => {
    const { question, part } = parts.value.get(slot) ?? {}
    // One of the question before says nothing about this one.
    const isOwn = question === asked.value.get(slot)?.text
    if (part !== undefined && 'series' in part && isOwn && scans.value.has(slot)) return drawable(part)
    return isGhost(slot) || waiting(slot) || isStopped(slot) ? null : known<SeriesAnswer>(slot).answer
  })
  const [of, per = null] = found
  const reading = found.flatMap((one) => one?.meta.reading ?? [])
  if (of == null || found.includes(null) || reading.length === 0) return null
  const least = reading.reduce((a, b) => (b.records / b.total < a.records / a.total ? b : a))
  return { of, per, reading: least }
}

/** Drawn up to where the answer will be; a part itself claims no time. */
const drawable = (part: SeriesAnswer): SeriesAnswer => ({
  ...part,
  meta: { ...part.meta, asOfMs: part.meta.reading?.knownToMs ?? null },
})

export const seriesBehind = (now: Ask, at: number): Behind<SeriesAnswer> =>
  behind<SeriesAnswer>(now, at, 'series')
export const topBehind = (now: Ask, at: number): Behind<TopAnswer> => behind<TopAnswer>(now, at, 'top')

export const rankedOf = ({ of, per }: Behind<TopAnswer>, shown: Shown): Ranked => ({
  of,
  per,
  isRatio: isDividedHere(shown),
})
