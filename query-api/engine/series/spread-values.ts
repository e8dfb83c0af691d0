/** Values of the series that are shown, window by window, kept from answer to answer: the next is a copy in which only what changed is set anew. */
import { isIn, isSameSpan, type Span } from '../plan/kept.ts'
import type { MergedRow } from './merged-row.ts'

type Column = (number | null)[]

/** What an answer shows. */
export interface Shown {
  readonly first: number
  readonly known: Span
  /** Numbers of the series. */
  readonly columns: readonly number[]
  /** By window from `first` on: null where it is not read. */
  readonly rows: readonly (MergedRow | null)[]
}

interface Kept extends Shown {
  readonly values: ReadonlyMap<number, Column>
}

export class SpreadValues {
  readonly #nothing: number | null
  #last: Kept | null = null

  /** `nothing`: what a window shows in which a series has nothing, and of which something is known. */
  constructor(nothing: number | null) {
    this.#nothing = nothing
  }

  forget(): void {
    this.#last = null
  }

  /** In the order of `columns`. No list that was answered is changed later; one in which nothing changed is answered again. */
  *of(shown: Shown, series: number): Generator<void, Column[]> {
    const { first, known, columns, rows } = shown
    const last = this.#last
    const blank = rows.map((_, at) => (isIn(known, first + at) ? this.#nothing : null))
    const shift = last === null ? 0 : first - last.first
    const isMoved = (at: number): boolean =>
      last === null ||
      at + shift < 0 ||
      at + shift >= last.rows.length ||
      rows[at] !== last.rows[at + shift] ||
      isIn(known, first + at) !== isIn(last.known, first + at)
    const moved: number[] = []
    for (let at = 0; at < rows.length; at++) if (isMoved(at)) moved.push(at)
    yield
    const isMost = last === null || moved.length * 2 > rows.length
    const isSameRange = last !== null && shift === 0 && last.rows.length === rows.length
    const changed = isSameRange ? columnsOf(moved, rows, last.rows, isSameSpan(known, last.known)) : null
    const values = new Map<number, Column>()
    const byColumn: (Column | undefined)[] = new Array(series)
    const fresh: (Column | undefined)[] = new Array(series)
    for (const column of columns) {
      const had = isMost ? undefined : last.values.get(column)
      if (had !== undefined && changed !== null && changed[column] !== true) {
        values.set(column, had)
        continue
      }
      const list = had === undefined ? blank.slice() : copied(had, shift, blank, moved)
      if (had === undefined) fresh[column] = list
      byColumn[column] = list
      values.set(column, list)
    }
    // Hot: plain loops make no garbage.
    const isAnyFresh = fresh.some((one) => one !== undefined)
    for (let n = 0; n < (isAnyFresh ? rows.length : moved.length); n++) {
      const at = isAnyFresh ? n : moved[n]!
      const row = rows[at]
      if (row == null) continue
      for (let place = 0; place < row.columns.length; place++) {
        const list = byColumn[row.columns[place]!]
        if (list !== undefined) list[at] = row.values[place]!
      }
      yield
    }
    this.#last = { ...shown, values }
    return columns.map((column) => values.get(column)!)
  }
}

/** Of the same range: series that had or have something in a window that moved; null where all may differ. */
function columnsOf(
  moved: readonly number[],
  rows: Shown['rows'],
  before: Shown['rows'],
  isSameKnown: boolean,
): boolean[] | null {
  if (!isSameKnown) return null
  const changed: boolean[] = []
  for (const at of moved)
    for (const row of [rows[at], before[at]]) for (const column of row?.columns ?? []) changed[column] = true
  return changed
}

function copied(had: Column, shift: number, blank: Column, moved: readonly number[]): Column {
  const list = shift >= 0 ? had.slice(shift, shift + blank.length) : blank.slice()
  if (shift < 0) for (let at = -shift; at < blank.length; at++) list[at] = had[at + shift] ?? null
  for (let n = 0; n < moved.length; n++) list[moved[n]!] = blank[moved[n]!]!
  return list
}
