/** Number of events. */
import type { Measure } from './measure.ts'

export const count: Measure = {
  kind: 'count',
  statistics: ['count'],
  slots: 1,
  packedBytes: 3,
  hasField: false,
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
}
