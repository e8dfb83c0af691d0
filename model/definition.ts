/**
 * A source as the fold sees it: every default filled in, every shorthand spelled out. Plain data that survives JSON,
 * because the store's catalog keeps exactly this text and its hash (`def`) fences every write.
 */
import type { WeekStart } from './time/days.ts'

/** `digits`: a number in quotes; `comma`: one with a decimal comma; `words`: "true" and "false" in quotes. */
export type Form = 'string' | 'number' | 'boolean' | 'digits' | 'comma' | 'words'

export interface Field {
  readonly name: string
  /** How its values count: as a name (a boolean's is `true` or `false`), or as a number. */
  readonly type: 'string' | 'number'
  /** An array: an event has several values, or none. Its value is the JSON of the different ones, in the order they came. */
  readonly list?: true
  /** What it may be in an event; without it only a JSON value of its type. */
  readonly takes?: readonly Form[]
  /** What counts as absent beside null: an empty text, or whatever cannot be read (an empty text too). */
  readonly absent?: 'empty' | 'unreadable'
  /** Spellings of one page made one: clean-path.ts. */
  readonly clean?: readonly ('path' | 'lowercase')[]
  /** The parameter of this name in the query of the text, in place of the text. */
  readonly query?: string
  /** Absent and `null` are the same; a required field that is absent rejects its record. */
  readonly optional: boolean
  /** Where it stands in an event: paths tried in order, the first that holds a value other than null wins. Empty where it is worked out. */
  readonly from: readonly Path[]
  /** It stands in no event: it is a text worked out of a field before it, or of the event's time. */
  readonly compute?: Compute
}

/** `of`: the field that it is worked out of; without it is absent. A closed list: model/fields/. */
export type Compute =
  | { readonly op: 'lower' | 'upper' | 'trim' | 'url.host' | 'url.path'; readonly of: string }
  | { readonly op: 'url.param'; readonly of: string; readonly name: string }
  /** The first characters, or what stands before a text. */
  | { readonly op: 'cut'; readonly of: string; readonly chars?: number; readonly before?: string }
  /** Of a number: between which edges, or multiples of a width. */
  | {
      readonly op: 'bucket'
      readonly of: string
      readonly edges?: readonly number[]
      readonly width?: number
    }
  | { readonly op: 'hour' | 'weekday' }
  | { readonly op: 'lookup'; readonly of: string; readonly table: string; readonly column: string }

/** What a source takes of a table: rows in the order of their keys, each its key and a value for each column. */
export interface LookupTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly [key: string, ...values: (string | null)[]])[]
}

/** What a source takes of a table that is kept in a topic: rows by the keys of its records, joined in the order of the log (docs/decisions/lookups-from-a-topic.md). */
export interface TopicTable {
  readonly name: string
  readonly topic: string
  readonly columns: readonly string[]
}

/**
 * Names of objects inside each other, outermost first: `['geo', 'country']`. One that begins with `$` leads elsewhere: `['$', 'key', ...]`,
 * `['$', 'headers', name]`, `['$', 'topic']`, `['$', 'timestamp']` of the Kafka record, `['$', 'name']` and
 * `['$', 'value', ...]` of a pair, `['$', 'outer', ...]` of the object that holds the rows.
 */
export type Path = readonly string[]

/** Where the events of a record stand, where they are more than the object or the items of the array that it is. */
export interface Rows {
  /** JSON values behind each other, or one a line. */
  readonly lines: boolean
  /** The list (or the one object) inside an object. */
  readonly in: Path | null
  /** Each property of the object there is a row; of the object itself where it is empty. */
  readonly pairs: Path | null
  /** `each` row has its own verdict, or `all` count or none. */
  readonly verdict: 'all' | 'each'
}

/** What tells an event that was sent twice. */
export interface EventId {
  readonly from: readonly Path[]
  readonly withinMs: number
  /** Ids that a partition remembers at one time. */
  readonly budget: number
}

