/** Sums of cohorts, by name and in all, out of cells that lie by the dates of a zone. */
import type { Part } from '../../../model/measures/part.ts'
import type { RetentionRule, RetentionUnit } from '../../../model/definition.ts'
import type { Range } from '../../language/compare.ts'
import { badParam } from '../../problem.ts'
import { UTC_CALENDAR } from '../../language/calendar.ts'
import type { SeriesQuery } from '../../language/query.ts'
import type { Clocks } from '../../language/time.ts'
import { zoneOf, type TimeZone } from '../../language/zone.ts'
import { provenanceOf, type SourceState } from '../../sources/provenance.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { Provenance } from '../../wire.ts'
import { PointBudget } from '../plan/budget.ts'
import { CalendarColumns } from '../series/calendar-columns.ts'
import { calendarPlan, type CalendarPlan } from '../plan/calendar-plan.ts'
import type { Execution } from '../rows/one-snapshot.ts'
import { leftOutNotes, together, type LeftOut } from '../rows/partition-rows.ts'
import { chooseCells, type Choice } from '../plan/plan.ts'
import type { SeriesName } from '../plan/projection.ts'
import type { RangeSum } from '../rows/range-cells.ts'
import { firstOf } from '../rows/select.ts'
import { SeriesExecution, type ExecutionContext } from '../series/series-execution.ts'

/** Sums of one cohort, as they are asked for; null: nothing is known of it. */
export type Sums = readonly number[] | null

export interface Cohorts {
  readonly provenance: Provenance
  /** First day of each by its date, as if that were UTC, and of the one behind it. */
  readonly dates: readonly Range[]
  /** By name, the largest first: sums of each cohort. */
  readonly names: readonly {
    readonly name: SeriesName
    readonly sums: readonly Sums[]
    readonly doubts: readonly number[]
  }[]
  /** All past the limit. */
  readonly others: { readonly count: number; readonly sums: readonly Sums[] } | null
  readonly total: readonly Sums[]
  /** How many more members each cohort, or one of a name, may have: some have no name, or no filter could judge them. */
  readonly doubts: readonly number[]
  readonly notes: ReturnType<typeof leftOutNotes>
}

/** `figures`: statistics of the measure, the first of which orders names. */
export interface AskedCohorts {
  readonly query: SeriesQuery
  readonly figures: readonly string[]
  readonly zone: TimeZone
}

/** Throws bad_request. */
export function zoneOfRule({ name, zone }: RetentionRule): TimeZone {
  const found = zoneOf(zone)
  if (found !== null) return found
  throw badParam('retention', `the tables of this API hold no zone ${zone}, of which ${name} has its days`)
}

export const intervalOf = (unit: RetentionUnit): string => (unit === 'day' ? '1d' : '1w')

/** By the dates of the zone, as if they were UTC. */
export const asDates = ({ fromMs, toMs }: Range, zone: TimeZone): Range => ({
  fromMs: fromMs + zone.offsetAt(fromMs),
  toMs: toMs - 1 + zone.offsetAt(toMs - 1) + 1,
})

/** What is known, as clocks of the zone show it. */
function inZone(provenance: Provenance, zone: TimeZone): Provenance {
  const shown = <T extends number | null | undefined>(atMs: T): T =>
    (atMs == null ? atMs : atMs + zone.offsetAt(atMs)) as T
  const { asOfMs, sinceMs, lostBeforeMs } = provenance
  const bounds = { asOfMs: shown(asOfMs), sinceMs: shown(sinceMs) }
  return { ...provenance, ...bounds, ...(lostBeforeMs != null && { lostBeforeMs: shown(lostBeforeMs) }) }
}

/** Ready to be answered again and again, one answer at a time. */
export class PreparedCohorts {
  readonly #asked: AskedCohorts
  readonly #budget: PointBudget
  #chosen: { partitions: OpenSource['partitions']; choice: Extract<Choice, { is: 'rollup' }> } | null = null
  #kept: CohortsExecution | null = null

  constructor(asked: AskedCohorts, budget: PointBudget) {
    this.#asked = asked
    this.#budget = budget
  }

