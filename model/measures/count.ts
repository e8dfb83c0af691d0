/** Number of events. */
import { NUMBER, type RowMeasure } from './measure.ts'

export const count: RowMeasure = {
  kind: 'count',
  says: 'how many events',
  statistics: { count: NUMBER },
  input: 'none',
  slots: 1,
  packedBytes: 3,
  isRankable: true,
  add(row, at) {
    row[at]!++
  },
  merge(into, at, from, fromAt) {
    into[at]! += from[fromAt]!
  },
  isEmpty: (row, at) => row[at] === 0,
  pack: (row, at, out) => out.natural(row[at]!),
  unpack(from, row, at) {
    row[at] = Number(from.natural())
  },
  read: (row, at) => row[at]!,
  exact: (row, at) => row[at]!,
  weight: (row, at) => row[at]!,
}
