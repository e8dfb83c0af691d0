/** `POST /v1/query`: several queries in one request; those to one source are answered at one vector. */
import { asProblem } from '../as-problem.ts'
import { PointBudget } from '../engine/plan/budget.ts'
import { answerAtOneSnapshot } from '../engine/rows/one-snapshot.ts'
import { checkParams } from '../language/params.ts'
import { StoreError } from '../../store/errors.ts'
import { ProblemError } from '../problem.ts'
import type { QueryService } from '../service/query-service.ts'
import type { BatchAnswer, BatchedAnswer } from '../wire.ts'
import { askInBatch, type BatchItem, type Waiting } from './ask.ts'
import type { AnyAnswer } from './endpoint.ts'
import { batchSchema } from './several.ts'

/** An item that fails leaves the others. Throws bad_request on a body that is none, and what failed for all of them. */
export async function answerBatch(
  service: QueryService,
  body: unknown,
  waiting: Waiting,
): Promise<BatchAnswer> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ProblemError('bad_request', 'the body is not a JSON object', [
      { pointer: '', detail: '{"queries": [...]}' },
    ])
  const { queries } = checkParams(batchSchema, body as Record<string, string[]>, ['queries'])
  const budget = new PointBudget()
  const items = queries.map((text) => read(service, text, budget))
  const found: (AnyAnswer | ProblemError)[] = items.map((item) =>
    item instanceof ProblemError ? item : new ProblemError('internal', 'not answered'),
  )
  const sources = new Set(items.flatMap((item) => (item instanceof ProblemError ? [] : item.source)))
  await Promise.all(
    [...sources].map(async (source) => {
      const places = [...items.entries()].flatMap(([at, item]) =>
        item instanceof ProblemError || item.source !== source ? [] : [{ at, item }],
      )
      const answered = await answerSource(
        service,
        source,
        places.map(({ item }) => item),
        waiting,
      )
      for (const [n, { at }] of places.entries()) found[at] = answered[n]!
    }),
  )
  refuseIfAway(found)
  return {
    answers: found.map((one) =>
      one instanceof ProblemError ? { problem: one.toProblem() } : { answer: one as BatchedAnswer },
    ),
  }
}

async function answerSource(
  service: QueryService,
  source: string,
  items: readonly BatchItem[],
  waiting: Waiting,
): Promise<(AnyAnswer | ProblemError)[]> {
  try {
    const scanned = await Promise.all(items.map((item) => item.scanned(waiting)))
    const held = items.filter((_, at) => scanned[at] === null)
    const open = await service.sources.get(source)
    const fromCells =
      held.length === 0
        ? []
        : await waiting.turn(() =>
            answerAtOneSnapshot(
              open,
              held.map(({ prepared }) => prepared),
              service.now,
            ),
          )
    const fromLog = await Promise.all(
      scanned.map((answer) => answer?.().catch((error: unknown) => asProblem(error))),
    )
    return fromLog.map((scanned, at) => {
      const answer = scanned ?? fromCells.shift()!
      return answer instanceof ProblemError ? answer : items[at]!.told(answer)
    })
  } catch (error) {
    // A source that the store cannot give leaves the others; a failure of ours is the whole request's, as it is logged.
    if (!(error instanceof ProblemError) && !(error instanceof StoreError)) throw error
    const problem = asProblem(error)
    return items.map(() => problem)
  }
}

/** The store does not answer for any of them: that is said of the request, whose caller then comes back. */
function refuseIfAway(found: readonly (AnyAnswer | ProblemError)[]): void {
  const away = found.flatMap((one) =>
    one instanceof ProblemError && one.kind === 'store_unreachable' ? one : [],
  )
  if (away.length === found.length) throw away[0]!
}

function read(service: QueryService, text: string, budget: PointBudget): BatchItem | ProblemError {
  try {
    return askInBatch(service, text, budget)
  } catch (error) {
    return asProblem(error)
  }
}
