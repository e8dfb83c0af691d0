/**
 * For how long a text field had one of some values: from a reading to the next one of its series, at most `hold`, by what the first one says. Each window has
 * its own part of that time. Slots: ms, changes.
 */
import { NUMBER, type SeriesMeasure } from './measure.ts'

const CHANGES = 1

export const timeInState: SeriesMeasure = {
  kind: 'time_in_state',
  says: 'seconds during which a field had one of the values is:, from reading to reading of its key, each for at most hold: (10m); changes: how often it came to one of them from another; by: as of counter',
  statistics: { seconds: { ofNothing: 0, addsUp: true, withMore: 'grows', unit: 'number' }, changes: NUMBER },
  input: 'text',
  options: ['is', 'hold', 'by'],
  slots: 2,
  packedBytes: 4,
  isRankable: false,
  valueOf: (hash, { isHashes }) => (isHashes.has(hash) ? 1 : 0),
  spanOf(from, to, { holdMs }) {
    if (from.value === 0) return to.value === 0 ? null : { fromMs: to.timeMs, toMs: to.timeMs, names: 'to' }
    const untilMs = Math.min(to.timeMs, from.timeMs + holdMs)
    return untilMs === from.timeMs ? null : { fromMs: from.timeMs, toMs: untilMs - 1, names: 'from' }
  },
  step(row, at, from, to, { startMs, endMs }, times, { holdMs }) {
    if (from.value === 1) {
      const untilMs = Math.min(to.timeMs, from.timeMs + holdMs, endMs)
      row[at]! += times * Math.max(0, untilMs - Math.max(from.timeMs, startMs))
    } else row[at + CHANGES]! += times
  },
  merge(into, at, from, fromAt) {
    into[at]! += from[fromAt]!
    into[at + CHANGES]! += from[fromAt + CHANGES]!
  },
  isEmpty: () => false,
  pack(row, at, out) {
    out.integer(row[at]!)
    out.integer(row[at + CHANGES]!)
  },
  unpack(from, row, at) {
    row[at] = Number(from.integer())
    row[at + CHANGES] = Number(from.integer())
  },
  read: (row, at, statistic) => (statistic === 'changes' ? row[at + CHANGES]! : row[at]! / 1000),
  exact: (row, at, statistic) => row[at + (statistic === 'changes' ? CHANGES : 0)]!,
  weight: (row, at, statistic) => row[at + (statistic === 'changes' ? CHANGES : 0)]!,
}
