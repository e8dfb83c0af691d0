/** The state of the page: the view, what is known of every query, the link and the clock. Signals on top of pure reducers. */
import { batch, computed, effect, signal, type Signal } from '@preact/signals'
import type { EntitiesAnswer, SeriesAnswer, TailAnswer, TopAnswer } from '../../query-api/wire.ts'
import { evidence, type Evidence } from '../fresh/freshness.ts'
import { queriesOf } from '../overview/plan.ts'
import type { Range } from '../scope/range.ts'
import { addressOf, viewOf, type View } from '../scope/view.ts'
import { applyPatch, applyProblem, applyReset, unknown, type Known } from './answers.ts'
import { askCatalog, catalog, catalogAtMs, catalogFault } from './catalog.ts'
import { drawn } from './latency.ts'
import { asleep, step, type Link, type LinkEvent } from './link.ts'
import { fitting, liveAddress, withSources, type Query } from './queries.ts'
import { letGo, still } from './still.ts'
import { openStream } from './stream.ts'

export type Answer = SeriesAnswer | TailAnswer | TopAnswer | EntitiesAnswer
type Any = Known<Answer>

export const view = signal<View>(viewOf(location.pathname, location.search, Date.now()))
export const range = computed(() => view.value.range)
export const link = signal<Link>(asleep)
/** Monotonic ms; moves once a second and with every frame. */
export const clock = signal(performance.now())
/** The same in whole seconds, for what need not be redrawn with every frame. */
export const second = computed(() => Math.floor(clock.value / 1000))
/** Some query has no answer 120 ms after it was asked. */
export const slow = signal(false)
/** Table that the pointer is over: its rows stay where they are. */
export const reading = signal<string | null>(null)
/** Server's wall clock minus our monotonic one; null before the first beat. */
const serverAheadMs = signal<number | null>(null)

/**
 * Until the next try; 0 while one runs, and while the tab is hidden: old numbers must never pass for fresh ones, not even for the
 * instant in which a tab is shown again. Null while connected.
 */
export const retryInMs = computed(() => {
  const { state, retryAtMs } = link.value
  if (state === 'live') return null
  return state === 'lost' ? Math.max(0, retryAtMs - clock.value) : 0
})
/** The stream broke and is not back: more than the first try of a page that opens, or is shown again. */
export const isLost = computed(
  () => link.value.state === 'lost' || (link.value.state === 'connecting' && link.value.failures > 0),
)
/** Wall clock of the API now, ms; our own before the first beat. */
export const serverNowMs = (): number =>
  serverAheadMs.value === null ? Date.now() : serverAheadMs.value + clock.peek()

/** Tables that show all their rows. */
export const unfolded = signal<ReadonlySet<string>>(new Set())
/** The filters of the view, each with the source whose field it is. */
export const filters = computed(() => withSources(view.value.filters, catalog.value ?? []))
/** What the page asks now, in the order of the stream. */
export const asked = computed<readonly Query[]>(() =>
  queriesOf(catalog.value, { ...view.value, filters: filters.value }, unfolded.value),
)

const shown = new Map<string, Signal<Any>>()
const latest = new Map<string, Any>()
/** Slots that were answered since they were asked with their present text. */
const answered = signal<ReadonlySet<string>>(new Set())

function slotOf(slot: string): Signal<Any> {
  let found = shown.get(slot)
  if (found === undefined) shown.set(slot, (found = signal<Any>(unknown)))
  return found
}

const questions = computed(() => new Map(asked.value.map((query) => [query.slot, query])))

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
/** Its answer is older than the question, or there is none, and that is so for longer than a blink. */
export const waiting = (slot: string): boolean => slow.value && !answered.value.has(slot)

const isSeldom = (query: Query | undefined): boolean => query?.kind === 'list' || query?.kind === 'tail'
export const evidenceOf = (slot: string): Evidence =>
  evidence(slotOf(slot).value, clock.value, {
    retryInMs: retryInMs.value,
    held: still.value,
    seldom: isSeldom(questions.value.get(slot)),
  })

