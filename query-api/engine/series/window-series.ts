/** Answers a series of the windows that are kept, and of the range before. */
import type { SourceState } from '../../sources/provenance.ts'
import type { SeriesAnswer } from '../../wire.ts'
import { Columns } from './columns.ts'
import type { Resolution } from '../plan/resolution.ts'
import { SeriesExecution, type ExecutionContext } from './series-execution.ts'

export class WindowExecution extends SeriesExecution<Columns, Resolution> {
  constructor(resolution: Resolution, context: ExecutionContext) {
    const { resolved, interval, shift } = resolution
    super(
      resolution,
      shift !== null,
      context,
      (index) => new Columns(resolved, interval, context.partitions, index),
    )
  }

  moveTo(resolution: Resolution): void {
    this.plan = resolution
    const { first, end, shift } = resolution
    this.columns.now.moveTo(first, end)
    this.columns.before?.moveTo(first - shift!, end - shift!)
  }

  protected *answer(state: SourceState, nowMs: number): Generator<void, SeriesAnswer> {
    const { answer, shown } = yield* this.columns.now.finish(state, nowMs, this.take)
    if (this.columns.before === null) return answer
    const { timesMs, series, others, meta } = answer
    const before = yield* this.columns.before.valuesOf(shown, meta, others !== undefined)
    return {
      timesMs,
      series,
      ...(others !== undefined && { others: { ...others, previous: before.others! } }),
      previous: { shiftMs: this.plan.shift! * this.plan.interval.ms, values: before.values },
      meta,
    }
  }
}
