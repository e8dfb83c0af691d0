/** What a kind of metric is: how it adds up, how it is kept, what can be asked of it. One file a kind; `index.ts` lists them. */
import type { Int } from '../integer.ts'
import type { ByteReader, ByteWriter } from '../varint.ts'
import type { Row } from '../wide.ts'

export interface Measure {
  readonly kind: string
  /** What can be asked of it; the first is what a metric says that is asked for by its name alone. */
  readonly statistics: readonly Statistic[]
  /** Numbers it takes in a row. All zero is "no event yet". */
  readonly slots: number
  /** Bytes of a packed one, about, for the forecast of memory. */
  readonly packedBytes: number
  /** It adds up a field; a count does not. */
  readonly hasField: boolean
  /** Names can be kept in its order, by its exact value. */
  readonly isRankable: boolean
  /** One event. `units`: the field in units of 10^-decimals. */
  add(row: Row, at: number, units: number): void
  merge(into: Row, at: number, from: Row, fromAt: number): void
  isEmpty(row: Row, at: number): boolean
  pack(row: Row, at: number, out: ByteWriter): void
  /** Into slots that are zero. Throws RangeError on bytes that end too early. */
  unpack(from: ByteReader, row: Row, at: number): void
  /** A statistic as the nearest double to the exact value; null where there is nothing to say, such as the mean of nothing. */
  read(row: Row, at: number, statistic: Statistic, decimals: number): number | null
  /** What orders rows by a statistic exactly; null where only {@link read} does. */
  exact(row: Row, at: number, statistic: Statistic): Int | null
}

export const STATISTICS = ['count', 'sum', 'min', 'max', 'avg', 'stddev'] as const
export type Statistic = (typeof STATISTICS)[number]
