/** One type of problem is one thing, whichever half of the server answers it (RFC 9457: the title of a type does not change). */
import { expect, test } from 'vitest'
import { CollectError } from '../../ingest/collector/errors.ts'
import { ProblemError } from '../../query-api/problem.ts'

test.each([
  'bad_request',
  'not_found',
  'request_too_large',
  'unsupported_media_type',
  'internal',
  'too_busy',
] as const)('%s', (kind) => {
  const [collected, asked] = [new CollectError(kind, 'why'), new ProblemError(kind, 'why')]
  expect(collected.toProblem()).toEqual(asked.toProblem())
  expect(collected.retry).toBe(asked.retry)
})
