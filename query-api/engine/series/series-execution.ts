/** What executions of a series query have in common, be its windows those that are kept or days of a calendar. */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import type { SourceState } from '../../sources/provenance.ts'
import type { SeriesAnswer } from '../../wire.ts'
import type { Size } from '../plan/budget.ts'
import type { Hashes } from '../rows/chunks.ts'
import { Compared, type Gathered } from '../compared.ts'
import type { Execution } from '../rows/one-snapshot.ts'
import type { Marks } from '../rows/partition-rows.ts'
import type { Resolution } from '../plan/resolution.ts'
import { SeriesIndex } from '../rows/series-index.ts'

/** What an execution is told by the query it belongs to. */
export interface ExecutionContext {
  readonly partitions: number
  /** It led to an answer: what it holds is worth keeping. */
  readonly answered: (execution: Execution<unknown>) => void
  /** Throws answer_too_large, too_busy. */
  readonly take: (size: Size) => void
}

export abstract class SeriesExecution<
  G extends Gathered,
  P extends Pick<Resolution, 'resolved' | 'interval'>,
  A = SeriesAnswer,
> implements Execution<A>
{
  protected readonly index = new SeriesIndex()
  protected readonly columns: Compared<G>
  protected readonly take: (size: Size) => void
  protected plan: P
  readonly #answered: ExecutionContext['answered']

  constructor(
    plan: P,
    isCompared: boolean,
    { answered, take }: ExecutionContext,
    gather: (index: SeriesIndex) => G,
  ) {
    this.plan = plan
    this.take = take
    this.#answered = answered
    this.columns = new Compared(gather(this.index), isCompared ? gather(this.index) : null)
  }

  /** What it holds is of use for this plan too. */
  fits({ resolved, interval }: P): boolean {
    return resolved === this.plan.resolved && interval.name === this.plan.interval.name && !this.index.isWorn
  }

  abstract moveTo(plan: P): void

  wanted(partition: number, held: Hashes): Wanted {
    return this.columns.wanted(partition, held)
  }

  fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    return this.columns.fold(partition, held, marks)
  }

  get cells(): number {
    return this.columns.cells
  }

  lose(partition: number): void {
    this.columns.lose(partition)
  }

  *finish(state: SourceState, nowMs: number): Generator<void, A> {
    const answer = yield* this.answer(state, nowMs)
    this.#answered(this)
    return answer
  }

  protected abstract answer(state: SourceState, nowMs: number): Generator<void, A>
}
