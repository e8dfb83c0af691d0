/** Everything the API can answer instead of numbers (RFC 9457). Callers branch on `type`; `retry` becomes a Retry-After header. */
import type { Problem } from './wire.ts'

// codes that users see: problem types
const kinds = {
  bad_request: { status: 400, retry: false, title: 'The request cannot be understood' },
  interval_too_fine: { status: 400, retry: false, title: 'The interval is too fine for the range' },
  range_too_long: { status: 400, retry: false, title: 'The range is too long' },
  not_found: { status: 404, retry: false, title: 'There is no such thing' },
  foreign_origin: { status: 403, retry: false, title: 'Pages of this origin may not send here' },
  method_not_allowed: { status: 405, retry: false, title: 'The method is not allowed here' },
  request_timeout: { status: 408, retry: false, title: 'The request did not arrive whole in time' },
  request_too_large: { status: 413, retry: false, title: 'The request is too large' },
  url_too_long: { status: 414, retry: false, title: 'The address is too long' },
  unsupported_media_type: {
    status: 415,
    retry: false,
    title: 'The body is in a form that is not understood',
  },
  headers_too_large: { status: 431, retry: false, title: 'The headers are too large' },
  misdirected: { status: 421, retry: false, title: 'The server does not answer to this name' },
  expectation_failed: { status: 417, retry: false, title: 'The expectation cannot be met' },
  breakdown_needed: { status: 422, retry: false, title: 'No breakdown answers this question' },
  too_many_cells: { status: 422, retry: false, title: 'The question touches too many cells' },
  scan_too_long: { status: 422, retry: false, title: 'The question reads too much of the log' },
  answer_too_large: { status: 422, retry: false, title: 'The answer would be too large' },
  internal: { status: 500, retry: false, title: 'The server failed' },
  store_damaged: { status: 503, retry: true, title: 'What the store holds of this cannot be read' },
  log_unreachable: { status: 503, retry: true, title: 'The log does not answer' },
  store_unreachable: { status: 503, retry: true, title: 'The store does not answer' },
  too_busy: { status: 503, retry: true, title: 'The server is at its limit' },
} as const

export type ProblemKind = keyof typeof kinds
export const problemKinds = Object.keys(kinds) as readonly ProblemKind[]
export const statusOf = (kind: ProblemKind): number => kinds[kind].status
export const titleOf = (kind: ProblemKind): string => kinds[kind].title

export interface Fault {
  pointer: string
  detail: string
}

/** A request that ends in a problem document. */
export class ProblemError extends Error {
  readonly kind: ProblemKind
  readonly faults: readonly Fault[]
  constructor(kind: ProblemKind, detail: string, faults: readonly Fault[] = [], cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'ProblemError'
    this.kind = kind
    this.faults = faults
  }

  get status(): number {
    return kinds[this.kind].status
  }

  get retry(): boolean {
    return kinds[this.kind].retry
  }

  toProblem(): Problem {
    const { status, title } = kinds[this.kind]
    const problem: Problem = {
      type: `urn:tidemark:problem:${this.kind}`,
      title,
      status,
      detail: this.message,
    }
    return this.faults.length > 0 ? { ...problem, errors: [...this.faults] } : problem
  }
}

/** One fault of one parameter, the most frequent of all. */
export function badParam(name: string, detail: string): ProblemError {
  return new ProblemError('bad_request', `${name}: ${detail}`, [{ pointer: `/${name}`, detail }])
}

/** What a question names, and is not there: a source, a metric, or what a source does not declare. */
export function noSuch(name: string, detail: string): ProblemError {
  return new ProblemError('not_found', detail, [{ pointer: `/${name}`, detail }])
}
