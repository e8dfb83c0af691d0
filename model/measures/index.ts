/** The kinds of metrics there are. A new one is a file beside this and a line here; its twin is a file in `audit/measures/`. */
import type { Metric } from '../definition.ts'
import { isKeptIn } from '../kept-in.ts'
import { ByteReader, type ByteWriter } from '../numbers/varint.ts'
import type { Row } from '../numbers/wide.ts'
import { count } from './count.ts'
import { counter } from './counter.ts'
import { first, last } from './first-last.ts'
import { funnels } from './funnels.ts'
import { journeys } from './journeys.ts'
import { hasRow, type Measure, type PiecesOut } from './measure.ts'
import { quantiles } from './quantiles.ts'
import { retention } from './retention.ts'
import { sessions } from './sessions.ts'
import { stats } from './stats.ts'
import { sum } from './sum.ts'
import { timeInState } from './time-in-state.ts'
import { uniques } from './uniques.ts'

export {
  goesBySeries,
  hasRow,
  type Approximation,
  type EventPlace,
  type Measure,
  type PiecesOut,
  type SeriesMeasure,
  type SeriesOptions,
  type Statistic,
} from './measure.ts'

const LIST = [count, sum, stats, quantiles, uniques, first, last, counter, timeInState] as readonly Measure[]
export const MEASURES: ReadonlyMap<string, Measure> = new Map(LIST.map((measure) => [measure.kind, measure]))

/** Of facts, which answers read together; no definition names them. */
const TOGETHER = new Map(
  [sessions, ...funnels, ...retention, journeys].map((measure) => [measure.kind, measure]),
)
/** Asked for as a statistic, of a range as a whole: how many values are where. */
export const HISTOGRAM = 'histogram'
export const hasHistogram = (metric: Metric): boolean => {
  const measure = MEASURES.get(metric.kind)
  return measure !== undefined && !hasRow(measure) && measure.buckets !== undefined
}

/** Throws RangeError on a kind that this version does not know: definitions are checked before they come here. */
export function measureOf({ kind }: { readonly kind: string }): Measure {
  const measure = MEASURES.get(kind) ?? TOGETHER.get(kind)
  if (measure === undefined) throw new RangeError(`no measure is called ${kind}`)
  return measure
}

/** Where a metric takes a number in units from, or null where it takes none. */
export const numberInput = (metric: Metric): { readonly field: string; readonly decimals: number } | null =>
  measureOf(metric).input === 'number' ? { field: metric.field!, decimals: metric.decimals! } : null

/** As {@link numberInput}, of a text whose hash it takes (`text-hash.ts`). */
export const textInput = (metric: Metric): string | null =>
  measureOf(metric).input === 'text' ? metric.field! : null

/**
 * The metrics that a breakdown keeps share one cell, in the order they are declared: a row of numbers, and an object beside it for each that needs one. The
 * objects of the row that begins at `at` begin at `objectsAt(layout, at)`.
 */
export interface RowLayout {
  readonly metrics: readonly Metric[]
  readonly measures: readonly Measure[]
  /** The place of each in the definition: by it what lies beside a cell is named. */
  readonly places: readonly number[]
  /** Where each metric begins in the row; where its object stands among the objects. */
  readonly starts: readonly number[]
  /** At least 1, so that every cell has a place of its own. */
  readonly slots: number
  readonly objects: number
}

/** Of the cells of a breakdown. */
export function cellLayout(
  { metrics }: { readonly metrics: readonly Metric[] },
  breakdown: string,
): RowLayout {
  const places = metrics.flatMap((metric, place) => (isKeptIn(metric, breakdown) ? place : []))
  return rowLayout(
    places.map((place) => metrics[place]!),
    places,
  )
}

export function rowLayout(
  metrics: readonly Metric[],
  places: readonly number[] = metrics.map((_, place) => place),
): RowLayout {
  const measures = metrics.map(measureOf)
  let [slots, objects] = [0, 0]
  const starts = measures.map((measure) =>
    hasRow(measure) ? (slots += measure.slots) - measure.slots : objects++,
  )
  return { metrics, measures, places, starts, slots: Math.max(slots, 1), objects }
}

/**
 * One cell as a value of its own, for readers: the numbers of its row, then the objects of the measures that need one. A text is an object that is still
 * packed, a character a byte.
 */
export type Cell = (number | object | string | undefined)[]

/** Of many cells: `layout.objects` a cell, absent where there was no event yet. */
export type Objects = (object | undefined)[]

export const objectsAt = ({ slots, objects }: RowLayout, at: number): number => (at / slots) * objects

export function mergeRow(
  { measures, starts }: RowLayout,
  into: Row,
  at: number,
  from: Row,
  fromAt: number,
): void {
  for (let m = 0; m < measures.length; m++) {
    const measure = measures[m]!
    if (hasRow(measure)) measure.merge(into, at + starts[m]!, from, fromAt + starts[m]!)
  }
}

/** What of a cell lies beside it (`PiecesIn`), by the metric's place in the definition. */
export type CellPieces = (metric: number, piece: number) => ByteReader | null

/** `piecesOf`: takes the pieces of a metric. */
export function packRow(
  layout: RowLayout,
  row: Row,
  at: number,
  out: ByteWriter,
  objects: Objects,
  piecesOf: (metric: number) => PiecesOut,
): void {
  const { measures, places, starts } = layout
  for (let m = 0; m < measures.length; m++) {
    const measure = measures[m]!
    if (hasRow(measure)) measure.pack(row, at + starts[m]!, out)
    else
      measure.pack(objects[objectsAt(layout, at) + starts[m]!] ?? measure.create(), out, piecesOf(places[m]!))
  }
}

/** Into slots that are zero and objects that are absent. Throws RangeError on bytes that are not a cell of this layout. */
export function unpackRow(
  layout: RowLayout,
  bytes: Buffer,
  row: Row,
  at: number,
  objects: Objects,
  pieces: CellPieces,
): void {
  const { measures, places, starts } = layout
  const reader = new ByteReader(bytes)
  for (let m = 0; m < measures.length; m++) {
    const measure = measures[m]!
    if (hasRow(measure)) measure.unpack(reader, row, at + starts[m]!)
    else
      objects[objectsAt(layout, at) + starts[m]!] = measure.unpack(reader, (piece) =>
        pieces(places[m]!, piece),
      )
  }
  if (!reader.done) throw new RangeError('packed bytes go on after the last metric')
}

/** As {@link unpackRow}; objects are handed over as they are packed, in their order. */
export function passRow(layout: RowLayout, bytes: Buffer, row: Row, packed: (object: string) => void): void {
  const { measures, starts } = layout
  const reader = new ByteReader(bytes)
  for (let m = 0; m < measures.length; m++) {
    const measure = measures[m]!
    if (hasRow(measure)) measure.unpack(reader, row, starts[m]!)
    else {
      const from = reader.at
      measure.pass(reader)
      packed(bytes.toString('latin1', from, reader.at))
    }
  }
  if (!reader.done) throw new RangeError('packed bytes go on after the last metric')
}