/** At most ten redraws a second, one where motion is not wanted; each on an animation frame, none while the page is held. */
const frameMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 100
/** How long the panels of a kind stay as they are: a total is read, a chart moves by whole points, a list must not dance. */
const calmMs: Record<Query['kind'], number> = { total: 200, chart: 1000, list: 2000, tail: 250 }
const publishedMs = new Map<string, number>()
/** Slots whose question changed: their first answer is shown at once. */
const renewed = new Set<string>()
let framedMs = -Infinity
let due = false

/** Whether a slot's news may be drawn by now: its calm is over, it is the first answer, or the whole second that a chart waits for is full. */
function isRipe({ slot, kind }: Query, next: Any, nowMs: number): boolean {
  const had = slotOf(slot).peek()
  if (renewed.has(slot)) return answered.peek().has(slot)
  if (
    had.answer === null ||
    had.problem !== next.problem ||
    nowMs - (publishedMs.get(slot) ?? 0) >= calmMs[kind]
  )
    return kind !== 'list' || had.answer === null || reading.peek() !== slot
  // Doubt is never held back.
  const doubt = ({ answer }: Any): unknown[] => [
    answer?.meta.complete,
    answer?.meta.rebuilding === undefined,
    answer?.meta.logEnd.from,
    (answer?.meta.behindRecords ?? 0) > 0 && (answer?.meta.lagMs ?? 0) > 1000,
  ]
  if (doubt(next).some((one, i) => one !== doubt(had)[i])) return true
  const second = (known: Any): number => Math.floor((known.answer?.meta.asOfMs ?? 0) / 1000)
  return kind === 'chart' && second(next) !== second(had)
}

function publish(): void {
  due = false
  // A page that stands still moves no number, but answers what is asked of it anew: another tab, all rows.
  if (still.value && renewed.size === 0) return
  framedMs = performance.now()
  let left = false
  batch(() => {
    clock.value = framedMs
    for (const query of asked.peek()) {
      if (still.value && !renewed.has(query.slot)) continue
      const next = latest.get(query.slot)
      const place = slotOf(query.slot)
      if (next === undefined || next === place.peek()) continue
      if (!isRipe(query, next, framedMs)) left = true
      else {
        if (
          query.kind === 'total' &&
          next.answer?.meta.lagMs != null &&
          next.arrivedMs !== place.peek().arrivedMs
        )
          drawn(next.answer.meta.lagMs, framedMs - next.arrivedMs)
        place.value = next
        publishedMs.set(query.slot, framedMs)
        renewed.delete(query.slot)
      }
    }
  })
  if (left) schedule()
}
function schedule(): void {
  if (due || (still.value && renewed.size === 0)) return
  due = true
  setTimeout(() => requestAnimationFrame(publish), Math.max(0, framedMs + frameMs - performance.now()))
}

let open: readonly Query[] = []
let closeStream: (() => void) | undefined
let slowTimer: ReturnType<typeof setTimeout> | undefined

function take(q: number, change: (known: Any, question: string) => Any | undefined): void {
  const query = open[q]
  if (query === undefined) return
  const next = change(latest.get(query.slot) ?? unknown, query.text)
  // A patch that does not fit means that we and the API disagree: a new stream begins with whole answers.
  if (next === undefined) return happened('failed')
  latest.set(query.slot, next)
  if (!answered.value.has(query.slot)) answered.value = new Set([...answered.value, query.slot])
  happened('heard')
  schedule()
}

function begun(): void {
  closeStream?.()
  open = fitting(asked.peek())
  closeStream = openStream(liveAddress(open), {
    reset: ({ q, answer }) =>
      take(
        q,
        (had, question) =>
          applyReset(had as Known<typeof answer>, question, answer, performance.now()) as Any,
      ),
    patch: (frame) =>
      take(frame.q, (had, question) =>
        applyPatch(had as Known<SeriesAnswer>, question, frame, performance.now()),
      ),
    problem: ({ q, problem }) => take(q, (had, question) => applyProblem(had, question, problem)),
    beat: ({ nowMs }) => {
      serverAheadMs.value = nowMs - performance.now()
      happened('heard')
    },
    failed: () => happened('failed'),
  })
  clearTimeout(slowTimer)
  slowTimer = setTimeout(() => (slow.value = true), 120)
}

