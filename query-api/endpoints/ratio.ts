/** `per=SOURCE.METRIC`: two questions, each answered as it is by itself, and what comes out divided. */
import { derivedOf, derivedStatistic, countedOf } from '../engine/plan/derived-parts.ts'
import { seriesQuotient, topQuotient, type Divisible } from '../engine/quotient.ts'
import { resolveMetric } from '../engine/plan/resolved-query.ts'
import { measureOf } from '../../model/measures/index.ts'
import type { Source } from '../../model/definition.ts'
import type { MetricName, SeriesQuery, TopQuery } from '../language/query.ts'
import { usesLatest } from '../language/time.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { SeriesAnswer, TopAnswer } from '../wire.ts'
import type { AnyAnswer, AnyQuery } from './endpoint.ts'

type Query = SeriesQuery | TopQuery
export type RatioQuery = Query & { readonly per: MetricName }

/** Names of which a part is asked for. */
const MOST_SERIES = 500
const MOST_ROWS = 1000

export interface Sides {
  /** Throws ProblemError. */
  readonly ask: (query: AnyQuery) => Promise<AnyAnswer>
  /** Throws not_found. */
  readonly definition: (source: string) => Promise<Source>
}

export const isRatio = (query: AnyQuery): query is RatioQuery =>
  'per' in query && (query as Partial<RatioQuery>).per !== undefined

export const sourcesOf = (query: AnyQuery): string[] =>
  isRatio(query) ? [...new Set([query.source, query.per.source])] : [query.source]

/** Throws ProblemError. */
export async function answerRatio({ ask, definition }: Sides, query: RatioQuery): Promise<AnyAnswer> {
  // What was corrected is of the quotient.
  const { per, revisions: _, ...rest } = query as RatioQuery & { readonly revisions?: unknown }
  if ((usesLatest(query.from) || usesLatest(query.to)) && per.source !== query.source)
    throw badParam(
      'from',
      'each source has its own latest; say the range of a ratio of two by now, or by times',
    )
  const isSeries = 'interval' in query
  const of = {
    ...rest,
    limit: isSeries ? MOST_SERIES : MOST_ROWS,
    format: isSeries ? 'columns' : 'json',
  } as Query
  const by = { ...of, ...per, ...(isSeries && { limit: query.limit }) } as Query
  const pair: [Divisible, Divisible] = [
    statisticOf(of, await definition(of.source)),
    await definition(by.source)
      .then((source) => statisticOf(by, source))
      .catch((error: unknown) => {
        throw ofDivisor(error, by.source)
      }),
  ]
  if (!isSeries) {
    const [top, bottom] = await overOneRange(ask, of, by)
    return topQuotient(top, bottom, pair, query)
  }
  let [top, bottom] = await both<SeriesAnswer>(ask, of, by)
  // Each has chosen the finest that it can show; the coarser of the two is the finest that both can.
  const [a, b] = [top.meta, bottom.meta]
  if (a.interval !== b.interval) {
    const interval = a.intervalMs > b.intervalMs ? a.interval : b.interval
    ;[top, bottom] = await both<SeriesAnswer>(ask, { ...of, interval } as Query, { ...by, interval } as Query)
  }
  return seriesQuotient(top, bottom, pair)
}

/** Each rounds the range to windows that it keeps. */
async function overOneRange(ask: Sides['ask'], of: Query, per: Query): Promise<[TopAnswer, TopAnswer]> {
  const isSame = ([a, b]: [TopAnswer, TopAnswer]): boolean =>
    a.meta.fromMs === b.meta.fromMs && a.meta.toMs === b.meta.toMs
  const found = await both<TopAnswer>(ask, of, per)
  if (isSame(found)) return found
  const [a, b] = [found[0].meta, found[1].meta]
  const range = {
    from: { absoluteMs: Math.min(a.fromMs, b.fromMs) },
    to: { absoluteMs: Math.max(a.toMs, b.toMs) },
  }
  const again = await both<TopAnswer>(ask, { ...of, ...range }, { ...per, ...range })
  if (isSame(again)) return again
  throw badParam(
    'from',
    `${of.source} and ${per.source} keep no windows in common that begin and end there; ask for whole days`,
  )
}

async function both<A extends AnyAnswer>(ask: Sides['ask'], of: Query, per: Query): Promise<[A, A]> {
  const settled = await Promise.allSettled([ask(of), ask(per)])
  for (const [at, one] of settled.entries())
    if (one.status === 'rejected') throw at === 0 ? one.reason : ofDivisor(one.reason, per.source)
  return settled.map((one) => (one as PromiseFulfilledResult<AnyAnswer>).value) as [A, A]
}

/** Which of the two it is that cannot be answered. */
function ofDivisor(error: unknown, source: string): unknown {
  if (!(error instanceof ProblemError)) return error
  const faults = error.faults.map((one) => (one.pointer === '/metric' ? { ...one, pointer: '/per' } : one))
  return new ProblemError(error.kind, `of ${source}, by which is divided: ${error.message}`, faults)
}

function statisticOf(query: Query, source: Source): Divisible {
  const { stat, hasBuckets, metric } = resolveMetric(query, source)
  if (hasBuckets) throw badParam('per', 'a histogram is no number that could be divided')
  const derived = derivedOf(source, metric.name)
  if (derived !== null) return derivedStatistic(derived, countedOf(source, metric.name))
  const { ofNothing, addsUp } = measureOf(metric).statistics[stat]!
  const isList = query.by.some((field) =>
    source.fields.some(({ name, list }) => name === field && list === true),
  )
  return { ofNothing, addsUp: addsUp && !isList }
}
