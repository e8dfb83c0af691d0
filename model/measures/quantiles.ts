/**
 * Medians and percentiles of a field, from a histogram (`bins.ts`): a value is off by at most 0.79 % of itself, the least and the greatest are exact.
 * Percentile p of n numbers is the one at place ceil(p * n) in ascending order. Histograms of parts add up exactly.
 */
import { BIN_ERROR, binOf, middleOf } from './bins.ts'
import { BETWEEN, LEAST, MOST, NUMBER, type Statistic, type StateMeasure } from './measure.ts'
import { inUnits } from './read.ts'

export interface Histogram {
  count: number
  min: number
  max: number
  /** Numbers by bin. */
  bins: Map<number, number>
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

const sorted = (state: Histogram): [number, number][] => [...state.bins].sort(([a], [b]) => a - b)

/** In units; the histogram is not empty. */
function percentile(state: Histogram, permille: number): number {
  let left = Math.ceil((state.count * permille) / 1000)
  for (const [bin, count] of sorted(state)) {
    left -= count
    if (left <= 0) return Math.min(Math.max(middleOf(bin), state.min), state.max)
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
  create: () => ({ count: 0, min: 0, max: 0, bins: new Map() }),
  add(state, units) {
    extend(state, units, units)
    state.count++
    const bin = binOf(units)
    state.bins.set(bin, (state.bins.get(bin) ?? 0) + 1)
  },
  merge(into, from) {
    if (from.count === 0) return
    extend(into, from.min, from.max)
    into.count += from.count
    for (const [bin, count] of from.bins) into.bins.set(bin, (into.bins.get(bin) ?? 0) + count)
  },
  isEmpty: ({ count }) => count === 0,
  pack(state, out) {
    out.natural(state.count)
    if (state.count === 0) return
    out.integer(state.min)
    out.integer(state.max)
    out.natural(state.bins.size)
    let before = 0
    for (const [bin, count] of sorted(state)) {
      out.integer(bin - before)
      out.natural(count)
      before = bin
    }
  },
  unpack(from) {
    const state: Histogram = { count: Number(from.natural()), min: 0, max: 0, bins: new Map() }
    if (state.count === 0) return state
    state.min = Number(from.integer())
    state.max = Number(from.integer())
    let bin = 0
    for (let left = Number(from.natural()); left > 0; left--) {
      bin += Number(from.integer())
      state.bins.set(bin, Number(from.natural()))
    }
    return state
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