/** The one place where the link changes and the stream follows. */
function happened(event: LinkEvent): void {
  const before = link.peek()
  const next = step(before, event, performance.now(), answered.peek().size < open.length)
  if (next === before) return
  link.value = next
  if (next.state === before.state) return
  if (next.state === 'connecting') {
    if (asked.peek().length > 0) begun()
    askCatalog()
  }
  if (next.state === 'lost' || next.state === 'asleep') {
    closeStream?.()
    closeStream = undefined
    clock.value = performance.now()
  }
}

export const retryNow = (): void => happened('retry')

/** The range to which a zoom goes back; null where nobody zoomed. It lives with the entry of the browser's history. */
export const home = signal<Range | null>((history.state as { home?: Range } | null)?.home ?? null)

/** Shows another view; the way back is the browser's. A change of the range forgets what a zoom goes back to, unless it is a zoom. */
export function go(
  change: Partial<View>,
  zoomedFrom: Range | null = change.range === undefined ? home.peek() : null,
): void {
  const next = { ...view.value, ...change }
  const address = addressOf(next, location.search)
  if (address === addressOf(view.value, location.search)) return
  history.pushState({ home: zoomedFrom }, '', `${address}${location.hash}`)
  arrive(next, zoomedFrom)
}
function arrive(next: View, zoomedFrom: Range | null): void {
  batch(() => {
    view.value = next
    home.value = zoomedFrom
    letGo()
  })
}

/** What is asked changed: answers to texts that stayed are still answers, and the stream begins anew with the rest. */
function askAnew(queries: readonly Query[]): void {
  const had = new Map(open.map(({ slot, text }) => [slot, text]))
  const same =
    fitting(queries).length === open.length &&
    open.length > 0 &&
    fitting(queries).every(({ slot, text }, i) => open[i]!.slot === slot && open[i]!.text === text)
  if (same || queries.length === 0) return
  batch(() => {
    slow.value = false
    answered.value = new Set(
      queries
        .filter(({ slot, text }) => had.get(slot) === text && answered.peek().has(slot))
        .map(({ slot }) => slot),
    )
  })
  for (const { slot, text } of queries) if (had.get(slot) !== text) renewed.add(slot)
  for (const slot of latest.keys()) if (!queries.some((query) => query.slot === slot)) latest.delete(slot)
  const { state } = link.peek()
  if (state === 'connecting' || state === 'live') begun()
  else if (state === 'lost') happened('retry')
}

/** Some answer is of another generation than the catalog tells of. */
function redefined(): boolean {
  const generations = new Map(catalog.peek()?.map(({ topic, generation }) => [topic, generation]))
  return [...latest.values()].some(
    ({ answer }) => answer !== null && generations.get(answer.meta.topic) !== answer.meta.generation,
  )
}

/** Begins the life of the page. A hidden tab has no stream and no clock. */
export function begin(): void {
  let ticking: ReturnType<typeof setInterval> | undefined
  let ticks = 0
  const tick = (): void => {
    clock.value = performance.now()
    // Without a source it is asked for each second; else a new source shows within half a minute, a new definition at once.
    if ((catalog.peek()?.length ?? 0) === 0 || ++ticks % 30 === 0 || redefined()) askCatalog()
    happened('tick')
  }
  const seen = (): void => {
    clearInterval(ticking)
    if (document.hidden) return happened('hide')
    ticking = setInterval(tick, 1000)
    tick()
    happened('show')
  }
  document.addEventListener('visibilitychange', seen)
  addEventListener('popstate', (event) =>
    arrive(
      viewOf(location.pathname, location.search, Date.now()),
      (event.state as { home?: Range } | null)?.home ?? null,
    ),
  )
  effect(() => askAnew(asked.value))
  effect(() => {
    if (!still.value) schedule()
  })
  // Before the first stream the catalog is all there is to hear of the server.
  effect(() => {
    if (catalogFault.value !== null && closeStream === undefined) happened('failed')
    else if (catalogAtMs.value > 0 && closeStream === undefined) happened('heard')
  })
  seen()
}
