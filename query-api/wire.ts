/** What crosses the wire between the query API and its readers. Types only: the dashboard imports nothing else of ours. */

/** What an answer knows about itself (law L9). */
export interface Provenance {
  /** Next offset to be folded, per partition: the answer is a pure function of the log below it. */
  vector: Record<string, number>
  /** Topic, so that vector names records. */
  topic: string
  /** All is known up to this time (ms); null when nothing was ever applied. */
  asOfMs: number | null
  /** Wall clock of the API minus asOf, at least 0. */
  lagMs: number | null
  /** Share of partitions that are not stale, 0 to 1. */
  complete: number
  /** No data is known from before this time (ms). */
  sinceMs: number | null
  /** Greatest event time seen (ms): the log clock. */
  latestMs: number | null
  /** Records in the log that are not in this answer. */
  behindRecords: number
  generation: number
  /** First 8 hexadecimal digits of the definition's hash. */
  def: string
  from: 'rollup'
}

export interface SeriesMeta extends Provenance {
  source: string
  metric: string
  by: string | null
  interval: string
  intervalMs: number
  /** The range answered, widened to whole windows. */
  fromMs: number
  toMs: number
  /** Series that have data in the range; those past `limit` are not in the answer. */
  seriesTotal: number
  /** Some events are not in this filtered answer, because the budget gave them no name that a filter could judge. */
  unnamedLeftOut?: true
}

export interface Series {
  /** Value per field of the breakdown; null is "(none)"; `__other__` is what the budget did not name; `{}` is the total. */
  labels: Record<string, string | null>
  /** One per time; null is "no data". */
  values: (number | null)[]
}

/** `GET /v1/series`: columns, times ascending, window starts. */
export interface SeriesAnswer {
  timesMs: number[]
  series: Series[]
  meta: SeriesMeta
}

/** One row of the event tail. */
export interface TailRow {
  source: string
  partition: number
  offset: number
  index: number
  /** Kafka timestamp, ms. */
  tsMs: number
  /** Event time, ms. */
  atMs: number
  /** `http` for events sent through the collector. */
  via: string | null
  raw: string
}
export interface TailAnswer {
  rows: TailRow[]
  meta: Provenance & { source: string }
}

export interface RejectRow {
  source: string
  partition: number
  offset: number
  tsMs: number
  reason: string
  detail: string
  key: string | null
  raw: string
  bytes: number
}
/** `GET /v1/rejects?source=` */
export interface RejectsAnswer {
  rows: RejectRow[]
  meta: Provenance & { source: string }
}

/** `GET /v1/catalog`: what can be asked. */
export interface CatalogSource {
  source: string
  topic: string
  key: string
  generation: number
  def: string
  partitions: number
  fields: { name: string; type: 'string' | 'number'; optional: boolean }[]
  /** `stats`: the statistics that may follow the metric's name, the first being meant without one. */
  metrics: { metric: string; kind: 'count' | 'sum' | 'stats'; stats: string[]; field: string | null; where: string[] }[]
  /** Fields that may be asked for together, in `by` and `where`, at no cost. */
  breakdowns: string[][]
  /** Finest first; `keepMs` null is for ever. */
  intervals: { name: string; ms: number; keepMs: number | null }[]
}
export interface CatalogAnswer {
  sources: CatalogSource[]
}

export interface PartitionStatus {
  partition: number
  first: number
  next: number
  end: number
  endAtMs: number | null
  logClockMs: number | null
  offsets: { data: number; control: number; aborted: number; compacted: number }
  events: { counted: number; duplicate: number; filtered: number; late: number; rejected: number }
  lateByInterval: Record<string, number>
  stale: boolean
  rev: number
}
export interface SourceStatus {
  source: string
  topic: string
  generation: number
  def: string
  partitions: PartitionStatus[]
  provenance: Provenance
}
/** `GET /v1/status` */
export interface StatusAnswer {
  nowMs: number
  version: string
  sources: SourceStatus[]
  /** Counted by the workers since the store was first filled. */
  rewinds: number
  recentRejects: RejectRow[]
}

/**
 * `GET /v1/live?q=<query string>&q=...`: server-sent events, one stream a tab. Each `q` is the query string of
 * `/v1/series` or `/v1/events` prefixed by its path (`series?metric=...`). Event names and their data:
 *   `reset`  {@link LiveReset}: the whole answer of one query; sent first, after a reconnect, and whenever a patch will not do
 *   `patch`  {@link LivePatch}: what changed since the frame before
 *   `error`  {@link LiveError}: the query cannot be answered; it stays subscribed and heals by a reset
 *   `beat`   {@link LiveBeat}: every second, so that silence can be told from death
 */
export interface LiveReset {
  /** Index of the query in the request. */
  q: number
  answer: SeriesAnswer | TailAnswer
}
export interface LivePatch {
  q: number
  /** Points before this are gone (the range moved on). */
  dropBeforeMs: number
  /** Replaces every point at or after the first of these times. */
  timesMs: number[]
  /** Same series, same order as before. */
  values: (number | null)[][]
  meta: SeriesMeta
}
export interface LiveError {
  q: number
  problem: Problem
}
export interface LiveBeat {
  nowMs: number
}

/** RFC 9457, `application/problem+json`. */
export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  errors?: { pointer: string; detail: string }[]
}

/** `POST /v1/events?source=`: one verdict an item, in order. 202 all taken, 207 some, 400 none. */
export interface CollectAnswer {
  accepted: number
  rejected: number
  items: ({ status: 'accepted'; partition: number; offset: number } | { status: 'rejected'; reason: string; detail: string })[]
}
