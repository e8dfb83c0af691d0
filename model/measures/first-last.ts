/**
 * The first and the last number of a field by the time of the events; of one time the lower, or higher, offset, then the place in the record, then
 * (over partitions) the number. Slots: present, time, offset, place in the record, units.
 */
import type { Row } from '../numbers/wide.ts'
import type { RowMeasure } from './measure.ts'
import { inUnits } from './read.ts'

const [PRESENT, TIME, UNITS] = [0, 1, 4]

/** Whether the reading at `at` comes before another. */
function isBefore(row: Row, at: number, other: Row, otherAt: number): boolean {
  for (let slot = TIME; slot <= UNITS; slot++) {
    const difference = row[at + slot]! - other[otherAt + slot]!
    if (difference !== 0) return difference < 0
  }
  return false
}

function edge(kind: 'first' | 'last'): RowMeasure {
  const one = new Float64Array(UNITS + 1)
  const isFirst = kind === 'first'
  function take(into: Row, at: number, from: Row, fromAt: number): void {
    if (from[fromAt + PRESENT] === 0) return
    const wins =
      into[at + PRESENT] === 0 ||
      (isFirst ? isBefore(from, fromAt, into, at) : isBefore(into, at, from, fromAt))
    if (wins) for (let slot = 0; slot <= UNITS; slot++) into[at + slot] = from[fromAt + slot]!
  }
  return {
    kind,
    says: `the ${isFirst ? 'earliest' : 'latest'} number of a field, by the time of the events`,
    statistics: { [kind]: { ofNothing: null, addsUp: false, withMore: 'unknown', unit: 'field' } },
    input: 'number',
    hearsPlace: true,
    slots: UNITS + 1,
    packedBytes: 16,
    isRankable: false,
    add(row, at, units, { timeMs, offset, index }) {
      one[PRESENT] = 1
      one[TIME] = timeMs
      one[2] = offset
      one[3] = index
      one[UNITS] = units
      take(row, at, one, 0)
    },
    merge: take,
    isEmpty: (row, at) => row[at] === 0,
    pack(row, at, out) {
      out.natural(row[at]!)
      if (row[at] === 0) return
      for (let slot = TIME; slot <= UNITS; slot++) out.integer(row[at + slot]!)
    },
    unpack(from, row, at) {
      row[at] = Number(from.natural())
      if (row[at] === 0) return
      for (let slot = TIME; slot <= UNITS; slot++) row[at + slot] = Number(from.integer())
    },
    read: (row, at, _statistic, decimals) => (row[at] === 0 ? null : inUnits(row[at + UNITS]!, decimals)),
    exact: (row, at) => row[at + UNITS]!,
    weight: (row, at) => row[at]!,
  }
}

export const first = edge('first')
export const last = edge('last')
