/** Cells of one range of a query, over all its windows and partitions, added up by series. Kept from answer to answer: the next costs what changed. */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import type { Part, Parts } from '../../../model/measures/part.ts'
import { Chunks, type Hashes } from './chunks.ts'
import { HashCounts } from './hash-counts.ts'
import { MAX_CHUNKS, tooManyCells } from '../plan/budget.ts'
import type { SeriesIndex } from './series-index.ts'
import { PartitionRows, together, type LeftOut, type Marks } from './partition-rows.ts'
import { readableSpan } from '../plan/kept.ts'
import { isWithin } from '../../sources/provenance.ts'
import type { MetricQuery } from '../../language/query.ts'
import type { ResolvedQuery } from '../plan/resolved-query.ts'
import type { Run } from '../plan/time-tiling.ts'
import { WindowBlocks } from './window-blocks.ts'
import type { Provenance } from '../../wire.ts'

export interface RangeSum {
  /** Measures by number of the series. */
  cells: Map<number, Part>
  /** There is any window that something is known of. */
  isKnown: boolean
  leftOut: LeftOut | null
  /** What the budget of some partition did not name on some day, where a series may be part of it; null where it cannot be. */
  unnamed(column: number): Part | null
}

/** Of some windows, or of one in one partition; never written to. */
interface Sum {
  readonly cells: ReadonlyMap<number, Part>
  readonly leftOut: LeftOut | null
}

/** Adds up sums; a part that only one of them has is shared with it. */
class Joining implements Sum {
  readonly #parts: Parts
  readonly cells = new Map<number, Part>()
  /** Series whose part is of its own. */
  readonly #own = new Set<number>()
  leftOut: LeftOut | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  add({ cells, leftOut }: Sum): void {
    for (const [column, part] of cells) {
      const had = this.cells.get(column)
      if (had === undefined) this.cells.set(column, part)
      else if (this.#own.has(column)) this.#parts.merge(had, part)
      else {
        const copy = this.#parts.copy(had)
        this.#parts.merge(copy, part)
        this.cells.set(column, copy)
        this.#own.add(column)
      }
    }
    if (leftOut !== null) this.leftOut = together(this.leftOut, leftOut, this.#parts)
  }
}

function joined(parts: Parts, sums: readonly Sum[]): Sum {
  if (sums.length === 1) return sums[0]!
  const joining = new Joining(parts)
  for (const sum of sums) joining.add(sum)
  return joining
}

/** What each partition has of a window. */
function sumsOf(partitions: readonly PartitionRows[], window: number): Sum[] {
  const sums: Sum[] = []
  for (const rows of partitions) {
    const cells = rows.row(window)
    const leftOut = rows.leftOut(window) ?? null
    if (cells !== undefined && (cells.size > 0 || leftOut !== null)) sums.push({ cells, leftOut })
  }
  return sums
}

interface Kept {
  run: Run
  readonly partitions: readonly PartitionRows[]
  readonly counts: HashCounts
  readonly blocks: WindowBlocks<Sum>
}

/** Sums between two places where the work may be interrupted. */
const SUMS_A_LOOK = 20

export class RangeCells {
  readonly #resolved: ResolvedQuery<MetricQuery>
  readonly #index: SeriesIndex
  readonly #count: number
  /** By interval and its how-manieth run: going up to the coarse middle, an interval comes once, and once going down. */
  #kept = new Map<string, Kept>()
  #isAskedAgain = false

  constructor(resolved: ResolvedQuery<MetricQuery>, index: SeriesIndex, partitions: number) {
    this.#resolved = resolved
    this.#index = index
    this.#count = partitions
  }

  moveTo(runs: readonly Run[]): void {
    const next = new Map<string, Kept>()
    for (const run of runs) {
      const { interval, first, end } = run
      let nth = 0
      while (next.has(`${interval.name} ${nth}`)) nth++
      const key = `${interval.name} ${nth}`
      const kept = this.#kept.get(key) ?? this.#begin(run)
      if (kept.run.first !== first || kept.run.end > end) {
        for (const rows of kept.partitions) rows.trim(first, end)
        kept.blocks.trim(first, end)
      }
      if (kept.run.first !== first || kept.run.end !== end) kept.counts.forget()
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
    const blocks = new WindowBlocks<Sum>({
      leaf: (window) => joined(this.#resolved.parts, sumsOf(partitions, window)),
      join: (sums) => joined(this.#resolved.parts, sums),
    })
    return { run, partitions, counts: new HashCounts(this.#count), blocks }
  }

  /** Throws too_many_cells. */
  wanted(partition: number, held: Hashes): Wanted {
    const kept = [...this.#kept.values()]
    return kept.map(({ run, partitions, counts }) =>
      partitions[partition]!.wanted(held, run.first, run.end, (count) => {
        counts.set(partition, count)
        if (kept.reduce((sum, one) => sum + one.counts.all, 0) > MAX_CHUNKS)
          throw tooManyCells(this.#resolved.breakdown.name, '/from', 'a shorter range')
      }),
    )
  }

  /** Whether any of its windows is another one now. */
  *fold(partition: number, held: Hashes, marks: Marks): Generator<void, boolean> {
    let changed = false
    for (const { run, partitions, blocks } of this.#kept.values()) {
      const made = yield* partitions[partition]!.fold(held, marks, run.first, run.end)
      for (const window of made) blocks.changed(window)
      changed ||= made.size > 0
    }
    return changed
  }

  get cells(): number {
    let cells = 0
    for (const { partitions, blocks } of this.#kept.values()) {
      for (const rows of partitions) cells += rows.cells
      for (const block of blocks.kept) cells += block.cells.size
    }
    return cells
  }

  lose(partition: number): void {
    for (const { partitions, blocks } of this.#kept.values()) {
      partitions[partition]!.lose()
      blocks.clear()
    }
  }

  /** Of the windows that something is known of. Whoever asks again is answered from blocks of windows, of which few changed. */
  *sum(provenance: Provenance): Generator<void, RangeSum> {
    const sums: Sum[] = []
    let isKnown = false
    const unnamed = new Map<PartitionRows, Map<number, Part>>()
    for (const { run, partitions, blocks } of this.#kept.values()) {
      const { from, to } = readableSpan(provenance, { ...run.interval, keepMs: null }, run.first, run.end)
      if (from === to) continue
      isKnown ||= isWithin(provenance, from * run.interval.ms, to * run.interval.ms)
      if (this.#isAskedAgain) sums.push(...(yield* blocks.over(from, to)))
      else for (let window = from; window < to; window++) sums.push(...sumsOf(partitions, window))
      for (const rows of partitions)
        if (rows.mayBeUnnamed)
          for (let window = from; window < to; window++) this.#noteUnnamed(unnamed, rows, window)
      yield
    }
    this.#isAskedAgain = true
    const joining = new Joining(this.#resolved.parts)
    for (const [nth, sum] of sums.entries()) {
      joining.add(sum)
      if (nth % SUMS_A_LOOK === 0) yield
    }
    const { cells, leftOut } = joining
    return {
      cells,
      isKnown: isKnown || cells.size > 0,
      leftOut,
      unnamed: (column) => this.#unnamed(unnamed, column),
    }
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
}
