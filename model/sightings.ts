/**
 * Presence and latest values: the latest event time holds. But a time ahead of everybody's holds only until the device says another: a clock that was
 * wrong and is mended leaves no trace. The order of events matters here, so a batch keeps what to do, not what comes out (rule 9 of docs/store.md).
 */
const DAY_MS = 86_400_000

/** One event of an entity: it takes the place of what is not later than it, and of what is later than `limitMs`. */
export interface Sighting {
  readonly timeMs: number
  readonly limitMs: number
}

/** Up to where a time is believed: `futureMs` past the log clock that earlier records left; before there is one, a day past the event itself. */
export function limitOf(logClockMs: number | null, timeMs: number, futureMs: number): number {
  return (logClockMs ?? timeMs + DAY_MS) + futureMs
}

export function replaces(next: Sighting, held: { readonly timeMs: number } | null): boolean {
  return held === null || next.timeMs >= held.timeMs || held.timeMs > next.limitMs
}
