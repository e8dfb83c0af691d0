/**
 * How a query is answered: from cells that are kept, from the log itself, or not at all, with what would help. Choosing is apart from
 * executing: a plan depends on its arguments alone.
 */
import type { Breakdown, Metric, Source } from '../../../model/definition.ts'
import type { MetricQuery, SeriesQuery, TopQuery } from '../../language/query.ts'
import type { Clocks } from '../../language/time.ts'
import { badParam, ProblemError } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { CalendarPlan } from './calendar-plan.ts'
import { keptEverywhere } from '../../../model/kept-in.ts'
import { countedOf } from './derived-parts.ts'
import { breakdownNeeded, type Help } from './help.ts'
import { resolutionsFor, type Resolution } from './resolution.ts'
import {
  breakdownFor,
  resolvedOver,
  resolveMetric,
  type ResolvedMetric,
  type ResolvedQuery,
} from './resolved-query.ts'
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
  /** What would make it a rollup; null where nothing would. */
  readonly help: Help | null
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

/** Of a source as it is open now, for whoever answers from cells alone. */
export function catalogOf({ source, partitions }: OpenSource, clocks: Clocks): PlanCatalog {
  return { source, partitions: partitions.length, clocks, canScan: false }
}

/** Throws the problem of a refusal; cells alone plan no scan. */
export function answerable<Q extends Query>(plan: Plan<Q>): Rollup<Q> {
  if (plan.is === 'rollup') return plan
  throw plan.is === 'refuse' ? plan.problem : new RangeError('a scan is not answered from cells')
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
    const breakdown = metric.eventsOnly === null ? breakdownFor(metric) : null
    if (breakdown !== null) return { is: 'rollup', resolved: resolvedOver(metric, breakdown) }
    const help = metric.eventsOnly === null ? breakdownNeeded(query, lacking(metric), partitions) : null
    const problem = help?.problem ?? metric.eventsOnly!
    // An event that is left out would part a step of its series: only names can be left out.
    if (help === null && metric.bySeries)
      return { is: 'refuse', problem: bySeries(metric.metric, problem), help }
    if (!canScan) return { is: 'refuse', problem: withoutLog(problem), help }
    const asked: Breakdown =
      metric.fields.length === 0
        ? source.breakdowns[0]!
        : { name: metric.fields.join('+'), fields: metric.fields }
    const scanned = { ...metric, source: scannedSource(source, asked) }
    return { is: 'scan', resolved: resolvedOver(scanned, asked), help }
  })
}

/** Of a question that the log is not read for, whether there is one or not: who asks it asks every few seconds. Throws ProblemError. */
export function chooseCells<Q extends Query>(
  query: Q,
  { source, partitions }: Pick<OpenSource, 'source' | 'partitions'>,
): Extract<Choice<Q>, { is: 'rollup' }> {
  const choice = choose(query, { source, partitions: partitions.length, canScan: true })
  if (choice.is === 'rollup') return choice
  if (choice.is === 'refuse') throw choice.problem
  throw choice.help?.problem ?? resolveMetric(query, source).eventsOnly!
}

/** Of what a derived metric is made of the first that only some breakdowns keep: a definition can say it of that one alone. */
function lacking<Q extends MetricQuery>(resolved: ResolvedMetric<Q>): ResolvedMetric<Q> {
  const counted = countedOf(resolved.source, resolved.metric.name)
  const metric = counted.find(({ breakdowns }) => breakdowns !== undefined) ?? counted[0]!
  return { ...resolved, metric }
}

/** `because`: which condition it is. */
const bySeries = ({ name, kind }: Metric, because: ProblemError): ProblemError =>
  badParam(
    because.faults[0]?.pointer.slice(1) ?? 'where',
    `${name} is a ${kind}, which goes from reading to reading: it is filtered by text fields only`,
  )

/** What the log would answer, were there one to ask. */
function withoutLog({ kind, message, faults }: ProblemError): ProblemError {
  return new ProblemError(kind, `${message}; this API was given no Kafka to read the events from`, faults)
}

/** As if it had always kept this breakdown alone, with all metrics, and for ever. */
function scannedSource(source: Source, breakdown: Breakdown): Source {
  return {
    ...source,
    breakdowns: breakdown.fields.length === 0 ? [breakdown] : [source.breakdowns[0]!, breakdown],
    intervals: source.intervals.map((interval) => ({ ...interval, keepMs: null })),
    metrics: source.metrics.map((metric) => ({ ...keptEverywhere(metric), rank: [] })),
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
