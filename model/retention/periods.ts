/** Days or weeks of the zone of a retention. One is known by its number, and lies in the store where its first day would begin in UTC. */
import { DAY_MS } from '../chunk.ts'
import { firstDayOf, weekOf, type WeekStart } from '../time/days.ts'
import type { RetentionRule, RetentionUnit } from '../definition.ts'
import { compileOffset } from '../time/time-zone.ts'

const known = new Map<string, (atMs: number) => number>()

export class Periods {
  readonly #offsetAt: (atMs: number) => number
  readonly #unit: RetentionUnit
  readonly #weekStart: WeekStart

  constructor({ zone, weekStart }: Pick<RetentionRule, 'zone' | 'weekStart'>, unit: RetentionUnit) {
    let offsetAt = known.get(zone)
    if (offsetAt === undefined) known.set(zone, (offsetAt = zone === 'UTC' ? () => 0 : compileOffset(zone)))
    this.#offsetAt = offsetAt
    this.#unit = unit
    this.#weekStart = weekStart
  }

  /** That of the date which clocks of the zone show. */
  at(timeMs: number): number {
    return this.ofDay(Math.floor((timeMs + this.#offsetAt(timeMs)) / DAY_MS))
  }

  ofDay(day: number): number {
    return this.#unit === 'day' ? day : weekOf(day, this.#weekStart)
  }

  /** Its first day. */
  dayOf(period: number): number {
    return this.#unit === 'day' ? period : firstDayOf(period, this.#weekStart)
  }

  /** Where its cells lie. */
  placeMs(period: number): number {
    return this.dayOf(period) * DAY_MS
  }
}

export const daysIn = (unit: RetentionUnit): number => (unit === 'day' ? 1 : 7)
