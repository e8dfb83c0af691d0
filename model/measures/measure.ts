/**
 * What a kind of metric is: how it adds up, how it is kept, what can be asked of it. One file a kind; `index.ts` lists them, and the schema of
 * definitions, the forecast, the catalog, the answers and the page follow from the list.
 */
import type { Int } from '../numbers/integer.ts'
import type { Bucket } from './buckets.ts'
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'
import type { Reading } from '../readings.ts'
import type { Row } from '../numbers/wide.ts'

/** What can be asked of a measure, such as its mean. */
export interface Statistic {
  /** What a window shows in which nothing was counted. */
  readonly ofNothing: 0 | null
  /** The values of parts (names, windows) add up to the value of the whole. */
  readonly addsUp: boolean
  /** Where the value may lie once events are added of which nobody knows whether they belong to it; see `query-api/bounds.ts`. */
  readonly withMore: 'grows' | 'sinks or grows' | 'at most' | 'at least' | 'between' | 'from 0' | 'unknown'
  /** In which unit it is: that of the field, or a number of things. */
  readonly unit: 'field' | 'number'
  /** Of it the value of a second is shown: it is divided by the length of the window or range. */
  readonly isPerSecond?: true
}

/** Where an event stands; one object, filled anew for each event. */
export interface EventPlace {
  timeMs: number
  offset: number
  /** Of the event in its record. */
  index: number
}

/** Of what is too much to be written as a whole whenever something comes to it, a part lies beside the cell in pieces: each a field of its own, by its number. */
export type PiecesIn = (piece: number) => ByteReader | null

export interface PiecesOut {
  /** Those too that did not change since the state was unpacked or packed last. */
  readonly isAll: boolean
  /** What the writer holds; it is used again. */
  put(piece: number, writer: ByteWriter): void
  /** The store has it, and it is none any more. */
  remove(piece: number): void
}

interface Common {
  readonly kind: string
  /** For the description of the definition file and for `docs/measures.md`. */
  readonly says: string
  /** By name; the first is meant where a metric is asked for by its name alone. */
  readonly statistics: Readonly<Record<string, Statistic>>
  /**
   * What of its field the fold hands over: nothing (0); a number field in units of 10^-decimals; or a text field's hash, see `text-hash.ts`.
   * Events without the field add nothing.
   */
  readonly input: 'none' | 'number' | 'text'
  /** It hears where each event stands; else what it is handed says nothing. */
  readonly hearsPlace?: boolean
  /** Bytes of a packed one, about, for the forecast of memory. */
  readonly packedBytes: number
  /** Names can be kept in its order, by its exact value. */
  readonly isRankable: boolean
}

/** A measure of a fixed number of numbers. All zero is "no event yet". */
export interface RowMeasure extends Common {
  readonly slots: number
  /** One event. */
  add(row: Row, at: number, units: number, place: EventPlace): void
  merge(into: Row, at: number, from: Row, fromAt: number): void
  isEmpty(row: Row, at: number): boolean
  pack(row: Row, at: number, out: ByteWriter): void
  /** Into slots that are zero. Throws RangeError on bytes that end too early. */
  unpack(from: ByteReader, row: Row, at: number): void
  /** A statistic as the nearest double to the exact value; null where there is nothing to say, such as the mean of nothing. */
  read(row: Row, at: number, statistic: string, decimals: number): number | null
  /** What orders rows by a statistic exactly; null where only {@link read} does. */
  exact(row: Row, at: number, statistic: string): Int | null
  /** By how much series are ranked that have it in several windows: it is added up over them. */
  weight(row: Row, at: number, statistic: string): Int
}

