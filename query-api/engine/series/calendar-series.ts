/** Answers a series of days, weeks or months, and of those it is compared with. */
import { add, type Int } from '../../../model/numbers/integer.ts'
import type { Part } from '../../../model/measures/part.ts'
import { approximateNote, greatestError } from '../approximate.ts'
import { boundsOf, type Between } from '../bounds.ts'
import { CalendarColumns } from './calendar-columns.ts'
import type { CalendarPlan } from '../plan/calendar-plan.ts'
import { goneSince } from '../plan/covering.ts'
import { leftOutNotes, together, type LeftOut } from '../rows/partition-rows.ts'
import { notesOf } from '../plan/projection.ts'
import type { RangeSum } from '../rows/range-cells.ts'
import { overMs, shownMetric, type ResolvedQuery } from '../plan/resolved-query.ts'
import { firstOf } from '../rows/select.ts'
import { SeriesExecution, type ExecutionContext } from './series-execution.ts'
import { valueOfNothing } from '../statistic.ts'
import { zoneNote } from '../plan/zone-note.ts'
import { provenanceOf, type SourceState } from '../../sources/provenance.ts'
import type { Provenance, Series, SeriesAnswer } from '../../wire.ts'

type Values = (number | null)[]

/** One bucket: what its series have, and the query over its own length. */
interface Filled {
  readonly sum: RangeSum
  readonly resolved: ResolvedQuery
}

export class CalendarExecution extends SeriesExecution<CalendarColumns, CalendarPlan> {
  constructor(plan: CalendarPlan, context: ExecutionContext) {
    // Buckets compared with are often those of the range itself, which are then kept once.
    super(
      plan,
      plan.before !== null,
      context,
      (index) => new CalendarColumns(plan, context.partitions, index),
    )
  }

  moveTo(plan: CalendarPlan): void {
    this.plan = plan
    this.columns.now.moveTo(plan.buckets)
    this.columns.before?.moveTo(plan.before!)
  }

  protected *answer(state: SourceState, nowMs: number): Generator<void, SeriesAnswer> {
    const { resolved, interval, buckets, before } = this.plan
    const { query, source } = resolved
    const provenance = provenanceOf(state, nowMs)
    const now = this.#filled(buckets, yield* this.columns.now.sums(buckets, provenance))
    const then =
      before === null ? null : this.#filled(before, yield* this.columns.before!.sums(before, provenance))
    const { shown, total } = yield* this.#rank(now)
    const hasOthers = query.by.length > 0 && total > shown.length
    const isBounded = shown.some((column) => now.some(({ sum }) => restOf(sum, column, resolved) !== null))
    const ranges = then === null ? 1 : 2
    this.take({
      series: shown.length,
      windows: buckets.length,
      ranges,
      hasOthers,
      isBounded,
      interval,
      intervals: source.intervals,
    })
    const series: Series[] = []
    for (const column of shown) {
      const name = this.index.names[column]!
      const values = now.map((bucket) => valueOf(bucket, column))
      const bounds = isBounded ? bounded(now, column, values) : {}
      series.push({ labels: name.labels, ...notesOf(name), values, ...bounds })
      yield
    }
    const others = hasOthers ? yield* othersOf(now, shown) : null
    const othersThen = hasOthers && then !== null ? yield* othersOf(then, shown) : null
    return {
      timesMs: buckets.map(({ fromMs }) => fromMs),
      series,
      ...(others !== null && {
        others: {
          count: total - shown.length,
          values: others,
          ...(othersThen !== null && { previous: othersThen }),
        },
      }),
      ...(then !== null && {
        previous: {
          shiftMs: buckets[0]!.fromMs - before![0]!.fromMs,
          timesMs: before!.map(({ fromMs }) => fromMs),
          values: shown.map((column) => then.map((bucket) => valueOf(bucket, column))),
        },
      }),
      meta: {
        ...provenance,
        source: source.name,
        metric: shownMetric(resolved),
        by: query.by.length > 0 ? query.by.join('+') : null,
        interval: interval.name,
        intervalMs: interval.ms,
        ...zoneNote(query, true),
        fromMs: buckets[0]!.fromMs,
        toMs: buckets.at(-1)!.toMs,
        seriesTotal: total,
        ...this.#missing(provenance),
        ...leftOutNotes(
          now.reduce<LeftOut | null>(
            (all, { sum }) => together(all, sum.leftOut ?? undefined, resolved.parts),
            null,
          ),
        ),
        ...approximateNote(this.#error(now)),
      },
    }
  }

  /** Of what has happened by now, where no window that is kept lies inside its bucket. */
  #missing({ asOfMs, latestMs }: Provenance): Pick<SeriesAnswer['meta'], 'partial'> {
    const { buckets, before } = this.plan
    const partial = [...(before ?? []), ...buckets].flatMap((bucket) =>
      [...bucket.missing, ...goneSince(bucket, latestMs)].flatMap(({ fromMs, toMs }) =>
        asOfMs === null || fromMs < asOfMs ? [{ atMs: bucket.fromMs, fromMs, toMs }] : [],
      ),
    )
    const once = new Map(partial.map((one) => [one.fromMs, one]))
    return once.size === 0 ? {} : { partial: [...once.values()].sort((a, b) => a.fromMs - b.fromMs) }
  }

