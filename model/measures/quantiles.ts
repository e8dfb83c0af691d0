/**
 * Medians and percentiles of a field, from a histogram (`bins.ts`): a value is off by at most 0.79 % of itself, the least and the greatest are exact.
 * Percentile p of n numbers is the one at place ceil(p * n) in ascending order. Histograms of parts add up exactly.
 */
import { type ByteReader, ByteWriter } from '../numbers/varint.ts'
import { BinCounts, binned, condense, runs } from './bin-counts.ts'
import { FIRST_PIECE, PIECES, piecesIn, unpackPieces } from './bin-pieces.ts'
import { bucketsOf } from './buckets.ts'
import { BIN_ERROR, middleOf } from './bins.ts'
import { Marks } from './marks.ts'
import { BETWEEN, LEAST, MOST, NUMBER, type Statistic, type StateMeasure } from './measure.ts'
import { DenseBins } from './dense-bins.ts'
import { inUnits } from './read.ts'

export interface Histogram {
  count: number
  min: number
  max: number
  /** Of what is added to in pieces they lie in {@link dense}. */
  bins: BinCounts
  dense: DenseBins | null
  /** By piece (`bin-pieces.ts`): changed since the store has them; null where it has none. */
  changed: Marks | null
}

const PERMILLE: Readonly<Record<string, number>> = {
  p50: 500,
  p75: 750,
  p90: 900,
  p95: 950,
  p99: 990,
  p999: 999,
}

/** Up to so many bins are not in pieces. */
const FEW = 64

function extend(state: { count: number; min: number; max: number }, min: number, max: number): void {
  if (state.count === 0 || min < state.min) state.min = min
  if (state.count === 0 || max > state.max) state.max = max
}

const writer = new ByteWriter()

const binsOf = ({ bins, dense }: Histogram): BinCounts => dense?.counts() ?? bins

/** In units; the histogram is not empty. */
function percentile(state: Histogram, permille: number): number {
  let left = Math.ceil((state.count * permille) / 1000)
  const { bins, counts } = binsOf(state)
  for (let at = 0; at < bins.length; at++) {
    left -= counts[at]!
    if (left <= 0) return Math.min(Math.max(middleOf(bins[at]!), state.min), state.max)
  }
  return state.max
}

function extendBy(
  state: { count: number; min: number; max: number },
  units: Float64Array,
  count: number,
): void {
  let [min, max] = [units[0]!, units[0]!]
  for (let at = 1; at < count; at++) {
    const one = units[at]!
    if (one < min) min = one
    else if (one > max) max = one
  }
  extend(state, min, max)
}

function sumOf(count: number, weights: Float64Array | undefined): number {
  if (weights === undefined) return count
  let sum = 0
  for (let at = 0; at < count; at++) sum += weights[at]!
  return sum
}

/** As it was read from packed bytes. */
const known = { count: 0, min: 0, max: 0, size: 0, bins: { bins: [] as number[], counts: [] as number[] } }

function readKnown(from: ByteReader | null): void {
  known.count = known.size = 0
  if (from === null || (known.count = Number(from.natural())) === 0) return
  known.min = Number(from.integer())
  known.max = Number(from.integer())
  known.size = Number(from.natural())
  const { bins, counts } = known.bins
  for (let at = 0, bin = 0; at < known.size; at++) {
    bins[at] = bin += Number(from.integer())
    counts[at] = Number(from.natural())
  }
}

function addPacked(
  from: ByteReader | null,
  units: Float64Array,
  count: number,
  _events: number,
  out: ByteWriter,
  weights?: Float64Array,
): number {
  readKnown(from)
  const fresh = binned(units, count, weights)
  if (known.size + fresh > FEW) return -1
  if (count > 0) extendBy(known, units, count)
  known.count += sumOf(count, weights)
  out.natural(known.count)
  if (known.count === 0) return 0
  out.integer(known.min)
  out.integer(known.max)
  const [ours, theirs] = [known.bins, runs]
  let size = 0
  for (let [own, other] = [0, 0]; own < known.size || other < fresh; size++) {
    const bin =
      other === fresh || (own < known.size && ours.bins[own]! < theirs.bins[other]!)
        ? ours.bins[own]!
        : theirs.bins[other]!
    let sum = 0
    if (own < known.size && ours.bins[own] === bin) sum += ours.counts[own++]!
    if (other < fresh && theirs.bins[other] === bin) sum += theirs.counts[other++]!
    joined.bins[size] = bin
    joined.counts[size] = sum
  }
  packBins(joined.bins, joined.counts, size, out)
  return weights === undefined ? count : condense(units, weights, count, fresh)
}

