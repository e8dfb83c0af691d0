/** The stream of answers: it follows what is asked, and the link follows it. */
import { batch, computed, effect, signal } from '@preact/signals'
import type { LiveProgress, SeriesAnswer } from '../../query-api/wire.ts'
import { fitting, liveAddress, type Query } from '../plan/queries.ts'
import { applyPatch, applyProblem, applyReset, unknown, type Known } from '../stream/answers.ts'
import { asleep, step, type Link, type LinkEvent } from '../stream/link.ts'
import { openStream } from '../stream/stream.ts'
import { askCatalog, catalog, catalogAtMs, catalogFault } from './catalog.ts'
import { clock, serverAheadMs } from './clock.ts'
import { followHistory } from './navigation.ts'
import { drawWhenLetGo, renewed, schedule } from './publish.ts'
import { answered, asked, latest, parts, scans, slow, type Any } from './slots.ts'

export const link = signal<Link>(asleep)

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
  progressed(query.slot, null)
  if (!answered.value.has(query.slot)) answered.value = new Set([...answered.value, query.slot])
  happened('heard')
  schedule()
}

/** Null: the log is no longer read for it. */
function progressed(slot: string, progress: LiveProgress['progress'] | null): void {
  if (progress === null && parts.peek().has(slot))
    parts.value = new Map([...parts.peek()].filter(([one]) => one !== slot))
  if (progress === null && !scans.peek().has(slot)) return
  const next = new Map(scans.peek())
  if (progress === null) next.delete(slot)
  else next.set(slot, progress)
  scans.value = next
}

function begun(): void {
  closeStream?.()
  scans.value = new Map()
  parts.value = new Map()
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
    progress: ({ q, progress }) => {
      const query = open[q]
      if (query !== undefined) progressed(query.slot, progress)
      happened('heard')
    },
    part: ({ q, part }) => {
      const query = open[q]
      if (query !== undefined) parts.value = new Map([...parts.peek(), [query.slot, part]])
      happened('heard')
    },
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
  followHistory()
  effect(() => askAnew(asked.value))
  drawWhenLetGo()
  // Before the first stream the catalog is all there is to hear of the server.
  effect(() => {
    if (catalogFault.value !== null && closeStream === undefined) happened('failed')
    else if (catalogAtMs.value > 0 && closeStream === undefined) happened('heard')
  })
  seen()
}
