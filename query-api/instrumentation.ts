/** What the API tells of itself as it goes, for whoever counts: plain functions and numbers, so that no metrics library is known here. */

/** One answered request; a live stream counts when it opens. */
export interface Answered {
  readonly method: string
  /** Of our own table (`/v1/series`), never what the reader wrote; null = nothing is there. */
  readonly route: string | null
  readonly status: number
  readonly ms: number
}

/** One computation of a live query, from its beginning to the frames handed to all who look at it. */
export interface Computed {
  /** Of what is asked: `series`, `events`. */
  readonly kind: string
  readonly ms: number
}

export interface ApiInstrumentation {
  answered?(report: Answered): void
  computed?(report: Computed): void
  /** Given once: how many streams are open, and how many different queries they look at. */
  live?(read: () => { streams: number; queries: number }): void
}
