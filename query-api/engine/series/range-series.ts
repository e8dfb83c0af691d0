/** A statistic over stretches of time that may overlap, one value a stretch: each is put together from the windows that lie inside it. */
import type { Source } from '../../../model/definition.ts'
import type { MetricQuery, SeriesQuery } from '../../language/query.ts'
import type { Clocks } from '../../language/time.ts'
import { UTC_CALENDAR } from '../../language/calendar.ts'
import type { Range } from '../../language/compare.ts'
import { ProblemError } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { SeriesAnswer } from '../../wire.ts'
import { PointBudget, tooManyCells } from '../plan/budget.ts'
import { CalendarExecution } from './calendar-series.ts'
import type { Bucket, CalendarPlan } from '../plan/calendar-plan.ts'
import { cover } from '../plan/covering.ts'
import { isKept } from '../plan/kept.ts'
import type { Execution, PreparedQuery } from '../rows/one-snapshot.ts'
import { chooseCells } from '../plan/plan.ts'

/** Windows of all stretches together. */
const MAX_WINDOWS = 100_000

export interface RangesQuery extends MetricQuery {
  /** Most series, by what they have over all stretches. */
  readonly limit: number
  /** Where each stretch ends, ms since 1970, ascending; all are `lengthMs` long. */
  readonly endsMs: readonly number[]
  readonly lengthMs: number
}

export interface RangesAnswer extends Pick<SeriesAnswer, 'meta'> {
  /** One a stretch, in order; null where it is not known, or where what is kept does not cover it. */
  readonly series: readonly { labels: SeriesAnswer['series'][number]['labels']; values: (number | null)[] }[]
}

/** Ends are rounded down to a window that is kept of that time, so that a stretch is whole windows. */
export class PreparedRanges implements PreparedQuery<RangesAnswer> {
  readonly usesLatest = true
  readonly keptCells = 0
  readonly #query: RangesQuery
  readonly #budget: PointBudget

  constructor(query: RangesQuery, budget = new PointBudget()) {
    this.#query = query
    this.#budget = budget
  }

  /** Throws what a series query of the same may be refused with. */
  executions(open: OpenSource, clocks: Clocks): (() => Execution<RangesAnswer>)[] {
    const query = asSeries(this.#query)
    const { resolved } = chooseCells(query, open)
    const { lengthMs, endsMs } = this.#query
    const places = endsMs.map((endMs) => stretchTo(resolved.source, endMs, lengthMs, clocks.clockMs))
    const buckets = bucketsOf(resolved.source, places, clocks.clockMs)
    if (buckets.size === 0) throw notKept(resolved.source, lengthMs)
    const plan: CalendarPlan = {
      resolved,
      calendar: UTC_CALENDAR,
      interval: { name: `${lengthMs}ms`, ms: lengthMs, keepMs: null },
      buckets: [...buckets.values()],
      before: null,
    }
    return [() => this.#execution(plan, places, open.partitions.length)]
  }

  forget(): void {
    this.#budget.release(this)
  }

  #execution(
    plan: CalendarPlan,
    places: readonly (Range | null)[],
    partitions: number,
  ): Execution<RangesAnswer> {
    const execution = new CalendarExecution(plan, {
      partitions,
      answered: () => {},
      take: (size) => this.#budget.take(this, size),
    })
    execution.moveTo(plan)
    const at = new Map(plan.buckets.map(({ fromMs }, place) => [fromMs, place]))
    return {
      wanted: (partition, held) => execution.wanted(partition, held),
      fold: (partition, held, marks) => execution.fold(partition, held, marks),
      lose: (partition) => execution.lose(partition),
      *finish(state, nowMs) {
        const { series, meta } = yield* execution.finish(state, nowMs)
        const gone = new Set(meta.partial?.map(({ atMs }) => atMs))
        const chosen = places.map((place) =>
          place === null || gone.has(place.fromMs) ? undefined : at.get(place.fromMs),
        )
        return {
          meta,
          series: series.map(({ labels, values }) => ({
            labels,
            values: chosen.map((place) => (place === undefined ? null : values[place]!)),
          })),
        }
      },
    }
  }
}

function asSeries({ source, metric, stat, by, where, conditions, limit }: RangesQuery): SeriesQuery {
  const never = { absoluteMs: 0 }
  const rest = { interval: '', format: 'columns', raw: false, compare: null, calendar: null } as const
  return { source, metric, stat, by, where, conditions, limit, from: never, to: never, ...rest }
}

/** The stretch that ends at the last window which is kept of that time; null where none is short enough. */
function stretchTo(
  { intervals }: Source,
  endMs: number,
  lengthMs: number,
  clockMs: number | null,
): Range | null {
  const interval = intervals.find(({ ms, ...one }) => {
    const fromMs = Math.floor(endMs / ms) * ms - lengthMs
    return lengthMs % ms === 0 && fromMs >= 0 && isKept({ ms, ...one }, fromMs / ms, clockMs)
  })
  if (interval === undefined) return null
  const toMs = Math.floor(endMs / interval.ms) * interval.ms
  return { fromMs: toMs - lengthMs, toMs }
}

/** Each once, by where it begins. Throws too_many_cells. */
function bucketsOf(
  { intervals }: Source,
  places: readonly (Range | null)[],
  clockMs: number | null,
): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>()
  let windows = 0
  for (const place of places) {
    if (place === null || buckets.has(place.fromMs)) continue
    const covering = cover(intervals, place, clockMs)
    if ((windows += covering.windows) > MAX_WINDOWS)
      throw tooManyCells('this', '/step', 'a longer step, or a shorter range')
    buckets.set(place.fromMs, { ...place, ...covering })
  }
  return buckets
}

function notKept({ name, intervals }: Source, lengthMs: number): ProblemError {
  const kept = intervals.map((interval) => interval.name).join(', ')
  const detail = `${lengthMs / 1000} s cannot be put together from what ${name} keeps of that time: windows of ${kept}; a range is some whole windows long`
  return new ProblemError('interval_too_fine', detail, [{ pointer: '/query', detail }])
}