  #filled(buckets: CalendarPlan['buckets'], sums: readonly RangeSum[]): Filled[] {
    return sums.map((sum, at) => {
      const { fromMs, toMs, missing } = buckets[at]!
      const missingMs = missing.reduce((all, one) => all + one.toMs - one.fromMs, 0)
      return { sum, resolved: overMs(this.plan.resolved, Math.max(1, toMs - fromMs - missingMs)) }
    })
  }

  *#rank(filled: readonly Filled[]): Generator<void, { shown: number[]; total: number }> {
    const { query, projection, parts, stat } = this.plan.resolved
    const totals = new Map<number, Int>()
    if (query.by.length === 0) totals.set(this.index.of(projection.total), 0)
    for (const { sum } of filled) {
      for (const [column, part] of sum.cells)
        totals.set(column, add(totals.get(column) ?? 0, parts.weight(part, stat)))
      yield
    }
    const found = [...totals].map(([column, total]) => ({
      column,
      total,
      key: this.index.names[column]!.key,
    }))
    const shown = yield* firstOf(found, query.limit, (a, b) =>
      a.total === b.total ? (a.key < b.key ? -1 : 1) : a.total > b.total ? -1 : 1,
    )
    return { shown: shown.map(({ column }) => column), total: found.length }
  }

  #error(filled: readonly Filled[]): ReturnType<typeof greatestError> {
    const { parts, stat } = this.plan.resolved
    if (parts.isExact) return null
    return greatestError(
      filled.flatMap(({ sum }) => [...sum.cells.values()].map((one) => parts.error(one, stat))),
    )
  }
}

function valueOf({ sum, resolved }: Filled, column: number): number | null {
  const part = sum.cells.get(column)
  if (part !== undefined) return resolved.parts.read(part, resolved.stat)
  return sum.isKnown ? valueOfNothing(resolved.stat, resolved.parts) : null
}

/** Of each bucket all that is not shown, as one. */
function* othersOf(filled: readonly Filled[], shown: readonly number[]): Generator<void, Values> {
  const isShown = new Set(shown)
  const values: Values = []
  for (const { sum, resolved } of filled) {
    const { parts, stat, overlaps } = resolved
    let whole: Part | null = null
    for (const [column, part] of sum.cells) {
      if (isShown.has(column)) continue
      if (whole === null) whole = parts.copy(part)
      else parts.merge(whole, part)
    }
    const nothing = sum.isKnown ? valueOfNothing(stat, parts) : null
    values.push(overlaps ? null : whole === null ? nothing : parts.read(whole, stat))
    yield
  }
  return values
}

/** What may belong to a series beside what is counted in it; null where nothing may. */
function restOf(sum: RangeSum, column: number, { parts, isTotal }: ResolvedQuery): Part | null {
  const [left, unnamed] = [sum.leftOut?.cell ?? null, isTotal ? null : sum.unnamed(column)]
  if (left === null || unnamed === null) return left ?? unnamed
  const rest = parts.copy(left)
  parts.merge(rest, unnamed)
  return rest
}

function bounded(filled: readonly Filled[], column: number, values: Values): Pick<Series, 'least' | 'most'> {
  let isBounded = false
  const between = filled.map(({ sum, resolved }, at): Between => {
    const rest = restOf(sum, column, resolved)
    const { parts, stat } = resolved
    const bounds = rest === null ? null : boundsOf(stat, parts, sum.cells.get(column) ?? null, rest)
    if (bounds !== null) isBounded = true
    return bounds ?? { least: values[at]!, most: values[at]! }
  })
  return isBounded ? { least: between.map(({ least }) => least), most: between.map(({ most }) => most) } : {}
}
