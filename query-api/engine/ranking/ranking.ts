/** Cells by name to the rows of a ranking: exact order, then what each is of the whole and how it changed. Pure. */
import type { Int } from '../../../model/numbers/integer.ts'
import type { Approximation } from '../../../model/measures/index.ts'
import type { Part } from '../../../model/measures/part.ts'
import { greatestError } from '../approximate.ts'
import { boundsOf } from '../bounds.ts'
import { firstOf } from '../rows/select.ts'
import { notesOf, type SeriesName } from '../plan/projection.ts'
import type { TopQuery } from '../../language/query.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'
import { valueOfNothing } from '../statistic.ts'
import type { RangeSum } from '../rows/range-cells.ts'
import type { Bounds, TopAnswer, TopRow } from '../../wire.ts'

type Cells = ReadonlyMap<number, Part>
type Figures = Omit<TopRow, 'labels' | 'share'>

interface Ranked {
  readonly column: number
  readonly cell: Part
  readonly rank: Int | number
}

/** Cells merged between two places where the work may be interrupted. */
const CELLS_A_LOOK = 500
const NOTHING: Cells = new Map()

export class Ranking {
  readonly #resolved: ResolvedQuery<TopQuery>
  readonly #names: readonly SeriesName[]
  readonly #isKnown: boolean
  /** What was left out and may belong to any row; null where nothing was. */
  readonly #rest: Part | null
  readonly #unnamed: RangeSum['unnamed']
  readonly #before: Cells | null
  readonly #wholes = new Map<Cells, Part | null>()

  /** `before`: the range compared with, null where nothing is. */
  constructor(
    resolved: ResolvedQuery<TopQuery>,
    names: readonly SeriesName[],
    { isKnown, leftOut, unnamed }: Omit<RangeSum, 'cells'>,
    before: Cells | null,
  ) {
    this.#resolved = resolved
    this.#names = names
    this.#isKnown = isKnown
    this.#rest = leftOut?.cell ?? null
    this.#unnamed = unnamed
    this.#before = before
  }

