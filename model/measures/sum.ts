/** Sum of a field, an exact integer of 10^-decimals units. Events without the field add nothing. */
import { addWide, mergeWide, packWide, unpackWide, wideToInt, WIDE_SLOTS } from '../numbers/wide.ts'
import type { RowMeasure } from './measure.ts'
import { inUnits } from './read.ts'

export const sum: RowMeasure = {
  kind: 'sum',
  says: 'the sum of a field, exact in its decimals',
  // Whether what is not known is above or below zero, a sum does not know.
  statistics: { sum: { ofNothing: 0, addsUp: true, withMore: 'unknown', unit: 'field' } },
  input: 'number',
  slots: WIDE_SLOTS,
  packedBytes: 6,
  isRankable: true,
  add: addWide,
  merge: mergeWide,
  // A sum of nothing and a sum that is zero read alike.
  isEmpty: () => false,
  pack: packWide,
  unpack: (from, row, at) => unpackWide(row, at, from),
  read: (row, at, _statistic, decimals) => inUnits(wideToInt(row, at), decimals),
  exact: wideToInt,
  weight: wideToInt,
}
