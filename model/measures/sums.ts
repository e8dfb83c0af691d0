/**
 * Several sums that are read together: what an entity's events come to is written as plain sums beside each other (model/facts.ts), and an answer wants them all
 * of the same names. Their bytes are those of the sums; the first of them says how many there are, and orders.
 */
import { mergeWide, packWide, unpackWide, WIDE_SLOTS, wideToInt } from '../numbers/wide.ts'
import type { RowMeasure, Statistic } from './measure.ts'

/** `of` takes the sums in their order; else it is the `nth` of them alone. */
export type SumsStatistic = Statistic &
  ({ readonly of: (sums: readonly number[]) => number | null } | { readonly nth: number })

/** A kind that no definition may name: only readers use it. */
export function sumsMeasure(
  kind: string,
  count: number,
  statistics: Readonly<Record<string, SumsStatistic>>,
): RowMeasure {
  const each = (work: (slot: number) => void): void => {
    for (let nth = 0; nth < count; nth++) work(nth * WIDE_SLOTS)
  }
  return {
    kind,
    says: 'sums that are read together',
    statistics,
    input: 'none',
    slots: count * WIDE_SLOTS,
    packedBytes: count,
    isRankable: false,
    add: () => {
      throw new RangeError(`${kind} is read, and never counted`)
    },
    merge: (into, at, from, fromAt) => each((slot) => mergeWide(into, at + slot, from, fromAt + slot)),
    isEmpty(row, at) {
      for (let slot = 0; slot < count * WIDE_SLOTS; slot++) if (row[at + slot] !== 0) return false
      return true
    },
    pack: (row, at, out) => each((slot) => packWide(row, at + slot, out)),
    unpack: (from, row, at) => each((slot) => unpackWide(row, at + slot, from)),
    read(row, at, statistic) {
      const one = statistics[statistic]!
      const sum = (nth: number): number => Number(wideToInt(row, at + nth * WIDE_SLOTS))
      return 'nth' in one ? sum(one.nth) : one.of(Array.from({ length: count }, (_, nth) => sum(nth)))
    },
    exact: (row, at) => wideToInt(row, at),
    weight: (row, at) => wideToInt(row, at),
  }
}