  /** Yields wherever it may be interrupted. */
  *of(cells: Cells): Generator<void, Omit<TopAnswer, 'meta'>> {
    const { limit } = this.#resolved.query
    const there = this.#there(cells)
    const first = yield* firstOf(there, limit, this.#order())
    const whole = yield* this.#whole(cells)
    const before = this.#before === null ? null : yield* this.#whole(this.#before)
    const total = this.#resolved.overlaps ? this.#unknown : this.#figures(whole, before)
    const rows: TopRow[] = []
    for (const { column, cell } of first) {
      rows.push({
        labels: this.#names[column]!.labels,
        ...notesOf(this.#names[column]!),
        share: this.#share(cell, total.value),
        ...this.#figures(cell, this.#before?.get(column), column),
      })
      yield
    }
    const shown = new Set(first.map(({ column }) => column))
    const rest = there.length > first.length ? there.filter(({ column }) => !shown.has(column)) : []
    return { rows, others: yield* this.#others(rest, shown, total.value), total }
  }

  /** The greatest error of a row, of the total, or of what is compared with; null where all are exact. */
  *error(cells: Cells): Generator<void, Approximation | null> {
    const { stat, parts } = this.#resolved
    if (parts.isExact) return null
    let error: Approximation | null = null
    for (const side of [cells, this.#before ?? NOTHING]) {
      const whole = yield* this.#whole(side)
      for (const part of whole === null ? [] : [...side.values(), whole])
        error = greatestError([error, parts.error(part, stat)])
    }
    return error
  }

  *#others(
    rest: readonly { column: number; cell: Part }[],
    shown: ReadonlySet<number>,
    total: number | null,
  ): Generator<void, TopAnswer['others']> {
    if (rest.length === 0) return null
    if (this.#resolved.overlaps) return { count: rest.length, share: null, ...this.#unknown }
    const cell = (yield* this.#merged(rest.map((one) => one.cell)))!
    const before =
      this.#before === null
        ? null
        : // Those too that have nothing any more: parts and total agree on both sides.
          yield* this.#merged(
            [...this.#before].flatMap(([column, part]) =>
              shown.has(column) || this.#resolved.parts.isEmpty(part) ? [] : [part],
            ),
          )
    return { count: rest.length, share: this.#share(cell, total), ...this.#figures(cell, before) }
  }

  /** Of names that count an event several times. */
  get #unknown(): Figures {
    return { value: null, previous: null, change: null }
  }

  #figures(cell: Part | null, before: Part | null | undefined, column?: number): Figures {
    const value = this.#value(cell)
    const previous = this.#before === null ? null : this.#value(before ?? null)
    return {
      value,
      ...this.#bounds(cell, column),
      ...this.#buckets(cell),
      previous,
      change: value === null || previous === null || previous <= 0 ? null : (value - previous) / previous,
    }
  }

  #buckets(cell: Part | null): Pick<TopRow, 'buckets'> {
    const { hasBuckets, parts } = this.#resolved
    if (!hasBuckets || !this.#isKnown) return {}
    return { buckets: cell === null ? [] : parts.buckets!(cell) }
  }

  /** Without `column`: of a sum of names, which holds what was not named too. */
  #bounds(cell: Part | null, column?: number): Bounds {
    const { stat, parts } = this.#resolved
    const unnamed = column === undefined ? null : this.#unnamed(column)
    const rest =
      this.#rest === null || unnamed === null
        ? (this.#rest ?? unnamed)
        : this.#resolved.parts.copy(this.#rest)
    if (rest === null || !this.#isKnown) return {}
    if (this.#rest !== null && unnamed !== null) this.#resolved.parts.merge(rest, unnamed)
    return boundsOf(stat, parts, cell, rest) ?? {}
  }

  #value(cell: Part | null): number | null {
    if (!this.#isKnown) return null
    const { stat, parts } = this.#resolved
    return cell === null ? valueOfNothing(stat, parts) : parts.read(cell, stat)
  }

  #share(cell: Part, total: number | null): number | null {
    const { stat, parts } = this.#resolved
    if (!parts.measure.statistics[stat]!.addsUp || total === null || total <= 0) return null
    return this.#value(cell)! / total
  }

  /** All of a side; worked out once. */
  *#whole(cells: Cells): Generator<void, Part | null> {
    const known = this.#wholes.get(cells)
    if (known !== undefined) return known
    const whole = yield* this.#merged(
      [...cells.values()].filter((cell) => !this.#resolved.parts.isEmpty(cell)),
    )
    this.#wholes.set(cells, whole)
    return whole
  }

  /** In pairs, and pairs of pairs: two sets of the like size cost less than a large one that takes in many small ones. */
  *#merged(cells: readonly Part[]): Generator<void, Part | null> {
    const { parts } = this.#resolved
    let level: Part[] = []
    for (let at = 0; at < cells.length; at += 2) {
      const pair = parts.copy(cells[at]!)
      if (at + 1 < cells.length) parts.merge(pair, cells[at + 1]!)
      level.push(pair)
      if (level.length % CELLS_A_LOOK === 0) yield
    }
    while (level.length > 1) {
      for (let at = 0; at + 1 < level.length; at += 2) {
        parts.merge(level[at]!, level[at + 1]!)
        if (at % CELLS_A_LOOK === 0) yield
      }
      level = level.filter((_, at) => at % 2 === 0)
    }
    return level[0] ?? null
  }

  /** Names that have something: a cell may hold other metrics and nothing of this one. */
  #there(cells: Cells): Ranked[] {
    const { parts, stat } = this.#resolved
    const last = this.#resolved.query.order === 'desc' ? -Infinity : Infinity
    const found: Ranked[] = []
    for (const [column, cell] of cells) {
      if (parts.isEmpty(cell)) continue
      // A ratio to nothing has no value: it stands behind all that have one.
      const rank = parts.rank(cell, stat)
      found.push({ column, cell, rank: Number.isNaN(rank) ? last : rank })
    }
    return found
  }

  /** By value, then by name, so that equal ones keep their places. */
  #order(): (a: Ranked, b: Ranked) => number {
    const sign = this.#resolved.query.order === 'desc' ? -1 : 1
    const keyOf = ({ column }: Ranked): string => this.#names[column]!.key
    return (a, b) => (a.rank === b.rank ? (keyOf(a) < keyOf(b) ? -1 : 1) : a.rank < b.rank ? -sign : sign)
  }
}
