/** What one metric has, of one cell or of many: what readers take out of cells, add up and read. */
import type { Int } from '../numbers/integer.ts'
import {
  hasRow,
  measureOf,
  type Approximation,
  type Cell,
  type Measure,
  type RowLayout,
  type Statistic,
} from './index.ts'
import type { Metric } from '../definition.ts'
import type { Bucket } from './buckets.ts'
import type { RowMeasure, SeriesMeasure, StateMeasure } from './measure.ts'
import { inUnits } from './read.ts'
import { ByteReader } from '../numbers/varint.ts'
import type { Row } from '../numbers/wide.ts'

/** Its numbers, or its object. */
export type Part = number[] | object

export interface Parts {
  /** Of a metric that is worked out from others there is no more than its statistics. */
  readonly measure: Pick<Measure, 'statistics'>
  /** It has no {@link error} ever. */
  readonly isExact: boolean
  /** A copy of its own. `piece`: what of the cell lies beside it, by `METRIC.PIECE`. Throws RangeError where that does not belong to it. */
  of(cell: Cell, piece?: (name: string) => Buffer | null): Part
  copy(part: Part): Part
  merge(into: Part, from: Part): void
  isEmpty(part: Part): boolean
  /** Null where there is nothing to say; see {@link nothing} for what no events at all show. */
  read(part: Part, statistic: string): number | null
  /** Orders parts by a statistic: exactly where that can be. */
  rank(part: Part, statistic: string): Int
  weight(part: Part, statistic: string): Int
  error(part: Part, statistic: string): Approximation | null
  /** In the unit of the field; null where the measure has none. */
  buckets: ((part: Part) => Bucket[]) | null
}

export function statisticOf(metric: Metric, statistic: string): Statistic {
  return measureOf(metric).statistics[statistic]!
}

/** `place`: of the metric in the definition; the cells hold it. */
export function partsOf({ metrics, measures, places, starts, slots }: RowLayout, place: number): Parts {
  const nth = places.indexOf(place)
  const [measure, at] = [measures[nth]!, starts[nth]!]
  const decimals = metrics[nth]!.decimals ?? 0
  return hasRow(measure) ? rowParts(measure, at, decimals) : stateParts(measure, place, slots + at, decimals)
}

function rowParts(measure: RowMeasure | SeriesMeasure, at: number, decimals: number): Parts {
  const { slots } = measure
  const row = (part: Part): Row => part as number[]
  return {
    measure,
    isExact: true,
    of(cell) {
      const part = new Array<number>(slots)
      for (let slot = 0; slot < slots; slot++) part[slot] = cell[at + slot] as number
      return part
    },
    copy: (part) => [...(part as number[])],
    merge: (into, from) => measure.merge(row(into), 0, row(from), 0),
    isEmpty: (part) => measure.isEmpty(row(part), 0),
    read: (part, statistic) => measure.read(row(part), 0, statistic, decimals),
    rank: (part, statistic) =>
      measure.exact(row(part), 0, statistic) ?? measure.read(row(part), 0, statistic, decimals)!,
    weight: (part, statistic) => measure.weight(row(part), 0, statistic),
    error: () => null,
    buckets: null,
  }
}

function stateParts(measure: StateMeasure, place: number, at: number, decimals: number): Parts {
  const copy = (part: object): object => {
    const whole = measure.create()
    measure.merge(whole, part)
    return whole
  }
  return {
    measure,
    isExact: false,
    of(cell, piece) {
      let state = cell[at] as object | string | undefined
      // Unpacked once, where it lies: whoever asks for this metric asks again.
      if (typeof state === 'string')
        cell[at] = state = measure.unpack(new ByteReader(Buffer.from(state, 'latin1')), (number) => {
          const bytes = piece?.(`${place}.${number}`) ?? null
          return bytes === null ? null : new ByteReader(bytes)
        })
      return copy(state ?? measure.create())
    },
    copy,
    merge: (into, from) => measure.merge(into, from),
    isEmpty: (part) => measure.isEmpty(part),
    read: (part, statistic) => measure.read(part, statistic, decimals),
    rank: (part, statistic) => measure.exact(part, statistic) ?? measure.read(part, statistic, decimals)!,
    weight: (part, statistic) => measure.weight(part, statistic),
    error: (part, statistic) => measure.error(part, statistic),
    buckets:
      measure.buckets === undefined
        ? null
        : (part) =>
            measure.buckets!(part).map(({ from, to, count }) => ({
              from: inUnits(from, decimals),
              to: inUnits(to, decimals),
              count,
            })),
  }
}
