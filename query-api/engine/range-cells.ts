/** Cells of one range of a query, over all its windows and partitions, added up by series. Kept from answer to answer: the next costs what changed. */
import type { Part } from '../../model/measures/part.ts'
import { Chunks, type Hashes } from './chunks.ts'
import { MAX_CHUNKS, tooManyCells } from './budget.ts'
import type { SeriesIndex } from './series-index.ts'
import { PartitionRows, together, type LeftOut, type Marks } from './partition-rows.ts'
import { isReadable, isWithin } from '../sources/provenance.ts'
import type { MetricQuery } from '../language/query.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import type { Run } from './time-tiling.ts'
import { joiner } from './one-snapshot.ts'
import type { Provenance } from '../wire.ts'

export interface RangeSum {
  /** Measures by number of the series. */
  cells: Map<number, Part>
  /** There is any window that something is known of. */
  isKnown: boolean
  leftOut: LeftOut | null
  /** What the budget of some partition did not name on some day, where a series may be part of it; null where it cannot be. */
  unnamed(column: number): Part | null
}

interface Kept {
  run: Run
  readonly partitions: readonly PartitionRows[]
  readonly chunks: number[]
}

export class RangeCells {
  readonly #resolved: ResolvedQuery<MetricQuery>
  readonly #index: SeriesIndex
  readonly #count: number
  readonly #join: ((parts: readonly (readonly string[])[]) => readonly string[])[]
  /** By interval and its how-manieth run: going up to the coarse middle, an interval comes once, and once going down. */
  #kept = new Map<string, Kept>()

  constructor(resolved: ResolvedQuery<MetricQuery>, index: SeriesIndex, partitions: number) {
    this.#resolved = resolved
    this.#index = index
    this.#count = partitions
    this.#join = Array.from({ length: partitions }, joiner)
  }

  moveTo(runs: readonly Run[]): void {
    const next = new Map<string, Kept>()
    for (const run of runs) {
      const { interval, first, end } = run
      let nth = 0
      while (next.has(`${interval.name} ${nth}`)) nth++
      const key = `${interval.name} ${nth}`
      const kept = this.#kept.get(key) ?? this.#begin(run)
      if (kept.run.first !== first || kept.run.end > end)
        for (const rows of kept.partitions) rows.trim(first, end)
      kept.run = run
      next.set(key, kept)
    }
    this.#kept = next
  }

  #begin(run: Run): Kept {
    const chunks = new Chunks(this.#resolved.breakdown, run.interval)
    const partitions = Array.from(
      { length: this.#count },
      () => new PartitionRows(this.#resolved, chunks, (name) => this.#index.of(name)),
    )
    return { run, partitions, chunks: new Array<number>(this.#count).fill(0) }
  }

  /** Throws too_many_cells. */
  wanted(partition: number, held: Hashes): readonly string[] {
    return this.#join[partition]!(
      [...this.#kept.values()].map(({ run, partitions, chunks }) =>
        partitions[partition]!.wanted(held, run.first, run.end, (count) => {
          chunks[partition] = count
          if (this.#chunkCount() > MAX_CHUNKS)
            throw tooManyCells(this.#resolved.breakdown.name, '/from', 'a shorter range')
        }),
      ),
    )
  }

  /** Whether any of its windows is another one now. */
  *fold(partition: number, held: Hashes, marks: Marks): Generator<void, boolean> {
    let changed = false
    for (const { run, partitions } of this.#kept.values()) {
      const made = yield* partitions[partition]!.fold(held, marks, run.first, run.end)
      changed ||= made.size > 0
    }
    return changed
  }

  get cells(): number {
    let cells = 0
    for (const { partitions } of this.#kept.values()) for (const rows of partitions) cells += rows.cells
    return cells
  }

  lose(partition: number): void {
    for (const { partitions } of this.#kept.values()) partitions[partition]!.lose()
  }

  /** Of the windows that something is known of. */
  *sum(provenance: Provenance): Generator<void, RangeSum> {
    const { parts } = this.#resolved
    const cells = new Map<number, Part>()
    let isKnown = false
    let leftOut: LeftOut | null = null
    const unnamed = new Map<PartitionRows, Map<number, Part>>()
    for (const { run, partitions } of this.#kept.values())
      for (let window = run.first; window < run.end; window++) {
        const [startMs, endMs] = [window * run.interval.ms, (window + 1) * run.interval.ms]
        if (!isReadable(provenance, startMs, endMs)) continue
        isKnown ||= isWithin(provenance, startMs, endMs)
        for (const rows of partitions) {
          leftOut = together(leftOut, rows.leftOut(window), parts)
          this.#noteUnnamed(unnamed, rows, window)
          for (const [column, measures] of rows.row(window) ?? []) {
            isKnown = true
            const had = cells.get(column)
            if (had === undefined) cells.set(column, this.#resolved.parts.copy(measures))
            else this.#resolved.parts.merge(had, measures)
          }
          yield
        }
      }
    return { cells, isKnown, leftOut, unnamed: (column) => this.#unnamed(unnamed, column) }
  }

  /** By day, because names are given by day. */
  #noteUnnamed(found: Map<PartitionRows, Map<number, Part>>, rows: PartitionRows, window: number): void {
    const cell = rows.unnamed(window)
    if (cell === undefined) return
    const days = found.get(rows) ?? new Map<number, Part>()
    const had = days.get(rows.dayOf(window))
    if (had === undefined) days.set(rows.dayOf(window), this.#resolved.parts.copy(cell))
    else this.#resolved.parts.merge(had, cell)
    found.set(rows, days)
  }

  #unnamed(found: ReadonlyMap<PartitionRows, ReadonlyMap<number, Part>>, column: number): Part | null {
    let rest: Part | null = null
    for (const [rows, days] of found)
      for (const [day, cell] of days) {
        if (rows.isNamed(day, column)) continue
        if (rest === null) rest = this.#resolved.parts.copy(cell)
        else this.#resolved.parts.merge(rest, cell)
      }
    return rest
  }

  #chunkCount(): number {
    let count = 0
    for (const { chunks } of this.#kept.values()) for (const one of chunks) count += one
    return count
  }
}
