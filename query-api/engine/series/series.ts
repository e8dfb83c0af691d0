/** Answers a series query from the mirrors of a source, and the range before it where that is asked for. */
import { PointBudget, type Size } from '../plan/budget.ts'
import { CALENDAR_INTERVALS } from '../plan/calendar-plan.ts'
import { CalendarExecution } from './calendar-series.ts'
import { answerable, catalogOf, choose, plan, type Choice, type Plan } from '../plan/plan.ts'
import type { SeriesQuery } from '../../language/query.ts'
import type { OpenSource } from '../../sources/sources.ts'
import { usesLatest, type Clocks } from '../../language/time.ts'
import type { PreparedQuery, Execution } from '../rows/one-snapshot.ts'
import type { ExecutionContext } from './series-execution.ts'
import { WindowExecution } from './window-series.ts'
import type { SeriesAnswer } from '../../wire.ts'

type Kept = WindowExecution | CalendarExecution

/** One query, ready to be answered again and again, one answer at a time; each after the first costs what changed. */
export class PreparedSeries implements PreparedQuery<SeriesAnswer> {
  readonly query: SeriesQuery
  readonly #budget: PointBudget
  #chosen: { partitions: OpenSource['partitions']; choice: Choice } | null = null
  /** The last that led to an answer: one that touches too many cells, tried before it, does not cost it. */
  #kept: Kept | null = null

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
    const context: ExecutionContext = {
      partitions: open.partitions.length,
      answered: (execution) => void (this.#kept = execution as Kept),
      take: (size: Size) => this.#budget.take(this, size),
    }
    return answerable(this.plan(open, clocks)).candidates.map((plan) => () => {
      const kept = this.#kept
      if ('buckets' in plan) {
        const isFit = kept instanceof CalendarExecution && kept.fits(plan)
        const execution = isFit ? kept : new CalendarExecution(plan, context)
        execution.moveTo(plan)
        return execution
      }
      const isFit = kept instanceof WindowExecution && kept.fits(plan)
      const execution = isFit ? kept : new WindowExecution(plan, context)
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
