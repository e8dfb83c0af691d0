/** The state of the page: what is known of every query, the link, the clock, and what holds it still. Signals on top of pure reducers. */
import { batch, computed, signal, type Signal } from '@preact/signals'
import type { SeriesAnswer, TailAnswer } from '../../query-api/wire.ts'
import { evidence, type Evidence } from '../fresh/freshness.ts'
import { rangeOf, searchWith, type Range } from '../scope/range.ts'
import { applyPatch, applyProblem, applyReset, unknown, type Known } from './answers.ts'
import { asleep, step, type Link, type LinkEvent } from './link.ts'
import { liveAddress, queryNames, type AnswerOf, type QueryName } from './queries.ts'
import { openStream } from './stream.ts'

type Any = Known<SeriesAnswer | TailAnswer>

export const range = signal<Range>(rangeOf(location.search))
export const link = signal<Link>(asleep)
/** Monotonic ms; moves once a second and with every frame. */
export const clock = signal(performance.now())
/** Pointer or focus on a chart, since. */
export const held = signal<number | null>(null)
/** Wall clock ms at which somebody asked the page to stand still. */
export const paused = signal<number | null>(null)
/** Some query has no answer 120 ms after it was asked. */
export const slow = signal(false)
/** Server's wall clock minus our monotonic one; null before the first beat. */
const serverAheadMs = signal<number | null>(null)

export const still = computed(() => held.value !== null || paused.value !== null)
/** Until the next try; 0 while a try after a failure runs, so that old numbers never pass for fresh ones; null while connected. */
export const retryInMs = computed(() => {
  const { state, failures, retryAtMs } = link.value
  if (state === 'lost') return Math.max(0, retryAtMs - clock.value)
  return state === 'connecting' && failures > 0 ? 0 : null
})
/** Wall clock of the API now, ms. */
export const serverNowMs = computed(() => (serverAheadMs.value === null ? null : serverAheadMs.value + clock.value))

const shown = Object.fromEntries(queryNames.map((name) => [name, signal<Any>(unknown)])) as Record<QueryName, Signal<Any>>
const latest = new Map<QueryName, Any>()
/** Queries that were answered since they were asked with the present range. */
const answered = signal<ReadonlySet<QueryName>>(new Set())

/** What the page shows of a query. */
export const known = <N extends QueryName>(name: N): Known<AnswerOf<N>> => shown[name].value as Known<AnswerOf<N>>
/** Its answer is older than the question, or there is none. */
export const waiting = (name: QueryName): boolean => slow.value && !answered.value.has(name)

export function evidenceOf(name: QueryName): Evidence {
  return evidence(shown[name].value, clock.value, { retryInMs: retryInMs.value, held: still.value })
}

/** At most ten redraws a second, one where motion is not wanted; each on an animation frame, none while the page is held. */
const frameMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 100
let publishedMs = -Infinity
let due = false

function publish(): void {
  due = false
  if (still.value) return
  publishedMs = performance.now()
  batch(() => {
    clock.value = publishedMs
    for (const [name, state] of latest) shown[name].value = state
  })
}
function schedule(): void {
  if (due || still.value) return
  due = true
  setTimeout(() => requestAnimationFrame(publish), Math.max(0, publishedMs + frameMs - performance.now()))
}

function take(q: number, change: (known: Any) => Any | undefined): void {
  const name = queryNames[q]
  if (name === undefined) return
  const next = change(latest.get(name) ?? unknown)
  // A patch that does not fit means that we and the API disagree: a new stream begins with whole answers.
  if (next === undefined) return happened('failed')
  latest.set(name, next)
  if (!answered.value.has(name)) answered.value = new Set([...answered.value, name])
  happened('heard')
  schedule()
}

let closeStream: (() => void) | undefined
let slowTimer: ReturnType<typeof setTimeout> | undefined

function open(): void {
  closeStream?.()
  closeStream = openStream(liveAddress(range.value), {
    reset: (frame) => take(frame.q, (known) => applyReset(known, frame.answer, performance.now())),
    patch: (frame) => take(frame.q, (known) => applyPatch(known as Known<SeriesAnswer>, frame, performance.now())),
    problem: (frame) => take(frame.q, (known) => applyProblem(known, frame.problem, performance.now())),
    beat: (frame) => {
      serverAheadMs.value = frame.nowMs - performance.now()
      happened('heard')
    },
    failed: () => happened('failed'),
  })
  clearTimeout(slowTimer)
  slowTimer = setTimeout(() => (slow.value = true), 120)
}

/** The one place where the link changes and the stream follows. */
function happened(event: LinkEvent): void {
  const before = link.value
  const next = step(before, event, performance.now())
  if (next === before) return
  link.value = next
  if (next.state === before.state) return
  if (next.state === 'connecting') open()
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
  if (!on) schedule()
}

function ask(next: Range): void {
  if (next.from === range.value.from) return
  batch(() => {
    range.value = next
    slow.value = false
    answered.value = new Set()
    paused.value = null
  })
  if (link.value.state === 'connecting' || link.value.state === 'live') open()
  else happened('retry')
}
export function chooseRange(next: Range): void {
  if (next.from !== range.value.from) history.pushState(null, '', `${searchWith(location.search, next)}${location.hash}`)
  ask(next)
}

/** Begins the life of the page. A hidden tab has no stream and no clock. */
export function begin(): void {
  let ticking: ReturnType<typeof setInterval> | undefined
  const tick = (): void => {
    clock.value = performance.now()
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
  addEventListener('popstate', () => ask(rangeOf(location.search)))
  seen()
}