/** A measure whose size depends on what came: an object of its own beside the row, made when its first event comes. */
export interface StateMeasure<State extends object = object> extends Common {
  readonly slots: 0
  create(): State
  /**
   * The first `count` of `units`, in any order, which are all that so many events say that is not known to be in it; they may be put in another order.
   * Answers how many of them, now the first, something that holds all of this has to hear: the others it knows. `weights`: how often each came, else
   * once; a measure that counts them may put fewer units with greater weights there, which say the same to a measure of its kind.
   */
  addAll(state: State, units: Float64Array, count: number, events: number, weights?: Float64Array): number
  /**
   * As unpack, {@link addAll} and pack in one, without an object, while there is little of it: most cells of the finest interval have few events.
   * `from` null: nothing came before; else it has no pieces. -1: it would be too much, and nothing was written.
   */
  addPacked(
    from: ByteReader | null,
    units: Float64Array,
    count: number,
    events: number,
    out: ByteWriter,
    weights?: Float64Array,
  ): number
  /** `from` stays as it is, and nothing of it is shared afterwards. */
  merge(into: State, from: State): void
  isEmpty(state: State): boolean
  /** Of the same events the same bytes and pieces, in whatever order and parts they came; of none the natural number 0. */
  pack(state: State, out: ByteWriter, pieces: PiecesOut): void
  /** Throws RangeError on bytes that end too early or make no sense, and where pieces do not belong to them. */
  unpack(from: ByteReader, pieces: PiecesIn): State
  /** Reads past a packed one and makes nothing of it; throws as {@link unpack} does. False: the rest of it lies in pieces. */
  pass(from: ByteReader): boolean
  /** Bytes it takes in memory, about. */
  bytes(state: State): number
  read(state: State, statistic: string, decimals: number): number | null
  exact(state: State, statistic: string): Int | null
  weight(state: State, statistic: string): Int
  /** How far a statistic may be from the truth; null where it is exact. */
  error(state: State, statistic: string): Approximation | null
  /** How many values are where, ascending, in whole units; absent where it does not know. */
  buckets?(state: State): Bucket[]
}

/** `bound`: never off by more than this part of the truth. `deviation`: the standard deviation of that part. */
export interface Approximation {
  readonly relative: number
  readonly is: 'bound' | 'deviation'
}

/** What a definition says of a metric whose measure goes by series, ready to use. */
export interface SeriesOptions {
  readonly holdMs: number
  readonly isHashes: ReadonlySet<number>
}

/** The windows that hold a part of a step, by their first and last moment; it counts under the names of one reading, on another UTC day under those of `to`. */
export interface StepSpan {
  readonly fromMs: number
  readonly toMs: number
  readonly names: 'from' | 'to'
}

/** A measure of the steps from one reading of a series to the next, which the fold finds (`readings.ts`); they add up like anything else. */
export interface SeriesMeasure extends Omit<RowMeasure, 'add'> {
  /** Keys of its metrics in a definition beside those that all have. */
  readonly options: readonly ('by' | 'is' | 'hold')[]
  /** What is remembered of an event. */
  valueOf(units: number, options: SeriesOptions): number
  /** Null where a step adds nothing. */
  spanOf(from: Reading, to: Reading, options: SeriesOptions): StepSpan | null
  /** Adds what of a step falls into a window (`times` 1), or takes it back (-1). */
  step(
    row: Row,
    at: number,
    from: Reading,
    to: Reading,
    window: { readonly startMs: number; readonly endMs: number },
    times: 1 | -1,
    options: SeriesOptions,
  ): void
}

export type Measure = RowMeasure | SeriesMeasure | StateMeasure

export const hasRow = (measure: Measure): measure is RowMeasure | SeriesMeasure => measure.slots > 0
export const goesBySeries = (measure: Measure): measure is SeriesMeasure => 'step' in measure

/** Of numbers of things: parts add up. */
export const NUMBER: Statistic = { ofNothing: 0, addsUp: true, withMore: 'grows', unit: 'number' }
/** Of a value of the field that is between others, such as a mean. */
export const BETWEEN: Statistic = { ofNothing: null, addsUp: false, withMore: 'between', unit: 'field' }
export const LEAST: Statistic = { ...BETWEEN, withMore: 'at most' }
export const MOST: Statistic = { ...BETWEEN, withMore: 'at least' }
