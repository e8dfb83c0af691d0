/** The cells of one partition, by window and series, kept from answer to answer: only windows whose cells changed are made anew. */
import { SLOTS } from '../../../model/chunk.ts'
import type { Cell } from '../../../model/measures.ts'
import type { Part, Parts } from '../../../model/measures/part.ts'
import { OTHER_ID } from '../../../model/dictionary.ts'
import { damaged } from '../../../store/errors.ts'
import type { Mirror } from '../../../store/mirror/mirror.ts'
import type { Chunks, Hash, Hashes } from './chunks.ts'
import type { MetricQuery } from '../../language/query.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'
import { UNJUDGED, type Projected, type SeriesName } from '../plan/projection.ts'
import { WantedHashes } from './wanted-hashes.ts'

/** Measures of one window, by number of the series. */
export type Row = Map<number, Part>

type Changes = ReturnType<Mirror<unknown>['changesSince']>
/** What a fold needs of the mirror beside its hashes. */
export interface Marks {
  readonly step: number
  changesSince(step: number): Changes
}

/** Series number of an id without a series: a filter holds it back. */
const NONE = -1
/** Series number of an id that no filter can judge, because it has no name, or its text is kept cut. */
const LEFT_OUT = -2

/** The names of a day: what each id counts in. */
interface Naming {
  readonly names: Hash | undefined
  readonly size: number
  readonly columns: readonly number[]
  /** Those within the budget as a set, once somebody asks. */
  named?: ReadonlySet<number>
}

/** Names between two places where the work may be interrupted. */
const NAMES_A_LOOK = 100

/** What an answer left out and may belong to it. */
export interface LeftOut {
  readonly cell: Part
  /** The budget gave it no name; its text is kept cut. */
  readonly isUnnamed: boolean
  readonly isCut: boolean
}

export function together(a: LeftOut | null, b: LeftOut | undefined, parts: Parts): LeftOut | null {
  if (a === null || b === undefined) return a ?? b ?? null
  const cell = parts.copy(a.cell)
  parts.merge(cell, b.cell)
  return { cell, isUnnamed: a.isUnnamed || b.isUnnamed, isCut: a.isCut || b.isCut }
}

/** The words of an answer's meta for it. */
export function leftOutNotes(leftOut: LeftOut | null): { unnamedLeftOut?: true; cutLeftOut?: true } {
  return {
    ...(leftOut?.isUnnamed && { unnamedLeftOut: true as const }),
    ...(leftOut?.isCut && { cutLeftOut: true as const }),
  }
}

export class PartitionRows {
  readonly #resolved: ResolvedQuery<MetricQuery>
  readonly #chunks: Chunks
  readonly #columnOf: (name: SeriesName) => number
  readonly #rows = new Map<number, Row>()
  /** Windows `[first, end)` that were made and are kept; never more than what the last fold was asked for. */
  #made: [first: number, end: number] = [0, 0]
  /** By window, measures of events that no filter could judge. */
  readonly #leftOut = new Map<number, LeftOut>()
  readonly #naming = new Map<number, Naming>()
  /** False while {@link unnamed} has nothing of any window. */
  mayBeUnnamed = false
  #mark: number | null = null
  readonly #wanted: WantedHashes

  constructor(resolved: ResolvedQuery<MetricQuery>, chunks: Chunks, columnOf: (name: SeriesName) => number) {
    this.#resolved = resolved
    this.#chunks = chunks
    this.#columnOf = columnOf
    this.#wanted = new WantedHashes(chunks, resolved.isTotal)
  }

  /** Suffixes needed for windows `[first, end)`; the same list while nothing about it changes. `count` hears how many chunks they are. */
  wanted(held: Hashes, first: number, end: number, count: (chunks: number) => void): readonly string[] {
    return this.#wanted.of(held, first, end, count)
  }

