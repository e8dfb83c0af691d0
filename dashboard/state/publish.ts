/** When an answer that came is drawn: at most ten redraws a second, and no panel more often than somebody can read it. */
import { batch, effect } from '@preact/signals'
import type { Query } from '../plan/queries.ts'
import { drawn } from '../stream/latency.ts'
import { clock } from './clock.ts'
import { answered, asked, latest, reading, slotOf, type Any } from './slots.ts'
import { still } from './still.ts'

/** At most ten redraws a second, one where motion is not wanted; each on an animation frame, none while the page is held. */
const frameMs = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 100
/** How long the panels of a kind stay as they are: a total is read, a chart moves by whole points, a list must not dance. */
const calmMs: Record<Query['kind'], number> = { total: 200, chart: 1000, list: 2000, tail: 250 }
const publishedMs = new Map<string, number>()
/** Slots whose question changed: their first answer is shown at once. */
export const renewed = new Set<string>()
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
export function schedule(): void {
  if (due || (still.value && renewed.size === 0)) return
  due = true
  setTimeout(() => requestAnimationFrame(publish), Math.max(0, framedMs + frameMs - performance.now()))
}

/** Draws what came meanwhile once the page is let go. */
export const drawWhenLetGo = (): void =>
  void effect(() => {
    if (!still.value) schedule()
  })
