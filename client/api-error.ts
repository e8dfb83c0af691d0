/** The API answered with a problem. */
import type { Problem } from '../query-api/wire.ts'

export class ApiError extends Error {
  readonly status: number
  /** Null where what came was no problem document: something between this program and the API answered. */
  readonly problem: Problem | null

  constructor(status: number, problem: Problem | null) {
    super(problem === null ? `the API answered ${status}` : (problem.detail ?? problem.title))
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
  }

  /** `not_found`, `breakdown_needed`; null where it is not known. */
  get kind(): string | null {
    return this.problem === null ? null : this.problem.type.slice(this.problem.type.lastIndexOf(':') + 1)
  }
}

export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const isProblem = typeof body === 'object' && body !== null && 'type' in body && 'title' in body
  return new ApiError(response.status, isProblem ? (body as Problem) : null)
}
