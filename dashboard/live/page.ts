/** The state of the page: the view, what is known of every query, the link, the clock, and what holds it still. Signals on top of pure reducers. */
import { batch, computed, effect, signal, type Signal } from '@preact/signals'
import type { EntitiesAnswer, SeriesAnswer, TailAnswer, TopAnswer } from '../../query-api/wire.ts'
import { evidence, type Evidence } from '../fresh/freshness.ts'
import { queriesOf } from '../overview/plan.ts'
import { addressOf, viewOf, type View } from '../scope/view.ts'
import { applyPatch, applyProblem, applyReset, unknown, type Known } from './answers.ts'
import { askCatalog, catalog, catalogAtMs, catalogFault } from './catalog.ts'
import { drawn } from './latency.ts'
import { asleep, step, type Link, type LinkEvent } from './link.ts'
import { fitting, liveAddress, type Query } from './queries.ts'
import { saySoon } from './say.ts'
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
/** Pointer or focus on a chart, since. */
export const held = signal<number | null>(null)
/** Wall clock ms at which somebody asked the page to stand still. */
export const paused = signal<number | null>(null)
/** Some query has no answer 120 ms after it was asked. */
export const slow = signal(false)
/** Table that the pointer is over: its rows stay where they are. */
export const reading = signal<string | null>(null)
/** Server's wall clock minus our monotonic one; null before the first beat. */
const serverAheadMs = signal<number | null>(null)

export const still = computed(() => held.value !== null || paused.value !== null)
/** Until the next try; 0 while a try after a failure runs, so that old numbers never pass for fresh ones; null while connected. */
export const retryInMs = computed(() => {
  const { state, failures, retryAtMs } = link.value
  if (state === 'lost') return Math.max(0, retryAtMs - clock.value)
  return state === 'connecting' && failures > 0 ? 0 : null
})
/** Wall clock of the API now, ms; our own before the first beat. */
export const serverNowMs = (): number => (serverAheadMs.value === null ? Date.now() : serverAheadMs.value + clock.peek())

/** Tables that show all their rows. */
export const unfolded = signal<ReadonlySet<string>>(new Set())
/** What the page asks now, in the order of the stream. */
export const asked = computed<readonly Query[]>(() => queriesOf(catalog.value, view.value, unfolded.value))

const shown = new Map<string, Signal<Any>>()
const latest = new Map<string, Any>()
/** Slots that were answered since they were asked with their present text. */
const answered = signal<ReadonlySet<string>>(new Set())

function slotOf(slot: string): Signal<Any> {
  let found = shown.get(slot)
  if (found === undefined) shown.set(slot, (found = signal<Any>(unknown)))
  return found
}

/** What the page shows of a slot. */
export const known = <A extends Answer>(slot: string): Known<A> => slotOf(slot).value as Known<A>
export const seriesIn = (slot: string): Known<SeriesAnswer> => known<SeriesAnswer>(slot)
/** Its answer is older than the question, or there is none. */
export const waiting = (slot: string): boolean => slow.value && !answered.value.has(slot)

export const evidenceOf = (slot: string): Evidence => evidence(slotOf(slot).value, clock.value, { retryInMs: retryInMs.value, held: still.value })

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
  if (had.answer === null || had.problem !== next.problem || nowMs - (publishedMs.get(slot) ?? 0) >= calmMs[kind]) return kind !== 'list' || had.answer === null || reading.peek() !== slot
  // Doubt is never held back.
  const doubt = ({ answer }: Any): unknown[] => [answer?.meta.complete, answer?.meta.rebuilding === undefined]
  if (doubt(next).some((one, i) => one !== doubt(had)[i])) return true
  const second = (known: Any): number => Math.floor((known.answer?.meta.asOfMs ?? 0) / 1000)
  return kind === 'chart' && second(next) !== second(had)
}

function publish(): void {
  due = false
  if (still.value) return
  framedMs = performance.now()
  let left = false
  batch(() => {
    clock.value = framedMs
    for (const query of asked.peek()) {
      const next = latest.get(query.slot)
      const place = slotOf(query.slot)
      if (next === undefined || next === place.peek()) continue
      if (!isRipe(query, next, framedMs)) left = true
      else {
        if (query.kind === 'total' && next.answer?.meta.lagMs != null && next.arrivedMs !== place.peek().arrivedMs) drawn(next.answer.meta.lagMs, framedMs - next.arrivedMs)
        place.value = next
        publishedMs.set(query.slot, framedMs)
        renewed.delete(query.slot)
      }
    }
  })
  if (left) schedule()
}
function schedule(): void {
  if (due || still.value) return
  due = true
  setTimeout(() => requestAnimationFrame(publish), Math.max(0, framedMs + frameMs - performance.now()))
}

let open: readonly Query[] = []
let closeStream: (() => void) | undefined
let slowTimer: ReturnType<typeof setTimeout> | undefined

function take(q: number, change: (known: Any) => Any | undefined): void {
  const query = open[q]
  if (query === undefined) return
  const next = change(latest.get(query.slot) ?? unknown)
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
    reset: ({ q, answer }) => take(q, (had) => applyReset(had as Known<typeof answer>, answer, performance.now()) as Any),
    patch: (frame) => take(frame.q, (had) => applyPatch(had as Known<SeriesAnswer>, frame, performance.now())),
    problem: ({ q, problem }) => take(q, (had) => applyProblem(had, problem, performance.now())),
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
  const next = step(before, event, performance.now())
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

export function hold(on: boolean): void {
  if (on === (held.value !== null)) return
  held.value = on ? performance.now() : null
  if (!on) schedule()
}
export function pause(on: boolean): void {
  paused.value = on ? Date.now() : null
  saySoon(on ? 'Paused.' : 'Live.')
  if (!on) schedule()
}

/** Shows another view; the way back is the browser's. */
export function go(change: Partial<View>): void {
  const next = { ...view.value, ...change }
  const address = addressOf(next, location.search)
  if (address === addressOf(view.value, location.search)) return
  history.pushState(null, '', `${address}${location.hash}`)
  arrive(next)
}
function arrive(next: View): void {
  batch(() => {
    view.value = next
    paused.value = null
    held.value = null
  })
}

/** What is asked changed: answers to texts that stayed are still answers, and the stream begins anew with the rest. */
function askAnew(queries: readonly Query[]): void {
  const had = new Map(open.map(({ slot, text }) => [slot, text]))
  const same = fitting(queries).length === open.length && open.length > 0 && fitting(queries).every(({ slot, text }, i) => open[i]!.slot === slot && open[i]!.text === text)
  if (same || queries.length === 0) return
  batch(() => {
    slow.value = false
    answered.value = new Set(queries.filter(({ slot, text }) => had.get(slot) === text && answered.peek().has(slot)).map(({ slot }) => slot))
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
  return [...latest.values()].some(({ answer }) => answer !== null && generations.get(answer.meta.topic) !== answer.meta.generation)
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
  addEventListener('popstate', () => arrive(viewOf(location.pathname, location.search, Date.now())))
  effect(() => askAnew(asked.value))
  // Before the first stream the catalog is all there is to hear of the server.
  effect(() => {
    if (catalogFault.value !== null && closeStream === undefined) happened('failed')
    else if (catalogAtMs.value > 0 && closeStream === undefined) happened('heard')
  })
  seen()
}
