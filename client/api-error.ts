/** The API answered with a problem. */
import type { Problem } from '../query-api/wire.ts'

export class ApiError extends Error {
  readonly status: number
  /** Null where what came was no problem document: something between this program and the API answered. */
  readonly problem: Problem | null
  /** `not_found`, `breakdown_needed`; undefined where it is not known. */
  readonly kind: string | undefined

  /** `body`: what the answer holds as JSON. */
  constructor(status: number, body: unknown) {
    const told = body as Partial<Problem> | null
    super(told?.detail ?? told?.title ?? `the API answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.problem = told?.title === undefined ? null : (told as Problem)
    this.kind = told?.type?.split(':').pop()
  }
}

export const bodyOf = (response: Response): Promise<unknown> => response.json().catch(() => null)
