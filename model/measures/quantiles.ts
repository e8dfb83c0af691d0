/**
 * Medians and percentiles of a field, from a histogram (`bins.ts`): a value is off by at most 0.79 % of itself, the least and the greatest are exact.
 * Percentile p of n numbers is the one at place ceil(p * n) in ascending order. Histograms of parts add up exactly.
 */
import { BinCounts } from './bin-counts.ts'
import { BIN_ERROR, binOf, middleOf } from './bins.ts'
import { BETWEEN, LEAST, MOST, NUMBER, type Statistic, type StateMeasure } from './measure.ts'
import { inUnits } from './read.ts'
import { sortFirst } from './sort-first.ts'

export interface Histogram {
  count: number
  min: number
  max: number
  readonly bins: BinCounts
}

const PERMILLE: Readonly<Record<string, number>> = {
  p50: 500,
  p75: 750,
  p90: 900,
  p95: 950,
  p99: 990,
  p999: 999,
}

function extend(state: Histogram, min: number, max: number): void {
  if (state.count === 0 || min < state.min) state.min = min
  if (state.count === 0 || max > state.max) state.max = max
}

/** In units; the histogram is not empty. */
function percentile(state: Histogram, permille: number): number {
  let left = Math.ceil((state.count * permille) / 1000)
  const { bins, counts } = state.bins
  for (let at = 0; at < bins.length; at++) {
    left -= counts[at]!
    if (left <= 0) return Math.min(Math.max(middleOf(bins[at]!), state.min), state.max)
  }
  return state.max
}

export const quantiles: StateMeasure<Histogram> = {
  kind: 'quantiles',
  says: 'p50, p75, p90, p95, p99, p999 (within 0.79 %), and exact count, min and max of a field',
  statistics: {
    ...Object.fromEntries(Object.keys(PERMILLE).map((name): [string, Statistic] => [name, BETWEEN])),
    count: NUMBER,
    min: LEAST,
    max: MOST,
  },
  input: 'number',
  slots: 0,
  packedBytes: 120,
  isRankable: false,
  create: () => ({ count: 0, min: 0, max: 0, bins: new BinCounts() }),
  addAll(state, units, count) {
    sortFirst(units, count)
    extend(state, units[0]!, units[count - 1]!)
    state.count += count
    for (let at = 0; at < count; at++) units[at] = binOf(units[at]!)
    state.bins.addSorted(units, count)
  },
  merge(into, from) {
    if (from.count === 0) return
    extend(into, from.min, from.max)
    into.count += from.count
    into.bins.unite(from.bins)
  },
  isEmpty: ({ count }) => count === 0,
  pack(state, out) {
    out.natural(state.count)
    if (state.count === 0) return
    out.integer(state.min)
    out.integer(state.max)
    const { bins, counts } = state.bins
    out.natural(bins.length)
    for (let at = 0; at < bins.length; at++) {
      out.integer(at === 0 ? bins[0]! : bins[at]! - bins[at - 1]!)
      out.natural(counts[at]!)
    }
  },
  unpack(from) {
    const count = Number(from.natural())
    if (count === 0) return { count, min: 0, max: 0, bins: new BinCounts() }
    const [min, max] = [Number(from.integer()), Number(from.integer())]
    const size = Number(from.natural())
    const bins = new BinCounts()
    for (let at = 0, bin = 0; at < size; at++) {
      const step = Number(from.integer())
      if (at > 0 && !(step > 0)) throw new RangeError('packed bytes are no histogram in order')
      bins.push((bin += step), Number(from.natural()))
    }
    return { count, min, max, bins }
  },
  pass(from) {
    if (Number(from.natural()) === 0) return
    from.integer()
    from.integer()
    const size = Number(from.natural())
    for (let at = 0; at < size; at++) {
      const step = Number(from.integer())
      if (at > 0 && !(step > 0)) throw new RangeError('packed bytes are no histogram in order')
      from.natural()
    }
  },
  read(state, statistic, decimals) {
    if (statistic === 'count') return state.count
    if (state.count === 0) return null
    const permille = PERMILLE[statistic]
    const units =
      permille !== undefined ? percentile(state, permille) : statistic === 'min' ? state.min : state.max
    return inUnits(units, decimals)
  },
  exact(state, statistic) {
    if (statistic === 'count') return state.count
    if (statistic === 'min') return state.min
    return statistic === 'max' ? state.max : null
  },
  weight: ({ count }) => count,
  error: (state, statistic) =>
    PERMILLE[statistic] === undefined || state.count === 0 ? null : { relative: BIN_ERROR, is: 'bound' },
}
