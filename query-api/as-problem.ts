/** Any failure as the problem that is told. */
import { StoreError } from '../store/errors.ts'
import { ProblemError } from './problem.ts'
import type { Problem } from './wire.ts'

/** What is ours alone says nothing of itself. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof StoreError)
    return new ProblemError(
      error.retry ? 'store_unreachable' : error.damage !== null ? 'store_damaged' : 'internal',
      error.damage === null ? error.says : error.message,
      [],
      error,
    )
  return new ProblemError(
    'internal',
    'something failed that should not; the log of the API says more',
    [],
    error,
  )
}

export function problemOf(error: unknown): Problem {
  return asProblem(error).toProblem()
}
