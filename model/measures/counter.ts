/**
 * By how much a counter grew. Its increase is the sum of its steps from reading to reading, by the time of the events; a step down is a counter that
 * began anew, and counts as the value that it comes to. A step belongs to the window of the later reading. Slots: increase (2), resets.
 */
import { addWide, mergeWide, packWide, unpackWide, wideToInt } from '../numbers/wide.ts'
import { NUMBER, type SeriesMeasure, type Statistic } from './measure.ts'
import { inUnits } from './read.ts'

const RESETS = 2
const INCREASE: Statistic = { ofNothing: 0, addsUp: true, withMore: 'grows', unit: 'field' }

export const counter: SeriesMeasure = {
  kind: 'counter',
  says: 'increase and rate (a second) of a number that only grows, such as the total of a meter, and how often it began anew; by: more fields that tell its series from others of the same key',
  statistics: { increase: INCREASE, rate: { ...INCREASE, addsUp: false, isPerSecond: true }, resets: NUMBER },
  input: 'number',
  options: ['by'],
  slots: 3,
  packedBytes: 5,
  isRankable: false,
  valueOf: (units) => units,
  spanOf: (_from, to) => ({ fromMs: to.timeMs, toMs: to.timeMs, names: 'to' }),
  step(row, at, from, to, _window, times) {
    const isReset = to.value < from.value
    if (isReset) row[at + RESETS]! += times
    addWide(row, at, times * (isReset ? Math.max(to.value, 0) : to.value))
    if (!isReset) addWide(row, at, -times * from.value)
  },
  merge(into, at, from, fromAt) {
    mergeWide(into, at, from, fromAt)
    into[at + RESETS]! += from[fromAt + RESETS]!
  },
  // An increase of nothing and one that is zero read alike.
  isEmpty: () => false,
  pack(row, at, out) {
    packWide(row, at, out)
    out.integer(row[at + RESETS]!)
  },
  unpack(from, row, at) {
    unpackWide(row, at, from)
    row[at + RESETS] = Number(from.integer())
  },
  read: (row, at, statistic, decimals) =>
    statistic === 'resets' ? row[at + RESETS]! : inUnits(wideToInt(row, at), decimals),
  exact: (row, at, statistic) => (statistic === 'resets' ? row[at + RESETS]! : wideToInt(row, at)),
  weight: (row, at, statistic) => (statistic === 'resets' ? row[at + RESETS]! : wideToInt(row, at)),
}
