/**
 * Cells of all partitions to the columns of one answer. Merging is exact and order-free (law L8); what is known, kept or missing is
 * decided at the end, once it is clear where all partitions stand (laws L9 and L11). A live query keeps it from answer to answer, so
 * that the next one costs what changed.
 */
import type { Interval } from '../model/definition.ts'
import { add, type Int } from '../model/integer.ts'
import { mergeCell, type Cell } from '../model/measures.ts'
import { Chunks, type Hashes } from './chunks.ts'
import { PartitionRows, type Marks, type Row } from './partition-rows.ts'
import { isKept, type Plan } from './plan.ts'
import { ProblemError } from './problem.ts'
import type { SeriesName } from './projection.ts'
import { provenanceOf, type SourceStanding } from './provenance.ts'
import type { Question } from './question.ts'
import { valueOf, valueOfNothing, weightOf } from './statistic.ts'
import type { Series, SeriesAnswer } from './wire.ts'

/** Chunks one answer may touch, over all partitions: about a million cells. */
export const MAX_CHUNKS = 8192
/** Series numbers are not given back: past this many it is time to begin anew. */
const MANY_COLUMNS = 20_000

/** One window over all partitions: numbers of the series that have something, what is shown of each, and what it adds to its rank. */
interface MergedRow {
  columns: number[]
  values: (number | null)[]
  weights: Int[]
}

export class Columns {
  readonly #question: Question
  readonly #interval: Interval
  readonly #partitions: PartitionRows[]
  readonly #chunkCounts: number[]
  readonly #merged = new Map<number, MergedRow>()
  readonly #names: SeriesName[] = []
  readonly #numbers = new Map<string, number>()
  #first = 0
  #end = 0

  constructor(question: Question, interval: Interval, partitions: number) {
    this.#question = question
    this.#interval = interval
    const chunks = new Chunks(question.breakdown, interval)
    this.#partitions = Array.from({ length: partitions }, () => new PartitionRows(question, chunks, (name) => this.#columnOf(name)))
    this.#chunkCounts = new Array<number>(partitions).fill(0)
  }

  fits({ question, interval }: Plan): boolean {
    return question === this.#question && interval === this.#interval && this.#names.length < MANY_COLUMNS
  }