  /** Brings windows `[first, end)` up to what is held, of which {@link wanted} is a part; answers the windows made anew. */
  *fold(held: Hashes, marks: Marks, first: number, end: number): Generator<void, ReadonlySet<number>> {
    const changes = this.#mark === null ? null : marks.changesSince(this.#mark)
    this.#mark = marks.step
    if (changes === null) this.#made = [first, first]
    const dirty = new Set<number>()
    const [from, to] = this.#made
    for (let window = first; window < Math.min(from, end); window++) dirty.add(window)
    for (let window = Math.max(to, first); window < end; window++) dirty.add(window)
    this.#made = [first, end]
    for (const [suffix, fields] of changes ?? []) this.#markDirty(suffix, fields, first, end, dirty)
    for (const window of dirty) {
      this.#rows.set(window, new Map())
      this.#leftOut.delete(window)
    }
    if (dirty.size > 0) yield* this.#make(held, dirty)
    return dirty
  }

  /** Forgets all; false where there was nothing. */
  lose(): boolean {
    const had = this.#rows.size > 0
    this.#rows.clear()
    this.#leftOut.clear()
    this.#naming.clear()
    this.mayBeUnnamed = false
    this.#mark = null
    return had
  }

  /** Cells that it keeps. */
  get cells(): number {
    let cells = 0
    for (const row of this.#rows.values()) cells += row.size
    return cells
  }

  row(window: number): Row | undefined {
    return this.#rows.get(window)
  }

  dayOf(window: number): number {
    return this.#chunks.dayOf(window)
  }

  /** What the budget of this partition did not name in a window, where it is a series of its own. */
  unnamed(window: number): Part | undefined {
    const other = this.#naming.get(this.dayOf(window))?.columns[OTHER_ID]
    return other === undefined ? undefined : this.#rows.get(window)?.get(other)
  }

  /**
   * All that belongs to a series has its name in this partition on that day, from its first event on: nothing of it is among what is not named.
   * Names past the budget came late; part of theirs may be.
   */
  isNamed(day: number, column: number): boolean {
    const naming = this.#naming.get(day)
    if (naming === undefined) return false
    if (column === naming.columns[OTHER_ID]) return true
    if (!this.#resolved.projection.isWhole) return false
    naming.named ??= new Set(naming.columns.slice(0, this.#resolved.source.budget + 1))
    return naming.named.has(column)
  }

  leftOut(window: number): LeftOut | undefined {
    return this.#leftOut.get(window)
  }

  /** Lets go of windows outside of `[first, end)`: asked for once more, they are made anew, also where no fold came in between. */
  trim(first: number, end: number): void {
    const [from, to] = this.#made
    const begin = Math.max(from, first)
    this.#made = [begin, Math.max(begin, Math.min(to, end))]
    for (const window of this.#rows.keys())
      if (window < first || window >= end) {
        this.#rows.delete(window)
        this.#leftOut.delete(window)
      }
    const days = new Set(this.#chunks.days(first, end))
    for (const day of this.#naming.keys()) if (!days.has(day)) this.#naming.delete(day)
  }

  #markDirty(
    suffix: string,
    fields: ReadonlySet<string> | null,
    first: number,
    end: number,
    dirty: Set<number>,
  ): void {
    const chunk = this.#chunks.parse(suffix)
    if (chunk === null) return
    if (fields === null) {
      const [from, to] = this.#chunks.windows(chunk)
      for (let window = Math.max(from, first); window < Math.min(to, end); window++) dirty.add(window)
      return
    }
    for (const field of fields) {
      const { windowNumber } = this.#chunks.cellAt(chunk, field)
      if (windowNumber >= first && windowNumber < end) dirty.add(windowNumber)
    }
  }

  *#make(held: Hashes, dirty: ReadonlySet<number>): Generator<void> {
    const { parts, isTotal, projection } = this.#resolved
    // Of the window before: its cells lie side by side.
    let windowBefore = -1
    let row: Row | undefined
    let columns: readonly number[] = NO_COLUMNS
    const total = isTotal ? this.#columnOf(projection.total) : NONE
    for (const [from, to] of runsOf(dirty)) {
      if (!this.#resolved.isTotal)
        for (const day of this.#chunks.days(from, to)) yield* this.#nameDay(held, day)
      for (const chunk of this.#chunks.held(held, from, to)) {
        yield
        const suffix = this.#chunks.suffix(chunk)
        const hash = held.get(suffix)
        if (hash === undefined) continue
        for (const slot of slotsOf(hash)) {
          const cell = hash.get(slot)
          if (cell === undefined || typeof cell === 'string') continue
          const { windowNumber, id } = this.#chunks.cellAt(chunk, slot)
          if (windowNumber < from || windowNumber >= to) continue
          if (windowNumber !== windowBefore) {
            windowBefore = windowNumber
            row = this.#rows.get(windowNumber)
            columns = this.#naming.get(this.#chunks.dayOf(windowNumber))?.columns ?? NO_COLUMNS
          }
          const column = isTotal ? total : columns[id]
          if (column === undefined || column === NONE) continue
          const measures = partOf(parts, suffix, hash, slot, cell as Cell)
          if (column === LEFT_OUT) {
            this.#leaveOut(windowNumber, measures, id === OTHER_ID)
            continue
          }
          if (column === columns[OTHER_ID]) this.mayBeUnnamed = true
          const had = row!.get(column)
          if (had === undefined) row!.set(column, measures)
          else parts.merge(had, measures)
        }
      }
    }
  }

  #leaveOut(window: number, cell: Part, isUnnamed: boolean): void {
    this.#leftOut.set(
      window,
      together(
        this.#leftOut.get(window) ?? null,
        { cell, isUnnamed, isCut: !isUnnamed },
        this.#resolved.parts,
      )!,
    )
  }

  /** Gives the names of a day their series: once, and again when there are more. */
  *#nameDay(held: Hashes, day: number): Generator<void> {
    const { projection, source } = this.#resolved
    const names = held.get(this.#chunks.namesOf(day))
    const known = this.#naming.get(day)
    if (known !== undefined && known.names === names && known.size === names?.size) return
    const columns: number[] = []
    const number = (series: Projected): number =>
      series === null ? NONE : series === UNJUDGED ? LEFT_OUT : this.#columnOf(series)
    const isWhole = (name: string): boolean =>
      ((names?.get(name) as number | undefined) ?? Infinity) <= source.budget
    columns[OTHER_ID] = projection.isNamed(isWhole) ? NONE : number(projection.other)
    let done = 0
    for (const [name, given] of names ?? []) {
      columns[given as number] = number(projection.of(name))
      if (++done % NAMES_A_LOOK === 0) yield
    }
    this.#naming.set(day, { names, size: names?.size ?? 0, columns })
  }
}

const NO_COLUMNS: readonly number[] = []
const SLOT_NAMES = Array.from({ length: SLOTS }, (_, slot) => String(slot))

/** Where its cells may be: beside large ones lie many fields that are none. */
const slotsOf = (hash: Hash): Iterable<string> => (hash.size > SLOTS ? SLOT_NAMES : hash.keys())

/** Throws StoreError where what lies beside the cell does not belong to it. */
function partOf(parts: Parts, suffix: string, hash: Hash, slot: string, cell: Cell): Part {
  try {
    return parts.of(cell, (name) => {
      const piece = hash.get(`${slot}.${name}`)
      return typeof piece === 'string' ? Buffer.from(piece, 'latin1') : null
    })
  } catch (error) {
    throw error instanceof RangeError
      ? damaged(suffix, slot, `holds bytes that are not of this layout (${error.message})`)
      : error
  }
}

/** `{3, 4, 5, 9}` to `[3, 6), [9, 10)`. */
function runsOf(windows: ReadonlySet<number>): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const window of [...windows].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === window) last[1] = window + 1
    else runs.push([window, window + 1])
  }
  return runs
}
