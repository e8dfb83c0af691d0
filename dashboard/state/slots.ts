/** What is asked, and what is known and shown of each question. */
import { computed, signal, type Signal } from '@preact/signals'
import type {
  EntitiesAnswer,
  FunnelAnswer,
  JourneysAnswer,
  LivePart,
  LiveProgress,
  RetentionAnswer,
  SeriesAnswer,
  SessionsAnswer,
  TailAnswer,
  TopAnswer,
} from '../../query-api/wire.ts'
import { queriesOf } from '../plan/plan.ts'
import { isHeld, MOST_QUERIES, withSources, type Query } from '../plan/queries.ts'
import { unknown, type Known } from '../stream/answers.ts'
import type { Filter } from '../view/filters.ts'
import { catalog } from './catalog.ts'
import { view } from './navigation.ts'

export type Answer =
  | SeriesAnswer
  | TailAnswer
  | TopAnswer
  | EntitiesAnswer
  | SessionsAnswer
  | FunnelAnswer
  | RetentionAnswer
  | JourneysAnswer
export type Any = Known<Answer>

/** Some query has no answer 120 ms after it was asked. */
export const slow = signal(false)
/** Table that the pointer is over: its rows stay where they are. */
export const reading = signal<string | null>(null)
/** Tables that show all their rows. */
export const unfolded = signal<ReadonlySet<string>>(new Set())
const placed = computed(() => withSources(view.value.filters, catalog.value ?? []))
const isOfNone = (filter: Filter): boolean => catalog.value !== null && !isHeld(filter, catalog.value)
/** The filters of the view, each with the source whose field it is. */
export const filters = computed(() => placed.value.filter((one) => !isOfNone(one)))
/** Filters of the address on fields that their source does not have: nothing can be filtered by them. */
export const unheld = computed(() => placed.value.filter(isOfNone))
/** What a page asks whose code comes when it is shown. */
export const ofPage = signal<readonly Query[]>([])
/** Questions, word for word, whose answers would have to be read from the log, and whose reader did not want to wait. */
export const stopped = signal<ReadonlySet<string>>(new Set())
/** How far the log is read for the first answer in a slot. */
export const scans = signal<ReadonlyMap<string, LiveProgress['progress']>>(new Map())
/** What the part of the log comes to that is read so far, until the first answer in a slot: never shown as one. */
export const parts = signal<
  ReadonlyMap<string, { readonly question: string; readonly part: LivePart['part'] }>
>(new Map())
/** What the page wants to know, in the order of the stream. */
const wanted = computed<readonly Query[]>(() =>
  [
    ...(/^(explore|visitors)$/.test(view.value.page) ? ofPage.value : []),
    ...queriesOf(catalog.value, { ...view.value, filters: filters.value }, unfolded.value),
  ].slice(0, MOST_QUERIES),
)
/** What it asks now. */
export const asked = computed<readonly Query[]>(() =>
  wanted.value.filter(({ text }) => !stopped.value.has(text)),
)

const shown = new Map<string, Signal<Any>>()
/** The newest answers, shown or not yet. */
export const latest = new Map<string, Any>()
/** Slots that were answered since they were asked with their present text. */
export const answered = signal<ReadonlySet<string>>(new Set())

export function slotOf(slot: string): Signal<Any> {
  let found = shown.get(slot)
  if (found === undefined) shown.set(slot, (found = signal<Any>(unknown)))
  return found
}

export const questions = computed(() => new Map(wanted.value.map((query) => [query.slot, query])))

/** What the page shows of a slot. */
export const known = <A extends Answer>(slot: string): Known<A> => slotOf(slot).value as Known<A>
export const seriesIn = (slot: string): Known<SeriesAnswer> => known<SeriesAnswer>(slot)
/** What stands there answers the question before this one: it is shown faintly, until its own answer or refusal comes. */
export const isGhost = (slot: string): boolean => {
  const { question, answer } = slotOf(slot).value
  return answer !== null && questions.value.get(slot)?.text !== question
}
/** The answer to the present question, or null. */
export const ownSeries = (slot: string): SeriesAnswer | null => (isGhost(slot) ? null : seriesIn(slot).answer)
/** Nobody reads the log for it. */
export const isStopped = (slot: string): boolean => stopped.value.has(questions.value.get(slot)?.text ?? '')
/** Its answer is older than the question, or there is none, and that is so for longer than a blink. */
export const waiting = (slot: string): boolean => slow.value && !answered.value.has(slot)
