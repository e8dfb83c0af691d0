/**
 * How a query is answered: from cells that are kept, from the log itself, or not at all, with what would help. Choosing is apart from
 * executing: a plan depends on its arguments alone.
 */
import type { Breakdown, Source } from '../../model/definition.ts'
import type { SeriesQuery, TopQuery } from '../language/query.ts'
import type { Clocks } from '../language/time.ts'
import { ProblemError } from '../problem.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { CalendarPlan } from './calendar-plan.ts'
import { breakdownNeeded, type Help } from './help.ts'
import { resolutionsFor, type Resolution } from './resolution.ts'
import { breakdownFor, resolvedOver, resolveMetric, type ResolvedQuery } from './resolved-query.ts'
import { tilingsFor, type Tiling } from './time-tiling.ts'

/** What a plan goes by. */
export interface PlanCatalog {
  readonly source: Source
  /** Of its topic: what is kept is kept in each. */
  readonly partitions: number
  readonly clocks: Clocks
  /** Raw events can be read again from the log for an answer. */
  readonly canScan: boolean
}

type Query = SeriesQuery | TopQuery
/** A way to cut the range into windows. */
type CandidateOf<Q extends Query> = Q extends SeriesQuery ? Resolution | CalendarPlan : Tiling

interface Answerable<Q extends Query> {
  readonly resolved: ResolvedQuery<Q>
  /** In the order of preference; the later ones are for when the earlier touch too many cells. Never empty. */
  readonly candidates: readonly CandidateOf<Q>[]
}

/** From cells of a breakdown that holds all the fields. */
export interface Rollup<Q extends Query = SeriesQuery> extends Answerable<Q> {
  readonly is: 'rollup'
}

/**
 * From the log: `resolved.source` is the source with the breakdown asked for and no other beside the total, of which every window is
 * kept, so that whoever folds the events of the range by it has the cells that the candidates name.
 */
export interface Scan<Q extends Query = SeriesQuery> extends Answerable<Q> {
  readonly is: 'scan'
  /** What would make it a rollup. */
  readonly help: Help
}

export interface Refuse {
  readonly is: 'refuse'
  readonly problem: ProblemError
  /** Null where no definition would help: the query itself is at fault. */
  readonly help: Help | null
}

export type Plan<Q extends Query = SeriesQuery> = Rollup<Q> | Scan<Q> | Refuse

/** What of a plan depends on the definition alone: live queries choose once and plan again as time moves on. */
export type Choice<Q extends Query = SeriesQuery> =
  | Pick<Rollup<Q>, 'is' | 'resolved'>
  | Pick<Scan<Q>, 'is' | 'resolved' | 'help'>
  | Refuse

/** Of a source as it is open now. Nothing reads the log for answers yet. */
export function catalogOf({ source, partitions }: OpenSource, clocks: Clocks): PlanCatalog {
  return { source, partitions: partitions.length, clocks, canScan: false }
}

/** Throws the problem of a refusal, and of a scan, which cells do not answer, what would make them. */
export function answerable<Q extends Query>(plan: Plan<Q>): Rollup<Q> {
  if (plan.is === 'rollup') return plan
  throw plan.is === 'refuse' ? plan.problem : plan.help.problem
}

/** Never throws what a query may be refused with. `choice` is what {@link choose} said of the same source. */
export function plan<Q extends Query>(
  query: Q,
  catalog: PlanCatalog,
  choice: Choice<Q> = choose(query, catalog),
): Plan<Q> {
  if (choice.is === 'refuse') return choice
  return refusing(() => ({ ...choice, candidates: candidatesFor(choice.resolved, catalog.clocks) }))
}

export function choose<Q extends Query>(query: Q, catalog: Omit<PlanCatalog, 'clocks'>): Choice<Q> {
  const { source, partitions, canScan } = catalog
  return refusing((): Choice<Q> => {
    const metric = resolveMetric(query, source)
    const breakdown = breakdownFor(metric)
    if (breakdown !== null) return { is: 'rollup', resolved: resolvedOver(metric, breakdown) }
    const help = breakdownNeeded(query, metric.fields, source, partitions)
    if (!canScan) return { is: 'refuse', problem: help.problem, help }
    const asked: Breakdown = { name: metric.fields.join('+'), fields: metric.fields }
    const scanned = { ...metric, source: scannedSource(source, asked) }
    return { is: 'scan', resolved: resolvedOver(scanned, asked), help }
  })
}

/** As if it had always kept this breakdown alone, and for ever. */
function scannedSource(source: Source, breakdown: Breakdown): Source {
  return {
    ...source,
    breakdowns: [source.breakdowns[0]!, breakdown],
    intervals: source.intervals.map((interval) => ({ ...interval, keepMs: null })),
    metrics: source.metrics.map((metric) => ({ ...metric, rank: [] })),
  }
}

function candidatesFor<Q extends Query>(
  resolved: ResolvedQuery<Q>,
  clocks: Clocks,
): readonly CandidateOf<Q>[] {
  const { query } = resolved
  const found: readonly (CandidateOf<SeriesQuery> | CandidateOf<TopQuery>)[] = isSeries(query)
    ? resolutionsFor(resolved as ResolvedQuery<Q & SeriesQuery>, clocks)
    : tilingsFor(query, resolved.source, clocks)
  return found as readonly CandidateOf<Q>[]
}

const isSeries = (query: Query): query is SeriesQuery => 'interval' in query

function refusing<T>(work: () => T): T | Refuse {
  try {
    return work()
  } catch (error) {
    if (error instanceof ProblemError) return { is: 'refuse', problem: error, help: null }
    throw error
  }
}