  /** The windows of the next answer. */
  moveTo({ first, end }: Plan): void {
    if (first !== this.#first || end < this.#end) {
      for (const rows of this.#partitions) rows.trim(first, end)
      for (const window of this.#merged.keys()) if (window < first || window >= end) this.#merged.delete(window)
    }
    this.#first = first
    this.#end = end
  }

  /** Suffixes of the hashes that one partition must hold; more of them once its names are there. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): readonly string[] {
    return this.#partitions[partition]!.wanted(held, this.#first, this.#end, (chunks) => {
      this.#chunkCounts[partition] = chunks
      if (this.#chunkCounts.reduce((sum, count) => sum + count, 0) > MAX_CHUNKS) throw this.#tooMany()
    })
  }

  /** Brings one partition up to what is held, of which all that {@link wanted} names is a part. */
  fold(partition: number, held: Hashes, marks: Marks): void {
    for (const window of this.#partitions[partition]!.fold(held, marks, this.#first, this.#end)) this.#merged.delete(window)
  }

  finish(standing: SourceStanding, nowMs: number): SeriesAnswer {
    const [question, interval, first, end] = [this.#question, this.#interval, this.#first, this.#end]
    const { query, source, metric, stat } = question
    const provenance = provenanceOf(standing, nowMs)
    const { sinceMs, asOfMs, latestMs } = provenance
    const timesMs = Array.from({ length: end - first }, (_, at) => (first + at) * interval.ms)
    const isKnown = timesMs.map((startMs, at) =>
      sinceMs !== null && asOfMs !== null && startMs < asOfMs && startMs + interval.ms > sinceMs && isKept(interval, first + at, latestMs))
    const rows = isKnown.map((known, at) => (known ? this.#rowOf(first + at) : null))
    const ranked = this.#rank(rows)
    const nothing = valueOfNothing(stat)
    const blank = isKnown.map((known) => (known ? nothing : null))
    const series = ranked.slice(0, query.limit).map((column): Series => ({ labels: this.#names[column]!.labels, values: blank.slice() }))
    // Hot: a thousand windows of many series, ten times a second. Plain loops make no garbage.
    const shown: (Series['values'] | undefined)[] = new Array(this.#names.length)
    for (let n = 0; n < series.length; n++) shown[ranked[n]!] = series[n]!.values
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]
      if (row == null) continue
      for (let n = 0; n < row.columns.length; n++) {
        const values = shown[row.columns[n]!]
        if (values !== undefined) values[at] = row.values[n]!
      }
    }
    const hasUnnamed = isKnown.some((known, at) => known && this.#partitions.some((one) => one.hasUnnamed(first + at)))
    return {
      timesMs,
      series,
      meta: {
        ...provenance,
        source: source.name,
        metric: `${source.name}.${metric.name}${metric.kind === 'stats' ? `.${stat}` : ''}`,
        by: query.by.length > 0 ? query.by.join('+') : null,
        interval: interval.name,
        intervalMs: interval.ms,
        fromMs: first * interval.ms,
        toMs: end * interval.ms,
        seriesTotal: ranked.length,
        ...(hasUnnamed && { unnamedLeftOut: true as const }),
      },
    }
  }

  /** Numbers of the series that have something, most first, by name where equal. A question without `by` has its one series always. */
  #rank(rows: readonly (MergedRow | null)[]): number[] {
    const totals: (Int | undefined)[] = new Array(this.#names.length)
    if (this.#question.query.by.length === 0) totals[this.#columnOf(this.#question.projection.total)] = 0
    for (const row of rows) {
      if (row === null) continue
      for (let n = 0; n < row.columns.length; n++) {
        const column = row.columns[n]!
        totals[column] = add(totals[column] ?? 0, row.weights[n]!)
      }
    }
    const found: { column: number; total: Int; key: string }[] = []
    for (const [column, total] of totals.entries()) if (total !== undefined) found.push({ column, total, key: this.#names[column]!.key })
    found.sort((a, b) => (a.total === b.total ? (a.key < b.key ? -1 : 1) : a.total > b.total ? -1 : 1))
    return found.map(({ column }) => column)
  }

  #rowOf(window: number): MergedRow {
    let merged = this.#merged.get(window)
    if (merged === undefined) this.#merged.set(window, (merged = this.#merge(window)))
    return merged
  }

  #merge(window: number): MergedRow {
    const { metric, stat } = this.#question
    const parts = this.#partitions.flatMap((one) => one.row(window) ?? [])
    const all: Row = parts.length === 1 ? parts[0]! : new Map()
    if (parts.length > 1)
      for (const part of parts)
        for (const [column, measures] of part) {
          const had: Cell | undefined = all.get(column)
          if (had === undefined) all.set(column, [...measures])
          else mergeCell(had, measures, [metric])
        }
    const cells = [...all.values()]
    return { columns: [...all.keys()], values: cells.map((cell) => valueOf(stat, cell, metric)), weights: cells.map((cell) => weightOf(stat, cell, metric)) }
  }

  #columnOf(name: SeriesName): number {
    let number = this.#numbers.get(name.key)
    if (number === undefined) {
      number = this.#names.push(name) - 1
      this.#numbers.set(name.key, number)
    }
    return number
  }

  #tooMany(): ProblemError {
    const detail = `${this.#question.breakdown.name} at ${this.#interval.name} over this range needs more than ${MAX_CHUNKS * 128} cells; ask for a coarser interval or a shorter range`
    return new ProblemError('too_many_cells', detail, [{ pointer: '/interval', detail }])
  }
}
