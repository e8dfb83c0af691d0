/** A query of any endpoint, from its text to its answer: for routes, live streams and batches alike. */
import type { PointBudget } from '../engine/budget.ts'
import { answerOne, type PreparedQuery } from '../engine/one-snapshot.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { QueryService } from '../service/query-service.ts'
import type { LiveAnswer } from '../wire.ts'
import type { AnyAnswer, AnyQuery, LiveRule } from './endpoint.ts'
import { queryEndpoints, type SomeQueryEndpoint } from './list.ts'

/** One answer, worked out when `turn` says so. */
export interface OnceHandle {
  readonly query: AnyQuery
  readonly key: string
  readonly execute: (turn: <T>(work: () => Promise<T>) => Promise<T>) => Promise<AnyAnswer>
}

/** What earlier answers to the same query kept is used again. Throws ProblemError. */
export function askOnce(service: QueryService, endpoint: SomeQueryEndpoint, raw: string): OnceHandle {
  const query = endpoint.read(raw)
  const { execution } = endpoint
  return {
    query,
    key: endpoint.key(query),
    execute: (turn) =>
      execution.cost === 'computed'
        ? service.kept.run(execution.keptKey(query), query.source, () => execution.prepare(query), turn)
        : execution.execute(service, query),
  }
}

export interface LiveQueryHandle {
  /** Equal for queries that mean the same. */
  readonly key: string
  readonly source: string
  readonly kind: string
  readonly everyMs: number
  readonly execute: () => Promise<LiveAnswer>
  /** Nobody asks any more: what it kept is let go of. */
  readonly release?: () => void
}

/** `series?...` or any other that may be live; series share the points of `budget`. Throws ProblemError. */
export function askLive(service: QueryService, text: string, budget?: PointBudget): LiveQueryHandle {
  const { endpoint, raw } = endpointOf(text, ({ live }) => live !== null, 'a live query')
  const query = endpoint.read(raw)
  const { name, execution, live, formats } = endpoint
  if (query.format !== formats[0]) throw badParam('format', `a live stream sends ${formats[0]} only`)
  const { everyMs, rowsMax } = live as LiveRule
  if (rowsMax !== null && query.limit > rowsMax)
    throw new ProblemError('bad_request', `limit: a live stream sends at most ${rowsMax} rows`, [
      { pointer: '/limit', detail: `at most ${rowsMax}` },
    ])
  const handle = { key: endpoint.key(query), source: query.source, kind: name, everyMs }
  if (execution.cost === 'read')
    return { ...handle, execute: () => execution.execute(service, query) as Promise<LiveAnswer> }
  const prepared = execution.prepare(query, budget) as PreparedQuery<LiveAnswer>
  return {
    ...handle,
    execute: async () => answerOne(await service.sources.get(query.source), prepared, service.now),
    release: () => prepared.forget(),
  }
}

/** One of several at one vector. */
export interface BatchItem {
  readonly source: string
  readonly prepared: PreparedQuery<AnyAnswer>
}

/** Throws ProblemError. */
export function askInBatch(text: string, budget: PointBudget): BatchItem {
  const { endpoint, raw } = endpointOf(text, ({ isBatchable }) => isBatchable, 'a query')
  const query = endpoint.read(raw)
  const { execution, formats } = endpoint
  if (query.format !== formats[0])
    throw badParam('format', `several queries are answered in ${formats[0]} only`)
  if (execution.cost !== 'computed') throw new Error(`${endpoint.name} cannot be answered in a batch`)
  return { source: query.source, prepared: execution.prepare(query, budget) }
}

/** `series?metric=...` to its endpoint and the query string. */
function endpointOf(
  text: string,
  fits: (endpoint: SomeQueryEndpoint) => boolean,
  what: string,
): { endpoint: SomeQueryEndpoint; raw: string } {
  const mark = text.indexOf('?')
  const [name, raw] = mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)]
  const fitting = queryEndpoints.filter(fits)
  const endpoint = fitting.find((one) => one.name === name)
  if (endpoint !== undefined) return { endpoint, raw }
  const names = fitting.map((one) => `"${one.name}?"`)
  throw new ProblemError(
    'bad_request',
    `${what} begins with ${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`,
  )
}
