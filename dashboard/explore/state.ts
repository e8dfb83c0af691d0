/** The question of the Explore page as the address has it, and what of it is known. */
import { computed } from '@preact/signals'
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import type { Problem } from '../../query-api/wire.ts'
import type { Asking } from '../plan/queries.ts'
import { catalog } from '../state/catalog.ts'
import { go, view } from '../state/navigation.ts'
import { filters, isGhost, isStopped, known, waiting } from '../state/slots.ts'
import { askText, readAsk, type Ask } from './ask.ts'
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
  const per = shown.per === null ? null : known<A>(slots[kind](at, 'per'))
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
export const seriesBehind = (now: Ask, at: number): Behind<SeriesAnswer> =>
  behind<SeriesAnswer>(now, at, 'series')
export const topBehind = (now: Ask, at: number): Behind<TopAnswer> => behind<TopAnswer>(now, at, 'top')

export const rankedOf = ({ of, per }: Behind<TopAnswer>, isRatio: boolean): Ranked => ({ of, per, isRatio })
