/** From a name of a breakdown to the series that it counts in: the fields asked for, of the names that pass the filters. */
import type { Breakdown } from '../../../model/definition.ts'
import { nameOf, OTHER, stumpOf, valuesOf, type Value } from '../../../model/dictionary.ts'
import { passes, type Filter } from '../../language/filter.ts'
import { labelOf } from '../../../model/labels.ts'
import type { NameNotes } from '../../wire.ts'

export interface SeriesName extends NameNotes {
  /** Orders and identifies series. */
  key: string
  labels: Record<string, string | null>
}

/** Nobody can say whether the filters let it pass. */
export const UNJUDGED = 'unjudged'
/** A name's series; null where a filter holds it back. */
export type Projected = SeriesName | typeof UNJUDGED | null

/** Names remembered at once: more than a few days of the widest budget come by too seldom to be worth the memory. */
const REMEMBERED = 50_000

export class Projection {
  readonly #by: readonly string[]
  readonly #picks: readonly number[]
  readonly #filters: readonly { at: number; filter: Filter }[]
  readonly #fields: number
  readonly #known = new Map<string, Projected>()
  /** What the budget did not name: nobody knows its values, so nobody can say which filters they pass. */
  readonly other: Projected

  constructor(breakdown: Breakdown, by: readonly string[], where: readonly Filter[]) {
    this.#by = by
    this.#picks = by.map((field) => breakdown.fields.indexOf(field))
    this.#filters = where.map((filter) => ({ at: breakdown.fields.indexOf(filter.field), filter }))
    this.#fields = breakdown.fields.length
    // Its key sorts like a name, and is none: names hold texts and nulls.
    this.other =
      where.length > 0
        ? UNJUDGED
        : { key: '[true]', labels: Object.fromEntries(by.map((field) => [field, OTHER])), other: true }
  }

  /** A series is one name of the breakdown, not the sum of several. */
  get isWhole(): boolean {
    return this.#by.length === this.#fields
  }

  /** The total's series. */
  get total(): SeriesName {
    return { key: '[]', labels: {} }
  }

  /** Null where a filter does not let the name pass. */
  of(name: string): Projected {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const series = this.#project(valuesOf(name))
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(name, series)
    return series
  }

  /**
   * What the filters let pass is all named, if these are the names that a day had from their first event on: a filter on the only field asks for values of theirs.
   * Then nothing that was not named can belong to the answer.
   */
  isNamed(isWhole: (name: string) => boolean): boolean {
    return (
      this.#fields === 1 &&
      this.#filters.some(
        ({ filter }) => filter.op === 'is' && filter.values.every((value) => isWhole(nameOf([value]))),
      )
    )
  }

  #project(values: readonly Value[]): Projected {
    const verdicts = this.#filters.map(({ at, filter }) => passes(filter, values[at] ?? null, this.#fields))
    if (verdicts.includes(false)) return null
    return verdicts.includes(null) ? UNJUDGED : this.#named(this.#picks.map((at) => values[at] ?? null))
  }

  #named(values: readonly Value[]): SeriesName {
    const cut = this.#by.filter((_, at) => values[at] != null && stumpOf(values[at], this.#fields) !== null)
    return {
      key: nameOf(values),
      labels: Object.fromEntries(this.#by.map((field, at) => [field, labelOf(values[at]!)])),
      ...(cut.length > 0 && { cut }),
    }
  }
}

export function notesOf({ other, cut }: SeriesName): NameNotes {
  return { ...(other && { other }), ...(cut !== undefined && { cut }) }
}
