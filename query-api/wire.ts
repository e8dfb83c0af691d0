/** What crosses the wire between the query API and its readers. Types only: the dashboard imports nothing else of ours. */

import type { RejectRow } from './wire-status.ts'
export type {
  KeyKind,
  MemoryKind,
  StoreAnswer,
  StoreBackup,
  StoreBackups,
  StoreCall,
  StoreDisk,
  StoreMemory,
  StoreNode,
} from './wire-store.ts'
import type {
  IncompletePartition,
  LogEnd,
  PartitionState,
  Provenance,
  Rebuilding,
} from './wire-provenance.ts'

export type { IncompletePartition, LogEnd, PartitionState, Provenance, Rebuilding }
export type { RejectRow }
export type {
  CatalogAnswer,
  CatalogSource,
  Damage,
  Freshness,
  FreshnessPart,
  GenerationStatus,
  KafkaStatus,
  PartitionHalt,
  PartitionStatus,
  RebuildStatus,
  SourceStatus,
  SpentBudget,
  StatusAnswer,
  UpkeepStatus,
} from './wire-status.ts'

export interface SeriesMeta extends Provenance {
  source: string
  metric: string
  by: string | null
  interval: string
  /** Of `1d`, `1w` and `1mo` of a calendar the nominal length (24 h, 7 days, 30 days): each ends where the next begins, the last at `toMs`. */
  intervalMs: number
  /** Time zone and first day of the week, as asked for; with a calendar's days always. */
  tz?: string
  weekStart?: 'monday' | 'sunday'
  /** What of which bucket (`atMs`, its begin; those compared with too) no window that is still kept divides: it is in no number. Absent = all is covered. */
  partial?: { atMs: number; fromMs: number; toMs: number }[]
  /** The range answered, widened to whole windows. */
  fromMs: number
  toMs: number
  /** Series that have data in the range; those past `limit` are not in the answer. */
  seriesTotal: number
  /** Some events are not in this filtered answer, because the budget gave them no name that a filter could judge. */
  unnamedLeftOut?: true
  /** Some events are not in this filtered answer, because their text is longer than 256 bytes, is kept cut, and `prefix` or `contains` cannot judge what was cut off. */
  cutLeftOut?: true
  approximate?: Approximate
}

/**
 * Some values are approximations: off by at most this part of the truth (`bound`), or by this part as a standard deviation (`deviation`). Absent
 * where all of them are exact.
 */
export interface Approximate {
  relative: number
  is: 'bound' | 'deviation'
}

export interface Series extends NameNotes {
  /** Value per field of the breakdown; null is "(none)"; `__other__` is what the budget did not name (a value of that text is `\\__other__`); `{}` is the total. */
  labels: Record<string, string | null>
  /** One per time; null is "no data". */
  values: (number | null)[]
  /** The true value lies between `least` and `most`, point by point, because events were left out that may belong to it; null = no bound is known. Absent = `values` are the truth. */
  least?: (number | null)[]
  most?: (number | null)[]
}
/** What a name is, beside its labels. */
export interface NameNotes {
  /** What the budget of names did not name, of all names together. Absent on a value that is merely written `__other__`. */
  other?: true
  /** Fields of which the label is the beginning of a longer text and a hash of the whole. A filter `is` takes the whole text as well as the label. */
  cut?: string[]
}

/** `GET /v1/series`: columns, times ascending, window starts. */
export interface SeriesAnswer {
  timesMs: number[]
  series: Series[]
  /** All series past `limit` as one, so that parts and total agree; absent where there are none. */
  others?: { count: number; values: (number | null)[]; previous?: (number | null)[] }
  /** With `compare=previous`: the same series, in the same order, as far back as the range is long; point `at` is `shiftMs` before `timesMs[at]`. */
  previous?: PreviousValues
  meta: SeriesMeta
}
export interface PreviousValues {
  /** Of days, weeks and months only how far the first is back: `timesMs` says when each began. */
  shiftMs: number
  timesMs?: number[]
  /** Per series of the answer. */
  values: (number | null)[][]
}

/** One name of a ranking. */
export interface TopRow extends Bounds, NameNotes {
  /** As of {@link Series}: null is "(none)", `__other__` is what the budget did not name. */
  labels: Record<string, string | null>
  value: number | null
  /** Of the total of all names, 0 to 1; null for what does not add up (avg, min, max, stddev) and where the total is not above 0. */
  share: number | null
  /** The same over the range before; null without `compare=previous`, and where that range is not wholly known. */
  previous: number | null
  /** `(value - previous) / previous`; null where there is no previous above 0. */
  change: number | null
}
/** The truth lies between the two, because events were left out that may belong here; null = no bound is known. Absent = `value` is the truth. */
export interface Bounds {
  least?: number | null
  most?: number | null
}
export interface TopMeta extends Provenance {
  source: string
  metric: string
  by: string | null
  tz?: string
  weekStart?: 'monday' | 'sunday'
  /** The range answered, rounded outward to windows that are kept. */
  fromMs: number
  toMs: number
  /** The range asked for. */
  askedFromMs: number
  askedToMs: number
  /** The range compared with; `known` false: not all of it is kept or was ever seen, and nothing is compared. */
  previous: { fromMs: number; toMs: number; known: boolean } | null
  /** Intervals the answer was added up from, finest first. */
  intervals: string[]
  /** Names that have something in the range; those past `limit` are in `others`. */
  rowsTotal: number
  /** As of {@link SeriesMeta}. */
  unnamedLeftOut?: true
  cutLeftOut?: true
  approximate?: Approximate
}
/** `GET /v1/top`: names by value, exact over the range answered. */
export interface TopAnswer {
  rows: TopRow[]
  /** All names past `limit` together; null where there are none. `count` says how many. */
  others: (Omit<TopRow, 'labels' | keyof NameNotes> & { count: number }) | null
  total: Omit<TopRow, 'labels' | 'share' | keyof NameNotes>
  meta: TopMeta
}