  /** `open`: with the source of the facts as it is read. `range`: of dates. Throws ProblemError. */
  execution(open: OpenSource, range: Range, clocks: Clocks): Execution<Cohorts> {
    const { query } = this.#asked
    if (this.#chosen?.partitions !== open.partitions)
      this.#chosen = { partitions: open.partitions, choice: chooseCells(query, open) }
    const { choice } = this.#chosen
    const plan = calendarPlan(choice.resolved, query.interval, range, clocks)
    const context: ExecutionContext = {
      partitions: open.partitions.length,
      answered: (execution) => void (this.#kept = execution as CohortsExecution),
      take: (size) => this.#budget.take(this, size),
    }
    const execution = this.#kept?.fits(plan) ? this.#kept : new CohortsExecution(plan, context, this.#asked)
    execution.moveTo(plan)
    return execution
  }

  get keptCells(): number {
    return this.#kept?.cells ?? 0
  }

  forget(): void {
    this.#kept = null
    this.#budget.release(this)
  }
}

/** What the cells of one cohort come to; they stay the same until one of them changes. */
interface Gathered {
  readonly total: Sums
  /** Of each name. */
  readonly sizes: readonly [column: number, size: number][]
}

class CohortsExecution extends SeriesExecution<CalendarColumns, CalendarPlan, Cohorts> {
  readonly #asked: AskedCohorts
  readonly #kept = new WeakMap<RangeSum, Gathered>()

  constructor(plan: CalendarPlan, context: ExecutionContext, asked: AskedCohorts) {
    super(plan, false, context, (index) => new CalendarColumns(plan, context.partitions, index))
    this.#asked = asked
  }

  moveTo(plan: CalendarPlan): void {
    this.plan = plan
    this.columns.now.moveTo(plan.buckets)
  }

  protected *answer(state: SourceState, nowMs: number): Generator<void, Cohorts> {
    const { resolved, interval, buckets } = this.plan
    const { parts, query } = resolved
    const { figures, zone } = this.#asked
    const provenance = provenanceOf(state, nowMs)
    const sums = yield* this.columns.now.sums(buckets, inZone(provenance, zone))
    const { shown, count } = yield* this.#rank(sums)
    const hasOthers = count > shown.length
    this.take({
      series: shown.length,
      // A cohort has each of its figures as a share too, and says when it was.
      windows: buckets.length * (2 * figures.length + 4),
      ranges: 1,
      hasOthers,
      interval,
      intervals: [],
    })
    const names: Cohorts['names'][number][] = []
    for (const column of shown) {
      const read = sums.map((sum) => this.#read(sum, sum.cells.get(column) ?? null))
      const doubts = sums.map(
        (sum) => this.#sizeOf(sum.leftOut?.cell ?? null) + this.#sizeOf(sum.unnamed(column)),
      )
      names.push({ name: this.index.names[column]!, sums: read, doubts })
      yield
    }
    const total: Sums[] = []
    for (const sum of sums) {
      total.push(this.#gathered(sum).total)
      yield
    }
    return {
      provenance,
      dates: buckets.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
      names: query.by.length === 0 ? [] : names,
      others: hasOthers ? { count: count - shown.length, sums: restOf(total, names) } : null,
      total,
      doubts: sums.map((sum) => this.#sizeOf(sum.leftOut?.cell ?? null)),
      notes: leftOutNotes(
        sums.reduce<LeftOut | null>((all, { leftOut }) => together(all, leftOut ?? undefined, parts), null),
      ),
    }
  }

  #sizeOf(part: Part | null): number {
    return part === null ? 0 : (this.plan.resolved.parts.read(part, this.#asked.figures[0]!) ?? 0)
  }

  #read({ isKnown }: RangeSum, part: Part | null): Sums {
    const { parts } = this.plan.resolved
    const { figures } = this.#asked
    if (part !== null) return figures.map((figure) => parts.read(part, figure) ?? 0)
    return isKnown ? figures.map(() => 0) : null
  }

  #gathered(sum: RangeSum): Gathered {
    const kept = this.#kept.get(sum)
    if (kept !== undefined) return kept
    const { parts } = this.plan.resolved
    const sizes: [column: number, size: number][] = []
    let whole: Part | null = null
    for (const [column, part] of sum.cells) {
      sizes.push([column, parts.read(part, this.#asked.figures[0]!) ?? 0])
      if (whole === null) whole = parts.copy(part)
      else parts.merge(whole, part)
    }
    const gathered = { total: this.#read(sum, whole), sizes }
    this.#kept.set(sum, gathered)
    return gathered
  }

  /** Names that have members in any cohort, the most first. */
  *#rank(sums: readonly RangeSum[]): Generator<void, { shown: number[]; count: number }> {
    const { query } = this.plan.resolved
    const sizes = new Map<number, number>()
    for (const sum of sums) {
      for (const [column, size] of this.#gathered(sum).sizes)
        sizes.set(column, (sizes.get(column) ?? 0) + size)
      yield
    }
    const found = [...sizes].filter(([, size]) => size > 0)
    const shown = yield* firstOf(found, query.limit, ([a, sizeA], [b, sizeB]) =>
      sizeA === sizeB ? (this.index.names[a]!.key < this.index.names[b]!.key ? -1 : 1) : sizeB - sizeA,
    )
    return { shown: shown.map(([column]) => column), count: found.length }
  }
}

/** What is left of each cohort without the names that are shown. */
const restOf = (total: readonly Sums[], names: Cohorts['names']): Sums[] =>
  total.map(
    (all, at) =>
      all?.map((sum, nth) => names.reduce((rest, { sums }) => rest - (sums[at]?.[nth] ?? 0), sum)) ?? null,
  )

export const cohortsQuery = (
  fact: string,
  unit: RetentionUnit,
  { weekStart }: RetentionRule,
  { source, by, where, limit }: Pick<SeriesQuery, 'source' | 'by' | 'where' | 'limit'>,
): SeriesQuery => ({
  source,
  metric: fact,
  stat: null,
  by,
  where,
  conditions: [],
  from: { absoluteMs: 0 },
  to: { absoluteMs: 1 },
  compare: null,
  calendar: { zone: UTC_CALENDAR.zone, weekStart },
  interval: intervalOf(unit),
  limit,
  format: 'columns',
  raw: false,
})
