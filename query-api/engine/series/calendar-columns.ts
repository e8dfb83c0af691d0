/**
 * Days, weeks or months of a query over all partitions, each added up from the windows that it is made of. What a bucket holds is kept from
 * answer to answer, so that the next one costs what changed: of a year of days nearly always the last.
 */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import { MAX_CHUNKS, tooManyCells } from '../plan/budget.ts'
import type { Bucket, CalendarPlan } from '../plan/calendar-plan.ts'
import { RangeCells, type RangeSum } from '../rows/range-cells.ts'
import type { Hashes } from '../rows/chunks.ts'
import { HashCounts } from '../rows/hash-counts.ts'
import type { Marks } from '../rows/partition-rows.ts'
import type { SeriesIndex } from '../rows/series-index.ts'
import type { Provenance } from '../../wire.ts'

interface Kept {
  bucket: Bucket
  readonly cells: RangeCells
  /** What it summed up to, and when that is so still. */
  last: { sum: RangeSum; key: string } | null
}

export class CalendarColumns {
  readonly #plan: Pick<CalendarPlan, 'resolved' | 'interval'>
  readonly #index: SeriesIndex
  readonly #wanted: { lists: readonly (readonly string[])[]; all: readonly string[] }[]
  #kept = new Map<number, Kept>()
  readonly #counts: HashCounts

  constructor(plan: Pick<CalendarPlan, 'resolved' | 'interval'>, partitions: number, index: SeriesIndex) {
    this.#plan = plan
    this.#index = index
    this.#wanted = Array.from({ length: partitions }, () => ({ lists: [], all: [] }))
    this.#counts = new HashCounts(partitions)
  }

  moveTo(buckets: readonly Bucket[]): void {
    const next = new Map<number, Kept>()
    for (const bucket of buckets) {
      const kept = this.#kept.get(bucket.fromMs) ?? this.#begin(bucket)
      if (kept.bucket !== bucket) kept.last = null
      kept.bucket = bucket
      kept.cells.moveTo(bucket.runs)
      next.set(bucket.fromMs, kept)
    }
    this.#kept = next
    this.#counts.forget()
  }

  #begin(bucket: Bucket): Kept {
    const cells = new RangeCells(this.#plan.resolved, this.#index, this.#wanted.length)
    return { bucket, cells, last: null }
  }

  /** Each hash once, however many buckets need it. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): Wanted {
    const lists = [...this.#kept.values()].flatMap(({ cells }) => cells.wanted(partition, held))
    const last = this.#wanted[partition]!
    if (lists.length !== last.lists.length || lists.some((list, at) => list !== last.lists[at]))
      this.#wanted[partition] = { lists, all: [...new Set(lists.flat())] }
    this.#counts.set(partition, this.#wanted[partition]!.all.length)
    if (this.#counts.all > MAX_CHUNKS)
      throw tooManyCells(
        `${this.#plan.resolved.breakdown.name} at ${this.#plan.interval.name}`,
        '/from',
        'a shorter range',
      )
    return [this.#wanted[partition]!.all]
  }

  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    for (const kept of this.#kept.values())
      if (yield* kept.cells.fold(partition, held, marks)) kept.last = null
  }

  get cells(): number {
    let cells = 0
    for (const kept of this.#kept.values()) cells += kept.cells.cells
    return cells
  }

  lose(partition: number): void {
    for (const kept of this.#kept.values()) {
      kept.cells.lose(partition)
      kept.last = null
    }
  }

  /** In the order of `buckets`, of those that the columns were moved to. */
  *sums(buckets: readonly Bucket[], provenance: Provenance): Generator<void, RangeSum[]> {
    const sums: RangeSum[] = []
    for (const { fromMs } of buckets) {
      const kept = this.#kept.get(fromMs)!
      const key = knownKey(kept.bucket, provenance)
      if (kept.last?.key !== key) kept.last = { sum: yield* kept.cells.sum(provenance), key }
      sums.push(kept.last.sum)
      yield
    }
    return sums
  }
}

/** Equal while what is known of the bucket is the same: where its edges lie to what is known at all. */
function knownKey({ fromMs, toMs }: Bucket, { sinceMs, asOfMs, lostBeforeMs }: Provenance): string {
  const inside = (ms: number | null | undefined): number | null =>
    ms == null ? null : Math.min(Math.max(ms, fromMs), toMs)
  return `${inside(sinceMs)} ${inside(asOfMs)} ${inside(lostBeforeMs)}`
}
