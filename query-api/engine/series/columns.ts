/**
 * Cells of all partitions to the columns of one answer. Merging is exact and order-free (law L8); what is known, kept or missing is
 * decided at the end, once it is clear where all partitions stand (laws L9 and L11). A live query keeps it from answer to answer, so
 * that the next one costs what changed.
 */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import type { Interval } from '../../../model/definition.ts'
import type { Int } from '../../../model/numbers/integer.ts'
import { approximateNote, greatestError } from '../approximate.ts'
import { MAX_CHUNKS, tooManyCells, type Size } from '../plan/budget.ts'
import { Chunks, type Hashes } from '../rows/chunks.ts'
import { HashCounts } from '../rows/hash-counts.ts'
import { othersOf } from './merged-row.ts'
import { MergedRows } from './merged-rows.ts'
import { firstOf } from '../rows/select.ts'
import type { SeriesIndex } from '../rows/series-index.ts'
import { leftOutNotes, PartitionRows, together, type Marks } from '../rows/partition-rows.ts'
import { isSameSpan, knownSpan, readableSpan, spread } from '../plan/kept.ts'
import type { ProblemError } from '../../problem.ts'
import { provenanceOf, type SourceState } from '../../sources/provenance.ts'
import { notesOf } from '../plan/projection.ts'
import { overMs, shownMetric, type ResolvedQuery } from '../plan/resolved-query.ts'
import type { SeriesBody } from './series-body.ts'
import { SpreadValues } from './spread-values.ts'
import { Uncertain } from './uncertain.ts'
import { zoneNote } from '../plan/zone-note.ts'
import { valueOfNothing } from '../statistic.ts'
import type { Provenance, SeriesAnswer } from '../../wire.ts'

export class Columns {
  readonly #resolved: ResolvedQuery
  readonly #interval: Interval
  readonly #partitions: PartitionRows[]
  readonly #counts: HashCounts
  readonly #merged: MergedRows
  readonly #index: SeriesIndex
  readonly #values: SpreadValues
  #first = 0
  #end = 0
  #last: SeriesBody | null = null
  /** Null where they were not counted since something changed. */
  #cells: number | null = null