/** Of texts, and of both; of numbers alone. */
export type TextOp = 'is' | 'not' | 'prefix' | 'contains' | 'exists'
export type NumberOp = 'gt' | 'ge' | 'lt' | 'le' | 'between'

/** `field:is:a,b` or `amount:ge:10`; an absent value is never `is` and always `not`. How it is written: condition-text.ts. */
export interface Test {
  readonly field: string
  readonly op: TextOp | NumberOp
  readonly values: readonly string[]
}

/** One of them must hold. */
export interface AnyOf {
  readonly any: readonly Test[]
}

export type Condition = Test | AnyOf

/** What is counted; what its kind means is in `model/measures/`. */
export interface Metric {
  readonly kind: string
  readonly name: string
  /** Absent where its measure takes nothing of the event. */
  readonly field?: string
  /** Of a number field: it is counted as an integer of `10^-decimals` units. */
  readonly decimals?: number
  readonly where: readonly Condition[]
  /** Absent where its measure has no exact order. */
  readonly rank?: Rank
  /** Names of the breakdowns whose cells hold it, the total as `all`; absent where all do. */
  readonly breakdowns?: readonly string[]
  /** Of a measure that goes by series. */
  readonly series?: MetricSeries
}

/** A series is one value of the source's key, and of these fields. */
export interface MetricSeries {
  readonly by: readonly string[]
  /** Values that are meant, and for how long a reading holds at most; of a state. */
  readonly is?: readonly string[]
  readonly holdMs?: number
  /** One that was not heard for so many whole UTC days of the log clock is forgotten. */
  readonly forgetMs: number
  /** Series a partition remembers at one time. */
  readonly budget: number
}

/** A metric, or a statistic of it, by its name. */
export interface Operand {
  readonly metric: string
  readonly stat: string
}

/** A metric that nothing is kept of: it is worked out from the merged parts of others, whenever it is asked for. No part of the definition's hash. */
export interface Derived {
  readonly name: string
  readonly kind: 'ratio' | 'difference' | 'per'
  /** Of a ratio and a difference two, of `per` one. */
  readonly of: readonly Operand[]
  /** Of `per`: of how much time the value is. */
  readonly everyMs?: number
}

/** Names of breakdowns whose values are kept in the order of this metric; never the total. */
export type Rank = readonly string[]

/** Fields whose values name the series. The total is `all`: no fields, always the first. */
export interface Breakdown {
  readonly name: string
  readonly fields: readonly string[]
}

export interface Interval {
  /** As written in `keep`: `1s`, `1m`, `15m`, `1h`. */
  readonly name: string
  readonly ms: number
  /** How long a window is kept after its end, by the log's clock; null is for ever. */
  readonly keepMs: number | null
}

export interface Entity {
  /** Online while `seen + onlineMs > asOf`. */
  readonly onlineMs: number
  /** One that was not seen for so many whole UTC days of the log clock is forgotten, with its latest values. */
  readonly forgetMs: number
  /** Entities a partition remembers at one time; latest values: four times as many. */
  readonly budget: number
  /** Latest values per entity and per value of `by`. */
  readonly last: { readonly by: string; readonly of: readonly string[] } | null
}

/** Visits of one value of the key: runs of its events with no gap above `gapMs` (model/sessions/sessions.ts). */
export interface SessionsRule {
  readonly gapMs: number
  /** Events further behind the clock than this, and up to a gap more, are in no session. */
  readonly lateMs: number
  /** What a visitor looks at: the first of a session is its entry, the last its exit. Null = they are not kept. */
  readonly page: string | null
  /** Events that are a look at a page. */
  readonly where: readonly Condition[]
  /** Of its first event. Fields named entry and exit are those of the session. */
  readonly by: readonly Breakdown[]
  /** Values of the key whose sessions a partition remembers at one time. */
  readonly budget: number
}

