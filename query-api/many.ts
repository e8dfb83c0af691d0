/** `POST /v1/query`: several questions in one request; those to one source are answered at one vector. */
import { z } from 'zod'
import { asProblem, splitQuery, type Answers } from './answers.ts'
import { PointBudget } from './budget.ts'
import { checkParams } from './params.ts'
import { ProblemError } from './problem.ts'
import { readSeriesQuery, readTopQuery } from './query.ts'
import { SeriesAsker } from './series.ts'
import { answerTogether, type Asker } from './together.ts'
import { TopAsker } from './top.ts'
import type { ManyAnswer, SeriesAnswer, TopAnswer } from './wire.ts'

const MAX_QUERIES = 32

export const manySchema = z.strictObject({
  queries: z
    .array(z.string().max(8000, 'at most 8000 characters each'), {
      error: 'missing; a list of texts such as "series?metric=SOURCE.METRIC"',
    })
    .min(1, 'empty')
    .max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`)
    .meta({ description: '`series?...` (as columns) and `top?...`, as their query strings' }),
})

type Answer = SeriesAnswer | TopAnswer
interface Question {
  readonly source: string
  readonly asker: Asker<Answer>
}

/** A question that fails leaves the others. Throws bad_request on a body that is none, and StoreError. */
export async function answerMany(answers: Answers, body: unknown): Promise<ManyAnswer> {
  if (typeof body !== 'object' || body === null)
    throw new ProblemError('bad_request', 'the body is not a JSON object', [
      { pointer: '', detail: '{"queries": [...]}' },
    ])
  const { queries } = checkParams(manySchema, body as Record<string, string[]>, ['queries'])
  const budget = new PointBudget()
  const questions = queries.map((text) => read(text, budget))
  const found: (Answer | ProblemError)[] = questions.map((question) =>
    question instanceof ProblemError ? question : new ProblemError('internal', 'not answered'),
  )
  const sources = new Set(
    questions.flatMap((question) => (question instanceof ProblemError ? [] : question.source)),
  )
  await Promise.all(
    [...sources].map(async (source) => {
      const places = [...questions.entries()].flatMap(([at, question]) =>
        question instanceof ProblemError || question.source !== source ? [] : [{ at, asker: question.asker }],
      )
      const answered = await answerSource(
        answers,
        source,
        places.map(({ asker }) => asker),
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
  answers: Answers,
  source: string,
  askers: readonly Asker<Answer>[],
): Promise<(Answer | ProblemError)[]> {
  try {
    return await answerTogether(await answers.sources.get(source), askers, answers.now)
  } catch (error) {
    if (error instanceof ProblemError) return askers.map(() => error)
    throw error
  }
}

function read(text: string, budget: PointBudget): Question | ProblemError {
  const { kind, raw } = splitQuery(text)
  try {
    if (kind === 'top') {
      const query = readTopQuery(raw)
      return { source: query.source, asker: new TopAsker(query) }
    }
    if (kind !== 'series') throw new ProblemError('bad_request', 'a query begins with "series?" or "top?"')
    const query = readSeriesQuery(raw)
    if (query.format !== 'columns')
      throw new ProblemError('bad_request', 'format: several queries are answered in columns only', [
        { pointer: '/format', detail: 'columns only' },
      ])
    return { source: query.source, asker: new SeriesAsker(query, budget) }
  } catch (error) {
    return asProblem(error)
  }
}
