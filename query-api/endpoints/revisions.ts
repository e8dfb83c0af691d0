/** What an answer that is given means for those that were given before: late corrections, remembered and told. */
import { resolveTime } from '../language/time.ts'
import type { SeriesQuery } from '../language/query.ts'
import type { QueryService } from '../service/query-service.ts'
import type { SeriesAnswer } from '../wire.ts'
import type { AnyAnswer, AnyQuery } from './endpoint.ts'

const isSeries = (answer: AnyAnswer): answer is SeriesAnswer => 'timesMs' in answer

/** Remembers it; `key` stands for the question, however its answer is written down. */
export function noted<A extends AnyAnswer>(service: QueryService, key: string, answer: A): A {
  if (isSeries(answer)) service.revisions.note(key, answer)
  return answer
}

/** Remembers it too, and tells what was corrected where that is asked for. */
export function withRevisions(
  service: QueryService,
  query: AnyQuery & Pick<SeriesQuery, 'revisions'>,
  key: string,
  answer: AnyAnswer,
): AnyAnswer {
  noted(service, key, answer)
  if (query.revisions === undefined || !isSeries(answer)) return answer
  const fromMs = resolveTime(query.revisions, { nowMs: service.now(), latestMs: answer.meta.latestMs })
  const meta = { ...answer.meta, revisions: service.revisions.of(key, answer, fromMs) }
  return { ...answer, meta } satisfies SeriesAnswer
}
