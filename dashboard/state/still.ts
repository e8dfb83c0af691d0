/** What holds the page still: somebody reads a chart, or asked for it. Whoever draws looks at `still` first. */
import { computed, signal } from '@preact/signals'
import { saySoon } from './announcer.ts'

/** Pointer or focus on a chart, since (monotonic ms). */
export const held = signal<number | null>(null)
/** Clock of the API, ms, at which somebody asked the page to stand still. */
export const paused = signal<number | null>(null)
export const still = computed(() => held.value !== null || paused.value !== null)
/** It was held for as long as it may be, and goes on though the pointer still rests there. */
export const overheld = signal(false)

/** A pointer that rests for longer than this reads no more: a page on a wall must not stand still for ever. */
export const MOST_HELD_MS = 60_000
let timer: ReturnType<typeof setTimeout> | undefined

/** Holds the page, or lets it go. A pointer that moves (or a key) holds it for another while. */
export function hold(on: boolean): void {
  clearTimeout(timer)
  overheld.value = false
  if (on)
    timer = setTimeout(() => {
      held.value = null
      overheld.value = true
      saySoon('Goes on after a minute. Move the pointer over a chart to hold the page again.')
    }, MOST_HELD_MS)
  if (on !== (held.value !== null)) held.value = on ? performance.now() : null
}

/** Stands still at `nowMs` of the API's clock; null goes on. */
export function pause(nowMs: number | null): void {
  paused.value = nowMs
  saySoon(nowMs === null ? 'Goes on.' : 'Paused.')
}

/** Another view begins moving. */
export function letGo(): void {
  clearTimeout(timer)
  held.value = null
  paused.value = null
  overheld.value = false
}
