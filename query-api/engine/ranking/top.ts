/** Answers a ranking: the names of a breakdown by what they have over a range, exact from cells of all partitions (never from a sorted set). */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import type { Hashes } from '../rows/chunks.ts'
import { zoneNote } from '../plan/zone-note.ts'
import { SeriesIndex } from '../rows/series-index.ts'
import { leftOutNotes, together, type Marks } from '../rows/partition-rows.ts'
import { provenanceOf, type SourceState } from '../../sources/provenance.ts'
import type { TopQuery } from '../../language/query.ts'
import { overMs, shownMetric, type ResolvedQuery } from '../plan/resolved-query.ts'
import { approximateNote } from '../approximate.ts'
import { RangeCells } from '../rows/range-cells.ts'
import { Ranking } from './ranking.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { Tiling } from '../plan/time-tiling.ts'
import { answerable, catalogOf, choose, plan, type Choice, type Plan } from '../plan/plan.ts'
import { usesLatest, type Clocks } from '../../language/time.ts'
import { Compared } from '../compared.ts'
import type { PreparedQuery, Execution } from '../rows/one-snapshot.ts'
import type { TopAnswer } from '../../wire.ts'

export class PreparedTop implements PreparedQuery<TopAnswer> {
  readonly query: TopQuery
  #chosen: { partitions: OpenSource['partitions']; choice: Choice<TopQuery> } | null = null
  #execution: TopExecution | null = null

  constructor(query: TopQuery) {
    this.query = query
  }

  get usesLatest(): boolean {
    return usesLatest(this.query.from) || usesLatest(this.query.to)
  }

  plan(open: OpenSource, clocks: Clocks): Plan<TopQuery> {
    const catalog = catalogOf(open, clocks)
    if (this.#chosen?.partitions !== open.partitions) {
      this.#chosen = { partitions: open.partitions, choice: choose(this.query, catalog) }
      this.#execution = null
    }
    return plan(this.query, catalog, this.#chosen.choice)
  }

  executions(open: OpenSource, clocks: Clocks): (() => TopExecution)[] {
    const { resolved, candidates } = answerable(this.plan(open, clocks))
    return candidates.map((tiling) => () => {
      if (this.#execution === null || this.#execution.isWorn)
        this.#execution = new TopExecution(resolved, open.partitions.length)
      this.#execution.moveTo(tiling)
      return this.#execution
    })
  }

  get keptCells(): number {
    return this.#execution?.cells ?? 0
  }

  forget(): void {
    this.#execution = null
  }
}

class TopExecution implements Execution<TopAnswer> {
  readonly #resolved: ResolvedQuery<TopQuery>
  readonly #index = new SeriesIndex()
  readonly #cells: Compared<RangeCells>
  #tiling: Tiling = { asked: { fromMs: 0, toMs: 0 }, fromMs: 0, toMs: 0, runs: [], previous: null }

  constructor(resolved: ResolvedQuery<TopQuery>, partitions: number) {
    this.#resolved = resolved
    const gather = (): RangeCells => new RangeCells(resolved, this.#index, partitions)
    this.#cells = new Compared(gather(), gather())
  }

  get isWorn(): boolean {
    return this.#index.isWorn
  }

  moveTo(tiling: Tiling): void {
    this.#tiling = tiling
    this.#cells.now.moveTo(tiling.runs)
    this.#cells.before!.moveTo(tiling.previous?.runs ?? [])
  }

  wanted(partition: number, held: Hashes): Wanted {
    return this.#cells.wanted(partition, held)
  }

  fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    return this.#cells.fold(partition, held, marks)
  }

  get cells(): number {
    return this.#cells.cells
  }

  lose(partition: number): void {
    this.#cells.lose(partition)
  }

  *finish(state: SourceState, nowMs: number): Generator<void, TopAnswer> {
    const { query, source } = this.#resolved
    const { asked, fromMs, toMs, runs, previous } = this.#tiling
    const provenance = provenanceOf(state, nowMs)
    const now = yield* this.#cells.now.sum(provenance)
    const before = yield* this.#cells.before!.sum(provenance)
    const isBeforeKnown =
      previous !== null &&
      previous.runs !== null &&
      before.isKnown &&
      (provenance.sinceMs ?? Infinity) <= previous.fromMs
    const resolved = overMs(this.#resolved, toMs - fromMs)
    const ranking = new Ranking(resolved, this.#index.names, now, isBeforeKnown ? before.cells : null)
    const ranked = yield* ranking.of(now.cells)
    const used = new Set([...runs, ...(previous?.runs ?? [])].map(({ interval }) => interval.name))
    return {
      ...ranked,
      meta: {
        ...provenance,
        source: source.name,
        metric: shownMetric(this.#resolved),
        by: query.by.length > 0 ? query.by.join('+') : null,
        ...zoneNote(query),
        fromMs,
        toMs,
        askedFromMs: asked.fromMs,
        askedToMs: asked.toMs,
        previous:
          previous === null ? null : { fromMs: previous.fromMs, toMs: previous.toMs, known: isBeforeKnown },
        intervals: source.intervals.flatMap(({ name }) => (used.has(name) ? name : [])),
        rowsTotal: ranked.rows.length + (ranked.others?.count ?? 0),
        ...leftOutNotes(together(now.leftOut, before.leftOut ?? undefined, this.#resolved.parts)),
        ...approximateNote(yield* ranking.error(now.cells)),
      },
    }
  }
}