  constructor(resolved: ResolvedQuery, interval: Interval, partitions: number, index: SeriesIndex) {
    this.#resolved = overMs(resolved, interval.ms)
    this.#interval = interval
    this.#index = index
    this.#values = new SpreadValues(valueOfNothing(this.#resolved.stat, this.#resolved.parts))
    const chunks = new Chunks(resolved.breakdown, interval)
    this.#partitions = Array.from(
      { length: partitions },
      () => new PartitionRows(resolved, chunks, (name) => index.of(name)),
    )
    this.#merged = new MergedRows(this.#resolved, this.#partitions)
    this.#counts = new HashCounts(partitions)
  }

  /** Windows `[first, end)` of the next answer. */
  moveTo(first: number, end: number): void {
    if (first !== this.#first || end < this.#end) {
      for (const rows of this.#partitions) rows.trim(first, end)
      this.#cells = null
    }
    if (first !== this.#first || end !== this.#end) this.#counts.forget()
    this.#first = first
    this.#end = end
  }

  /** Suffixes of the hashes that one partition must hold; more of them once its names are there. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): Wanted {
    const list = this.#partitions[partition]!.wanted(held, this.#first, this.#end, (chunks) => {
      this.#counts.set(partition, chunks)
      if (this.#counts.all > MAX_CHUNKS) throw this.#tooMany()
    })
    return [list]
  }

  /** Brings one partition up to what is held, of which all that {@link wanted} names is a part. */
  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    const made = yield* this.#partitions[partition]!.fold(held, marks, this.#first, this.#end)
    this.#merged.changed(made)
    if (made.size > 0) this.#last = this.#cells = null
  }

  lose(partition: number): void {
    if (!this.#partitions[partition]!.lose()) return
    this.#merged.forget()
    this.#values.forget()
    this.#last = this.#cells = null
  }

  get cells(): number {
    return (this.#cells ??= this.#partitions.reduce((sum, rows) => sum + rows.cells, 0))
  }

  /** The answer, and the numbers of its series. `take` hears how large it is before it is spread out, and may throw. */
  *finish(
    state: SourceState,
    nowMs: number,
    take: (size: Size) => void,
  ): Generator<void, { answer: SeriesAnswer; shown: number[] }> {
    const [resolved, interval, first, end] = [this.#resolved, this.#interval, this.#first, this.#end]
    const { query, source } = resolved
    const provenance = provenanceOf(state, nowMs)
    const body = yield* this.#body(provenance, take)
    return {
      answer: {
        timesMs: body.timesMs,
        series: body.series,
        ...(body.others !== null && { others: body.others }),
        meta: {
          ...provenance,
          source: source.name,
          metric: shownMetric(resolved),
          by: query.by.length > 0 ? query.by.join('+') : null,
          interval: interval.name,
          intervalMs: interval.ms,
          ...zoneNote(query),
          fromMs: first * interval.ms,
          toMs: end * interval.ms,
          seriesTotal: body.total,
          ...body.notes,
        },
      },
      shown: body.shown,
    }
  }

  /** All but what the answer knows of itself: the very same as the last where no cell, window or mask of what is known is another. */
  *#body(provenance: Provenance, take: (size: Size) => void): Generator<void, SeriesBody> {
    const [resolved, first, end] = [this.#resolved, this.#first, this.#end]
    const { query, source } = resolved
    const known = knownSpan(provenance, this.#interval, first, end)
    const there = readableSpan(provenance, this.#interval, first, end)
    const last = this.#last
    const isSameRange = last?.first === first && last.timesMs.length === end - first
    if (isSameRange && isSameSpan(last.known, known) && isSameSpan(last.there, there)) {
      take(last.size)
      return last
    }
    const { rows, leftOut } = yield* this.#merged.of(first, end, there)
    const { shown, total } = yield* this.#rank()
    const hasOthers = query.by.length > 0 && total > shown.length
    const uncertain = new Uncertain(resolved, this.#partitions, first, leftOut)
    const isBounded = uncertain.concerns(shown)
    const size: Size = {
      series: shown.length,
      windows: end - first,
      ranges: query.compare === null ? 1 : 2,
      hasOthers,
      isBounded,
      interval: this.#interval,
      intervals: source.intervals,
    }
    take(size)
    const values = yield* this.#values.of({ first, known, columns: shown, rows }, this.#index.names.length)
    const isKnown = isBounded || hasOthers ? spread(known, first, end) : []
    const bounds = isBounded ? yield* uncertain.boundsOf(shown, rows, isKnown) : []
    const others = hasOthers
      ? { count: total - shown.length, values: yield* othersOf(this.#resolved, rows, isKnown, shown) }
      : null
    const series = shown.map((column, n) => ({
      labels: this.#index.names[column]!.labels,
      ...notesOf(this.#index.names[column]!),
      values: values[n]!,
      ...bounds[n],
    }))
    const timesMs = isSameRange ? last.timesMs : rows.map((_, at) => (first + at) * this.#interval.ms)
    const notes = {
      ...leftOutNotes(leftOut.reduce((a, b) => together(a, b ?? undefined, resolved.parts), null)),
      ...(!resolved.parts.isExact && approximateNote(greatestError(rows.map((row) => row?.error ?? null)))),
    }
    this.#last = { first, known, there, size, timesMs, series, others, shown, total, notes }
    return this.#last
  }

  /** Values of series by their numbers, window after window; and of all others as one. */
  *valuesOf(
    shown: readonly number[],
    provenance: Provenance,
    withOthers: boolean,
  ): Generator<void, { values: (number | null)[][]; others: (number | null)[] | null }> {
    const [first, end] = [this.#first, this.#end]
    const known = knownSpan(provenance, this.#interval, first, end)
    const there = readableSpan(provenance, this.#interval, first, end)
    const { rows } = yield* this.#merged.of(first, end, there)
    return {
      values: yield* this.#values.of({ first, known, columns: shown, rows }, this.#index.names.length),
      others: withOthers ? yield* othersOf(this.#resolved, rows, spread(known, first, end), shown) : null,
    }
  }

  /** Numbers of the series that have most, by name where equal, and how many have something. Without `by` there is one series always. */
  *#rank(): Generator<void, { shown: number[]; total: number }> {
    const { query, projection } = this.#resolved
    const whole = query.by.length === 0 ? this.#index.of(projection.total) : null
    const found: { column: number; total: Int; key: string }[] = []
    for (const [column, { key }] of this.#index.names.entries()) {
      const total = this.#merged.totalOf(column) ?? (column === whole ? 0 : undefined)
      if (total !== undefined) found.push({ column, total, key })
    }
    const shown = yield* firstOf(found, query.limit, (a, b) =>
      a.total === b.total ? (a.key < b.key ? -1 : 1) : a.total > b.total ? -1 : 1,
    )
    return { shown: shown.map(({ column }) => column), total: found.length }
  }

  #tooMany(): ProblemError {
    return tooManyCells(
      `${this.#resolved.breakdown.name} at ${this.#interval.name}`,
      '/interval',
      'a coarser interval or a shorter range',
    )
  }
}
