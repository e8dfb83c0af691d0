/** The kinds of metrics there are. A new one is a file beside this and a line here; its twin is `audit/measures/`. */
import type { Metric } from '../definition.ts'
import { ByteReader, ByteWriter } from '../varint.ts'
import type { Row } from '../wide.ts'
import { count } from './count.ts'
import type { Measure } from './measure.ts'
import { stats } from './stats.ts'
import { sum } from './sum.ts'

export type { Measure, Statistic } from './measure.ts'
export const MEASURES = { count, sum, stats } satisfies Record<Metric['kind'], Measure>

export const measureOf = (metric: Metric): Measure => MEASURES[metric.kind]

/** All metrics of a breakdown share one row, in the order they are declared. */
export interface RowLayout {
  readonly metrics: readonly Metric[]
  readonly measures: readonly Measure[]
  /** Where each metric begins. */
  readonly starts: readonly number[]
  readonly slots: number
}

export function rowLayout(metrics: readonly Metric[]): RowLayout {
  const measures = metrics.map(measureOf)
  let slots = 0
  const starts = measures.map((measure) => (slots += measure.slots) - measure.slots)
  return { metrics, measures, starts, slots }
}

export function mergeRow(
  { measures, starts }: RowLayout,
  into: Row,
  at: number,
  from: Row,
  fromAt: number,
): void {
  for (let m = 0; m < measures.length; m++)
    measures[m]!.merge(into, at + starts[m]!, from, fromAt + starts[m]!)
}

export function packRow({ measures, starts }: RowLayout, row: Row, at: number, out: ByteWriter): void {
  for (let m = 0; m < measures.length; m++) measures[m]!.pack(row, at + starts[m]!, out)
}

/** Into slots that are zero. Throws RangeError on bytes that are not a row of this layout. */
export function unpackRow({ measures, starts }: RowLayout, bytes: Buffer, row: Row, at: number): void {
  const reader = new ByteReader(bytes)
  for (let m = 0; m < measures.length; m++) measures[m]!.unpack(reader, row, at + starts[m]!)
  if (!reader.done) throw new RangeError('packed bytes go on after the last metric')
}
