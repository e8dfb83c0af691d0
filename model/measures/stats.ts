/** Count, sum, minimum, maximum, mean and population standard deviation of a field. Slots: count, sum (2), squares (3), min, max. */
import {
  addSquare,
  addWide,
  mergeSquares,
  mergeWide,
  packSquares,
  packWide,
  squaresToInt,
  unpackSquares,
  unpackWide,
  wideToInt,
  type Row,
} from '../numbers/wide.ts'
import type { Int } from '../numbers/integer.ts'
import { BETWEEN, LEAST, MOST, NUMBER, type RowMeasure } from './measure.ts'
import { deviation, inUnits, mean } from './read.ts'

const [SUM, SQUARES, MIN, MAX] = [1, 3, 6, 7]

function bound(row: Row, at: number, isFirst: boolean, min: number, max: number): void {
  // law L8: a minimum merges
  if (isFirst || min < row[at + MIN]!) row[at + MIN] = min
  if (isFirst || max > row[at + MAX]!) row[at + MAX] = max
}

export const stats: RowMeasure = {
  kind: 'stats',
  says: 'count, sum, min, max, avg and stddev of a field, exact in its decimals',
  statistics: {
    avg: BETWEEN,
    count: NUMBER,
    sum: { ofNothing: 0, addsUp: true, withMore: 'sinks or grows', unit: 'field' },
    min: LEAST,
    max: MOST,
    stddev: { ...BETWEEN, withMore: 'from 0' },
  },
  input: 'number',
  slots: 8,
  packedBytes: 28,
  isRankable: false,
  add(row, at, units) {
    bound(row, at, row[at] === 0, units, units)
    row[at]!++
    addWide(row, at + SUM, units)
    addSquare(row, at + SQUARES, units)
  },
  merge(into, at, from, fromAt) {
    if (from[fromAt] === 0) return
    bound(into, at, into[at] === 0, from[fromAt + MIN]!, from[fromAt + MAX]!)
    into[at]! += from[fromAt]!
    mergeWide(into, at + SUM, from, fromAt + SUM)
    mergeSquares(into, at + SQUARES, from, fromAt + SQUARES)
  },
  isEmpty: (row, at) => row[at] === 0,
  pack(row, at, out) {
    out.natural(row[at]!)
    if (row[at] === 0) return
    packWide(row, at + SUM, out)
    packSquares(row, at + SQUARES, out)
    out.integer(row[at + MIN]!)
    out.integer(row[at + MAX]!)
  },
  unpack(from, row, at) {
    row[at] = Number(from.natural())
    if (row[at] === 0) return
    unpackWide(row, at + SUM, from)
    unpackSquares(row, at + SQUARES, from)
    row[at + MIN] = Number(from.integer())
    row[at + MAX] = Number(from.integer())
  },
  read(row, at, statistic, decimals) {
    const count = row[at]!
    if (statistic === 'count') return count
    if (statistic === 'sum') return inUnits(wideToInt(row, at + SUM), decimals)
    if (count === 0) return null
    if (statistic === 'min') return inUnits(row[at + MIN]!, decimals)
    if (statistic === 'max') return inUnits(row[at + MAX]!, decimals)
    if (statistic === 'avg') return mean(count, wideToInt(row, at + SUM), decimals)
    return deviation(count, wideToInt(row, at + SUM), squaresToInt(row, at + SQUARES), decimals)
  },
  weight: (row, at, statistic) => (statistic === 'sum' ? wideToInt(row, at + SUM) : row[at]!),
  exact(row, at, statistic): Int | null {
    if (statistic === 'count') return row[at]!
    if (statistic === 'sum') return wideToInt(row, at + SUM)
    if (statistic === 'min') return row[at + MIN]!
    return statistic === 'max' ? row[at + MAX]! : null
  },
}
