/** Answers a series query from the mirrors of a source, and the range before it where that is asked for. */
import { PointBudget, type Size } from './budget.ts'
import { CALENDAR_INTERVALS } from './calendar-plan.ts'
import { CalendarExecution } from './calendar-series.ts'
import { Columns } from './columns.ts'
import { SeriesIndex } from './series-index.ts'
import type { Hashes } from './chunks.ts'
import type { Marks } from './partition-rows.ts'
import { answerable, catalogOf, choose, plan, type Choice, type Plan } from './plan.ts'
import type { Resolution } from './resolution.ts'
import type { SourceState } from '../sources/provenance.ts'
import type { SeriesQuery } from '../language/query.ts'
import type { OpenSource } from '../sources/sources.ts'
import { usesLatest, type Clocks } from '../language/time.ts'
import { joiner, type PreparedQuery, type Execution } from './one-snapshot.ts'
import type { SeriesAnswer } from '../wire.ts'

/** One query, ready to be answered again and again, one answer at a time; each after the first costs what changed. */
export class PreparedSeries implements PreparedQuery<SeriesAnswer> {
  readonly query: SeriesQuery
  readonly #budget: PointBudget
  #chosen: { partitions: OpenSource['partitions']; choice: Choice } | null = null
  /** The last that led to an answer: one that touches too many cells, tried before it, does not cost it. */
  #kept: SeriesExecution | CalendarExecution | null = null

  constructor(query: SeriesQuery, budget = new PointBudget()) {
    this.query = query
    this.#budget = budget
  }

  get usesLatest(): boolean {
    // Days are put together from what is kept now: by a clock of long ago some of it would be gone.
    const { from, to, interval, calendar } = this.query
    return calendar !== null || CALENDAR_INTERVALS.has(interval) || usesLatest(from) || usesLatest(to)
  }

  plan(open: OpenSource, clocks: Clocks): Plan {
    const catalog = catalogOf(open, clocks)
    if (this.#chosen?.partitions !== open.partitions)
      this.#chosen = { partitions: open.partitions, choice: choose(this.query, catalog) }
    return plan(this.query, catalog, this.#chosen.choice)
  }

  executions(open: OpenSource, clocks: Clocks): (() => Execution<SeriesAnswer>)[] {
    const [count, take] = [open.partitions.length, (size: Size) => this.#budget.take(this, size)]
    const answered = (execution: SeriesExecution | CalendarExecution): void => void (this.#kept = execution)
    return answerable(this.plan(open, clocks)).candidates.map((plan) => () => {
      const kept = this.#kept
      if ('buckets' in plan) {
        const isFit = kept instanceof CalendarExecution && kept.fits(plan)
        const execution = isFit ? kept : new CalendarExecution(plan, count, answered, take)
        execution.moveTo(plan)
        return execution
      }
      const isFit = kept instanceof SeriesExecution && kept.fits(plan)
      const execution = isFit ? kept : new SeriesExecution(plan, count, answered, take)
      execution.moveTo(plan)
      return execution
    })
  }

  get keptCells(): number {
    return this.#kept?.cells ?? 0
  }

  forget(): void {
    this.#kept = null
    this.#budget.release(this)
  }
}

class SeriesExecution implements Execution<SeriesAnswer> {
  readonly #index = new SeriesIndex()
  readonly #columns: Columns
  /** The range before, in windows of the same interval. */
  readonly #previous: Columns | null
  readonly #join: ((parts: readonly (readonly string[])[]) => readonly string[])[]
  readonly #answered: (execution: SeriesExecution) => void
  readonly #take: (size: Size) => void
  #resolution: Resolution

  constructor(
    resolution: Resolution,
    partitions: number,
    answered: (execution: SeriesExecution) => void,
    take: (size: Size) => void,
  ) {
    this.#resolution = resolution
    this.#answered = answered
    this.#take = take
    this.#columns = new Columns(resolution.resolved, resolution.interval, partitions, this.#index)
    this.#previous =
      resolution.shift === null
        ? null
        : new Columns(resolution.resolved, resolution.interval, partitions, this.#index)
    this.#join = Array.from({ length: partitions }, joiner)
  }

  fits({ resolved, interval }: Resolution): boolean {
    return (
      resolved === this.#resolution.resolved && interval === this.#resolution.interval && !this.#index.isWorn
    )
  }

  moveTo(resolution: Resolution): void {
    this.#resolution = resolution
    this.#columns.moveTo(resolution.first, resolution.end)
    this.#previous?.moveTo(resolution.first - resolution.shift!, resolution.end - resolution.shift!)
  }

  wanted(partition: number, held: Hashes): readonly string[] {
    const wanted = this.#columns.wanted(partition, held)
    return this.#previous === null
      ? wanted
      : this.#join[partition]!([wanted, this.#previous.wanted(partition, held)])
  }

  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    yield* this.#columns.fold(partition, held, marks)
    if (this.#previous !== null) yield* this.#previous.fold(partition, held, marks)
  }

  get cells(): number {
    return this.#columns.cells + (this.#previous?.cells ?? 0)
  }

  lose(partition: number): void {
    this.#columns.lose(partition)
    this.#previous?.lose(partition)
  }

  *finish(state: SourceState, nowMs: number): Generator<void, SeriesAnswer> {
    const { answer, shown } = yield* this.#columns.finish(state, nowMs, this.#take)
    this.#answered(this)
    if (this.#previous === null) return answer
    const { timesMs, series, others, meta } = answer
    const before = yield* this.#previous.valuesOf(shown, meta, others !== undefined)
    return {
      timesMs,
      series,
      ...(others !== undefined && { others: { ...others, previous: before.others! } }),
      previous: { shiftMs: this.#resolution.shift! * this.#resolution.interval.ms, values: before.values },
      meta,
    }
  }
}
