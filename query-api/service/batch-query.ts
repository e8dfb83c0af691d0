/** `POST /v1/query`: several queries in one request; those to one source are answered at one vector. */
import { z } from 'zod'
import { asProblem, splitQuery, type QueryService } from './query-service.ts'
import { PointBudget } from '../engine/budget.ts'
import { checkParams } from '../language/params.ts'
import { ProblemError } from '../problem.ts'
import { readSeriesQuery, readTopQuery } from '../language/query.ts'
import { PreparedSeries } from '../engine/series.ts'
import { answerAtOneSnapshot, type PreparedQuery } from '../engine/one-snapshot.ts'
import { PreparedTop } from '../engine/top.ts'
import type { BatchAnswer, SeriesAnswer, TopAnswer } from '../wire.ts'

const MAX_QUERIES = 32

export const batchSchema = z.strictObject({
  queries: z
    .array(z.string().max(8000, 'at most 8000 characters each'), {
      error: 'missing; a list of texts such as "series?metric=SOURCE.METRIC"',
    })
    .min(1, 'empty')
    .max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`)
    .meta({ description: '`series?...` (as columns) and `top?...`, as their query strings' }),
})

type Answer = SeriesAnswer | TopAnswer
interface BatchItem {
  readonly source: string
  readonly prepared: PreparedQuery<Answer>
}

/** An item that fails leaves the others. Throws bad_request on a body that is none, and StoreError. */
export async function answerBatch(service: QueryService, body: unknown): Promise<BatchAnswer> {
  if (typeof body !== 'object' || body === null)
    throw new ProblemError('bad_request', 'the body is not a JSON object', [
      { pointer: '', detail: '{"queries": [...]}' },
    ])
  const { queries } = checkParams(batchSchema, body as Record<string, string[]>, ['queries'])
  const budget = new PointBudget()
  const items = queries.map((text) => read(text, budget))
  const found: (Answer | ProblemError)[] = items.map((item) =>
    item instanceof ProblemError ? item : new ProblemError('internal', 'not answered'),
  )
  const sources = new Set(items.flatMap((item) => (item instanceof ProblemError ? [] : item.source)))
  await Promise.all(
    [...sources].map(async (source) => {
      const places = [...items.entries()].flatMap(([at, item]) =>
        item instanceof ProblemError || item.source !== source ? [] : [{ at, prepared: item.prepared }],
      )
      const answered = await answerSource(
        service,
        source,
        places.map(({ prepared }) => prepared),
      )
      for (const [n, { at }] of places.entries()) found[at] = answered[n]!
    }),
  )
  return {
    answers: found.map((one) =>
      one instanceof ProblemError ? { problem: one.toProblem() } : { answer: one },
    ),
  }
}

async function answerSource(
  service: QueryService,
  source: string,
  queries: readonly PreparedQuery<Answer>[],
): Promise<(Answer | ProblemError)[]> {
  try {
    return await answerAtOneSnapshot(await service.sources.get(source), queries, service.now)
  } catch (error) {
    if (error instanceof ProblemError) return queries.map(() => error)
    throw error
  }
}

function read(text: string, budget: PointBudget): BatchItem | ProblemError {
  const { kind, raw } = splitQuery(text)
  try {
    if (kind === 'top') {
      const query = readTopQuery(raw)
      return { source: query.source, prepared: new PreparedTop(query) }
    }
    if (kind !== 'series') throw new ProblemError('bad_request', 'a query begins with "series?" or "top?"')
    const query = readSeriesQuery(raw)
    if (query.format !== 'columns')
      throw new ProblemError('bad_request', 'format: several queries are answered in columns only', [
        { pointer: '/format', detail: 'columns only' },
      ])
    return { source: query.source, prepared: new PreparedSeries(query, budget) }
  } catch (error) {
    return asProblem(error)
  }
}
