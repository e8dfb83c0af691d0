/** The stream of answers: it follows what is asked, and the link follows it. */
import { batch, computed, effect, signal } from '@preact/signals'
import type { LiveProgress, SeriesAnswer } from '../../query-api/wire.ts'
import type { Query } from '../plan/queries.ts'
import {
  behindProblem,
  applyPatch,
  applyProblem,
  applyReset,
  unknown,
  type Known,
} from '../stream/answers.ts'
import { asleep, SLEPT_MS, step, type Link, type LinkEvent } from '../stream/link.ts'
import { openStream, type OpenStream } from '../stream/stream.ts'
import { askCatalog, catalog, catalogAtMs, catalogFault } from './catalog.ts'
import { clock, serverAheadMs } from './clock.ts'
import { followHistory } from './navigation.ts'
import { ask, openCount, openQueries, openQuery, texts } from './open-queries.ts'
import { drawWhenLetGo, renewed, schedule } from './publish.ts'
import { answered, asked, latest, scans, slow, type Any } from './slots.ts'

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
let stream: OpenStream | undefined
/** How far the answers in `latest` are. */
let cursor = ''
let slowTimer: ReturnType<typeof setTimeout> | undefined
let movedMs = Number.NEGATIVE_INFINITY
/** A stream that is in another process is opened anew at once, but only so often. */
const MOVES_APART_MS = 5000

function take(q: number, change: (known: Any, question: string) => Any | undefined): void {
  const query = openQuery(q)
  if (query === undefined) return
  const next = change(latest.get(query.slot) ?? unknown, query.text)
  if (next === undefined) {
    // A patch that does not fit means that we and the API disagree: the next stream begins with whole answers.
    cursor = ''
    return happened('failed')
  }
  latest.set(query.slot, next)
  progressed(query.slot, null)
  if (!answered.value.has(query.slot)) answered.value = new Set([...answered.value, query.slot])
  happened('heard')
  schedule()
}

/** Null: the log is no longer read for it. */
function progressed(slot: string, progress: LiveProgress['progress'] | null): void {
  if (progress === null && !scans.peek().has(slot)) return
  const next = new Map(scans.peek())
  if (progress === null) next.delete(slot)
  else next.set(slot, progress)
  scans.value = next
}

function begun(): void {
  stream?.close()
  scans.value = new Map()
  const isKnown = [...openQueries()].every(({ slot, text }) => latest.get(slot)?.question === text)
  stream = openStream(texts, isKnown ? cursor : '', {
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
    behind: ({ q, behind }) => take(q, (had, question) => applyProblem(had, question, behindProblem(behind))),
    progress: ({ q, progress }) => {
      const query = openQuery(q)
      if (query !== undefined) progressed(query.slot, progress)
      happened('heard')
    },
    beat: ({ nowMs }) => {
      serverAheadMs.value = nowMs - performance.now()
      happened('heard')
    },
    passed: (id) => (cursor = id),
    failed: (isMoved) => {
      const nowMs = performance.now()
      const isFirst = isMoved && nowMs - movedMs > MOVES_APART_MS
      if (isFirst) movedMs = nowMs
      happened(isFirst ? 'moved' : 'failed')
    },
  })
  slowSoon()
}

/** Somebody waits for an answer from now on. */
function slowSoon(): void {
  clearTimeout(slowTimer)
  slowTimer = setTimeout(() => (slow.value = true), 120)
}

/** The one place where the link changes and the stream follows. */
function happened(event: LinkEvent): void {
  const before = link.peek()
  const next = step(before, event, performance.now(), answered.peek().size < openCount())
  if (next === before) return
  link.value = next
  if (next.state === before.state && next.state !== 'connecting') return
  if (next.state === 'connecting') {
    if (openCount() > 0) begun()
    askCatalog()
  }
  if (next.state === 'lost' || next.state === 'asleep') {
    stream?.close()
    stream = undefined
    clock.value = performance.now()
  }
}

export const retryNow = (): void => happened('retry')

/** What is asked changed: answers to texts that stayed are still answers, and the stream goes on with the rest. */
function askAnew(queries: readonly Query[]): void {
  const had = new Map([...openQueries()].map(({ slot, text }) => [slot, text]))
  if (queries.length === 0 || !ask(queries)) return
  const isSame = ({ slot, text }: Query): boolean => had.get(slot) === text
  batch(() => {
    slow.value = false
    answered.value = new Set(
      queries.filter((query) => isSame(query) && answered.peek().has(query.slot)).map(({ slot }) => slot),
    )
    for (const slot of had.keys())
      if (!queries.some((query) => query.slot === slot && isSame(query))) progressed(slot, null)
  })
  for (const query of queries) if (!isSame(query)) renewed.add(query.slot)
  for (const slot of latest.keys()) if (!queries.some((query) => query.slot === slot)) latest.delete(slot)
  const { state } = link.peek()
  if (state === 'lost') return happened('retry')
  if (state === 'asleep') return
  if (stream === undefined) return begun()
  stream.follow()
  slowSoon()
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
  let tickedMs = Date.now()
  const tick = (): void => {
    // Monotonic clocks stand still while a machine sleeps.
    const sinceMs = Date.now() - tickedMs
    tickedMs += sinceMs
    if (sinceMs > SLEPT_MS) happened('woke')
    clock.value = performance.now()
    // Without a source it is asked for each second; else a new source shows within half a minute, a new definition at once.
    if ((catalog.peek()?.length ?? 0) === 0 || ++ticks % 30 === 0 || redefined()) askCatalog()
    happened('tick')
  }
  const seen = (): void => {
    clearInterval(ticking)
    if (document.hidden) return happened('hide')
    tickedMs = Date.now()
    ticking = setInterval(tick, 1000)
    tick()
    happened('show')
  }
  document.addEventListener('visibilitychange', seen)
  addEventListener('online', retryNow)
  followHistory()
  effect(() => askAnew(asked.value))
  drawWhenLetGo()
  // Before the first stream the catalog is all there is to hear of the server.
  effect(() => {
    if (catalogFault.value !== null && stream === undefined) happened('failed')
    else if (catalogAtMs.value > 0 && stream === undefined) happened('heard')
  })
  seen()
}
