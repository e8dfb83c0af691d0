/** From a name of a breakdown to the series that it counts in: the fields asked for, of the names that pass the filters. */
import type { Breakdown } from '../model/definition.ts'
import { nameOf, OTHER, valuesOf, type Value } from '../model/names.ts'
import { passes, type Filter } from './filter.ts'

export interface SeriesName {
  /** Orders and identifies series. */
  key: string
  labels: Record<string, string | null>
}

/** Names remembered at once: more than a few days of the widest budget come by too seldom to be worth the memory. */
const REMEMBERED = 50_000

export class Projection {
  readonly #by: readonly string[]
  readonly #picks: readonly number[]
  readonly #filters: readonly { at: number; filter: Filter }[]
  readonly #known = new Map<string, SeriesName | null>()
  /** What the budget did not name, which passes no filter because nobody knows its values. */
  readonly other: SeriesName | null

  constructor(breakdown: Breakdown, by: readonly string[], where: readonly Filter[]) {
    this.#by = by
    this.#picks = by.map((field) => breakdown.fields.indexOf(field))
    this.#filters = where.map((filter) => ({ at: breakdown.fields.indexOf(filter.field), filter }))
    this.other = where.length > 0 ? null : this.#named(by.map(() => OTHER))
  }

  /** The total's series. */
  get total(): SeriesName {
    return { key: '[]', labels: {} }
  }

  /** Null where a filter does not let the name pass. */
  of(name: string): SeriesName | null {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const series = this.#project(valuesOf(name))
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(name, series)
    return series
  }

  #project(values: readonly Value[]): SeriesName | null {
    for (const { at, filter } of this.#filters) if (!passes(filter, values[at] ?? null)) return null
    return this.#named(this.#picks.map((at) => values[at] ?? null))
  }

  #named(values: readonly Value[]): SeriesName {
    return { key: nameOf(values), labels: Object.fromEntries(this.#by.map((field, at) => [field, values[at]!])) }
  }
}