/** Ways of one value of the key through steps in their order (model/funnels/attempts.ts). */
export interface FunnelRule {
  readonly name: string
  /** From the first step to any other, at the most. */
  readonly withinMs: number
  readonly steps: readonly { readonly name: string; readonly where: readonly Condition[] }[]
  /** Of the event that is the first step. */
  readonly by: readonly Breakdown[]
  /** Values of the key whose way a partition remembers at one time. */
  readonly budget: number
}

/** From page to page of one value of the key (model/journeys/journeys.ts). */
export interface JourneysRule {
  /** A visit ends where the next view is further away. */
  readonly gapMs: number
  /** Views further behind the clock than this are in no journey. */
  readonly lateMs: number
  /** The field that says where one is. */
  readonly page: string
  /** Events that are a view of a page. */
  readonly where: readonly Condition[]
  /** How far onward from a page is told. */
  readonly steps: 1 | 2
  /** Names that each breakdown of journeys may give out in one UTC day and partition. */
  readonly transitions: number
  /** Values of the key whose views a partition remembers at one time. */
  readonly budget: number
}

export type RetentionUnit = 'day' | 'week'

/** Cohorts of values of the key, by the day or week in which each joined, and in which of the next ones they came back (model/retention/members.ts). */
export interface RetentionRule {
  readonly name: string
  /** Whose days and weeks they are: IANA name. */
  readonly zone: string
  readonly weekStart: WeekStart
  /** Events that make the key a member of a cohort; those that are coming back. */
  readonly joins: readonly Condition[]
  readonly returns: readonly Condition[]
  /** Periods after the cohort's that are looked at, of each unit that is kept. */
  readonly units: readonly { readonly unit: RetentionUnit; readonly periods: number }[]
  /** Of the event that made the key a member. */
  readonly by: readonly Breakdown[]
  /** How far behind the clock the beginning of what is still counted lies. */
  readonly lateMs: number
  /** Of cohorts; null = for ever. */
  readonly keepMs: number | null
  /** Members a partition remembers at one time, of each unit. */
  readonly budget: number
}

export type Framing = 'confluent' | 'apicurio' | 'glue'

export interface Source {
  readonly name: string
  readonly topic: string
  /** The field producers key records by: one value of it, one partition. */
  readonly key: string
  /** Where the event time stands, as written: `ts`, `meta.ts`. Names it in messages; `timePath` finds it. */
  readonly time: string
  readonly timePath: Path
  /** Where else it may stand, in the order of trying. */
  readonly timeElse?: readonly Path[]
  /** IANA name of the zone of times that name none; without it they are no times. */
  readonly zone?: string
  /** Whose bytes may stand before the JSON. */
  readonly framed?: Framing
  readonly rows?: Rows
  readonly id?: EventId
  readonly fields: readonly Field[]
  /** Tables that fields are looked up in, with all that is taken of them: whoever has the definition has the tables. */
  readonly lookups?: readonly LookupTable[]
  /** Tables in topics; whoever joins them reads their journals. Absent where there are none. */
  readonly joins?: readonly TopicTable[]
  /** Index 0 is the total, `all`. */
  readonly breakdowns: readonly Breakdown[]
  /** The metrics that a breakdown keeps share one cell, packed in this order. */
  readonly metrics: readonly Metric[]
  /** Finest first. */
  readonly intervals: readonly Interval[]
  /** An event later than its record's Kafka timestamp by more than this is a reject. */
  readonly futureMs: number
  /** Names a breakdown may give out in one UTC day and partition; later ones are `__other__`. */
  readonly budget: number
  readonly entity: Entity | null
  readonly sessions?: SessionsRule
  readonly funnels?: readonly FunnelRule[]
  readonly journeys?: JourneysRule
  readonly retention?: readonly RetentionRule[]
  /** Absent where there are none. */
  readonly derived?: readonly Derived[]
}

/** Raised with `def` when the meaning of a fold changes, so that old numbers are never continued under new rules. */
export const FOLD_VERSION = 13
