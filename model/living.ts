/**
 * How many entities (or latest values) a partition remembers, by the UTC day of their latest event. What was not seen for `forgetDays` of the log clock is
 * forgotten, and its place is free; a new one beyond the budget finds none. A batch never spans two days of the clock, so that who finds a place follows from
 * the order of the log alone (laws L8, L10).
 */
import { DAY_MS } from './chunk.ts'

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)

/** The first day that is remembered at a clock: what was last seen before it is forgotten. */
export function firstDayOf(forgetMs: number, clockMs: number | null): number {
  return clockMs === null ? -Infinity : dayOf(clockMs) - Math.ceil(forgetMs / DAY_MS)
}

export class Living {
  readonly #days: Map<number, number>
  readonly #changed = new Set<number>()
  #total = 0

  constructor(stored: Iterable<readonly [day: number, count: number]> = []) {
    this.#days = new Map(stored)
    for (const count of this.#days.values()) this.#total += count
  }

  get total(): number {
    return this.#total
  }

  /** Frees the places of days before `firstDay`. */
  forget(firstDay: number): void {
    for (const [day, count] of this.#days)
      if (day < firstDay) {
        this.#days.delete(day)
        this.#changed.add(day)
        this.#total -= count
      }
  }

  /** One that stood at a day stands at another now; `from` null = it is new. False where it is new and there is no place. */
  move(from: number | null, to: number, budget: number): boolean {
    if (from === to) return true
    // law L10: entities have a budget
    if (from === null && this.#total >= budget) return false
    if (from === null) this.#total++
    else this.#add(from, -1)
    this.#add(to, 1)
    return true
  }

  /** Days whose count changed since the last call, with their count; 0 = none is left. */
  takeChanges(): [day: number, count: number][] {
    const changes = [...this.#changed].map((day): [number, number] => [day, this.#days.get(day) ?? 0])
    this.#changed.clear()
    return changes
  }

  #add(day: number, by: number): void {
    const count = (this.#days.get(day) ?? 0) + by
    if (count > 0) this.#days.set(day, count)
    else this.#days.delete(day)
    this.#changed.add(day)
  }
}