const joined = { bins: [] as number[], counts: [] as number[] }

function packBins(bins: readonly number[], counts: readonly number[], size: number, out: ByteWriter): void {
  out.natural(size)
  for (let at = 0; at < size; at++) {
    out.integer(at === 0 ? bins[0]! : bins[at]! - bins[at - 1]!)
    out.natural(counts[at]!)
  }
}

/** False where they lie in pieces. */
function eachBin(from: ByteReader, one: (bin: number, count: number) => void): boolean {
  const size = Number(from.natural())
  if (size > FEW) throw new RangeError('packed bytes are no histogram')
  for (let at = 0, bin = 0; at < size; at++) {
    const step = Number(from.integer())
    if (at > 0 && !(step > 0)) throw new RangeError('packed bytes are no histogram in order')
    one((bin += step), Number(from.natural()))
  }
  return size > 0
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
  create: () => ({ count: 0, min: 0, max: 0, bins: new BinCounts(), dense: null, changed: null }),
  addAll(state, units, count, _events, weights) {
    if (count === 0) return 0
    extendBy(state, units, count)
    state.count += sumOf(count, weights)
    const size = binned(units, count, weights)
    if (state.changed === null) state.bins.addRuns(size)
    else (state.dense ??= new DenseBins(state.bins)).addRuns(size, state.changed)
    return weights === undefined ? count : condense(units, weights, count, size)
  },
  addPacked,
  merge(into, from) {
    into.bins = binsOf(into)
    into.dense = into.changed = null
    if (from.count === 0) return
    extend(into, from.min, from.max)
    into.count += from.count
    into.bins.unite(binsOf(from))
  },
  isEmpty: ({ count }) => count === 0,
  pack(state, out, pieces) {
    out.natural(state.count)
    if (state.count === 0) return
    out.integer(state.min)
    out.integer(state.max)
    const { bins, counts } = state.bins
    if (state.dense === null && bins.length <= FEW) return packBins(bins, counts, bins.length, out)
    const dense = (state.dense ??= new DenseBins(state.bins))
    const [first, last] = dense.ends
    out.natural(0)
    out.integer(first)
    out.natural(last - first)
    const changed = pieces.isAll ? null : state.changed
    for (let piece = first; piece <= last; piece++) {
      if (changed?.has(piece - FIRST_PIECE) === false) continue
      writer.clear()
      if (dense.packPiece(piece, writer)) pieces.put(piece, writer)
    }
    if (state.changed === null) state.changed = new Marks(PIECES)
    else state.changed.clear()
  },
  unpack(from, pieces) {
    const state = quantiles.create()
    state.count = Number(from.natural())
    if (state.count === 0) return state
    state.min = Number(from.integer())
    state.max = Number(from.integer())
    if (eachBin(from, (bin, count) => state.bins.push(bin, count))) return state
    unpackPieces(state.bins, state.count, from, pieces)
    state.changed = new Marks(PIECES)
    return state
  },
  pass(from) {
    if (Number(from.natural()) === 0) return true
    from.integer()
    from.integer()
    if (eachBin(from, () => {})) return true
    piecesIn(from)
    return false
  },
  bytes: ({ bins, dense }) => 200 + (dense === null ? bins.bins.length * 16 : dense.bytes),
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
  buckets(state) {
    const { bins, counts } = binsOf(state)
    return bucketsOf(bins, counts)
  },
  error: (state, statistic) =>
    PERMILLE[statistic] === undefined || state.count === 0 ? null : { relative: BIN_ERROR, is: 'bound' },
}
