/** The page's clock, which moves with its frames, and the clock of the API. */
import { computed, signal } from '@preact/signals'

/** Monotonic ms; moves once a second and with every frame. */
export const clock = signal(performance.now())
/** The same in whole seconds, for what need not be redrawn with every frame. */
export const second = computed(() => Math.floor(clock.value / 1000))
/** Server's wall clock minus our monotonic one; null before the first beat. */
export const serverAheadMs = signal<number | null>(null)

/** Wall clock of the API now, ms; our own before the first beat. */
export const serverNowMs = (): number =>
  serverAheadMs.value === null ? Date.now() : serverAheadMs.value + clock.peek()
