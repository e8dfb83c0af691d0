import type { Series } from '../../wire.ts'
import type { approximateNote } from '../approximate.ts'
import type { Size } from '../plan/budget.ts'
import type { Span } from '../plan/kept.ts'
import type { leftOutNotes } from '../rows/partition-rows.ts'

/** An answer without what it knows of itself, and for which windows it is so. */
export interface SeriesBody {
  readonly first: number
  readonly known: Span
  readonly there: Span
  readonly size: Size
  readonly timesMs: number[]
  readonly series: Series[]
  readonly others: { count: number; values: (number | null)[] } | null
  readonly shown: number[]
  readonly total: number
  readonly notes: ReturnType<typeof leftOutNotes> & ReturnType<typeof approximateNote>
}
