/** Everything for which the collector answers a problem document (RFC 9457). Callers branch on `type`; `retry` becomes a Retry-After header. */
// codes that users see: problem types of the collector
const kinds = {
  bad_request: { status: 400, retry: false, title: 'The request cannot be understood' },
  not_found: { status: 404, retry: false, title: 'There is no such thing' },
  request_too_large: { status: 413, retry: false, title: 'The request is too large' },
  unsupported_media_type: {
    status: 415,
    retry: false,
    title: 'The body is in a form that is not understood',
  },
  internal: { status: 500, retry: false, title: 'The server failed' },
  log_refused: { status: 503, retry: false, title: 'The log refuses the events' },
  too_busy: { status: 503, retry: true, title: 'The server is at its limit' },
  log_unreachable: { status: 503, retry: true, title: 'The log does not answer' },
} as const

export type CollectErrorKind = keyof typeof kinds

/** In step with the query API's form of a problem: what both may answer has one status and one title. The two share no code. */
export interface CollectProblem {
  type: string
  title: string
  status: number
  detail: string
}

/** Seconds after which a refused request is worth another try. */
export const RETRY_AFTER_SECONDS = 1

/** A request that ends in a problem document. `message` says what is wrong and what to do. */
export class CollectError extends Error {
  readonly kind: CollectErrorKind
  constructor(kind: CollectErrorKind, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'CollectError'
    this.kind = kind
  }

  get status(): number {
    return kinds[this.kind].status
  }

  get retry(): boolean {
    return kinds[this.kind].retry
  }

  toProblem(): CollectProblem {
    const { status, title } = kinds[this.kind]
    return { type: `urn:tidemark:problem:${this.kind}`, title, status, detail: this.message }
  }
}