/** A device, a visitor: whatever the source's `entity` says. */
export interface EntityRow {
  entity: string
  /** Time of its latest event, ms. */
  seenMs: number
  /** How far its latest event is ahead of all that is known, ms; 0 unless its status is `ahead`: its clock is wrong. */
  skewMs: number
  status: 'online' | 'quiet' | 'ahead'
  /** Its latest values, one for each value of the field `by`, in the order of that value. */
  last: { by: string | null; atMs: number; values: Record<string, string | number | null> }[]
}
export interface EntitiesMeta extends Provenance {
  source: string
  /** An entity is online while its `seenMs` is greater than this: `asOfMs - onlineMs`. Null = nothing is known yet. */
  onlineAfterMs: number | null
  /** An entity is ahead where its `seenMs` is greater than this: `asOfMs` and what an event may be ahead. */
  aheadAfterMs: number | null
  onlineMs: number
  /** The field that tells the values of one entity apart, and the fields whose latest values are kept. */
  by: string | null
  of: string[]
}
/** `GET /v1/entities` */
export interface EntitiesAnswer {
  counts: { online: number; quiet: number; ahead: number; total: number }
  rows: EntityRow[]
  /** `cursor` of the next page; null on the last. */
  next: string | null
  meta: EntitiesMeta
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

/** `GET /v1/rejects?source=` */
export interface RejectsAnswer {
  rows: RejectRow[]
  meta: Provenance & { source: string }
}

/**
 * `GET /v1/live?q=<query string>&q=...`: server-sent events, one stream a tab. Each `q` is the query string of
 * `/v1/series`, `/v1/top`, `/v1/events` or `/v1/entities` prefixed by its path (`series?metric=...`). Event names and their data:
 *   `reset`  {@link LiveReset}: the whole answer of one query; sent first, after a reconnect, and whenever a patch will not do
 *   `patch`  {@link LivePatch}: what changed since the frame before
 *   `error`  {@link LiveError}: the query cannot be answered; it stays subscribed and heals by a reset
 *   `beat`   {@link LiveHeartbeat}: every second, so that silence can be told from death
 */
export interface LiveReset<A extends LiveAnswer = SeriesAnswer | TailAnswer> {
  /** Index of the query in the request. */
  q: number
  answer: A
}
/** What a live query can be answered with. Of these only series are patched; the others come whole. */
export type LiveAnswer = SeriesAnswer | TailAnswer | TopAnswer | EntitiesAnswer
export interface LivePatch {
  q: number
  /** Points before this are gone (the range moved on). */
  dropBeforeMs: number
  /** Replaces every point at or after the first of these times. */
  timesMs: number[]
  /** Same series, same order as before. */
  values: (number | null)[][]
  /** The same of `previous`, where the query compares. */
  previous?: (number | null)[][]
  /** The same of `others`, where there are some. An answer with `least` and `most` is never patched: it comes whole. */
  others?: { count: number; values: (number | null)[]; previous?: (number | null)[] }
  /** Single points before the first of `timesMs` that changed, by late events; in the same forms. */
  late?: PatchPoints
  meta: SeriesMeta
}
/** Points of every series of an answer, one after the other. */
export interface PatchPoints {
  timesMs: number[]
  values: (number | null)[][]
  previous?: (number | null)[][]
  others?: { values: (number | null)[]; previous?: (number | null)[] }
}
export interface LiveError {
  q: number
  problem: Problem
}
export interface LiveHeartbeat {
  nowMs: number
}

/** `POST /v1/query`: queries as in a live stream, `series?...` and `top?...`, all those of one source at one vector. */
export interface ManyQuery {
  queries: string[]
}
export interface BatchAnswer {
  /** In the order asked; one that fails says why and leaves the others. */
  answers: ({ answer: SeriesAnswer | TopAnswer } | { problem: Problem })[]
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
  items: (
    | { status: 'accepted'; partition: number; offset: number }
    | { status: 'rejected'; reason: string; detail?: string }
  )[]
  /** How many for each reason, where not every refusal is told whole. */
  reasons?: Record<string, number>
  /** Verdicts that are not told: of a request of which nothing was taken. */
  itemsLeftOut?: number
}
