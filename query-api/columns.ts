/**
 * Cells of many partitions to the columns of one answer. Merging is exact and order-free (law L8); what is known, kept or missing is
 * decided at the end, once it is clear where all partitions stand (laws L9 and L11).
 */
import { blockOf, cellAt, chunkSuffix, DAY_MS, groupOf, namesSuffix, TOTAL_ID } from '../model/chunk.ts'
import { mergeCell, type Cell } from '../model/measures.ts'
import { OTHER_ID } from '../model/names.ts'
import { isKept, type Plan } from './plan.ts'
import { ProblemError } from './problem.ts'
import type { SeriesName } from './projection.ts'
import { provenanceOf, type SourceStanding } from './provenance.ts'
import { valueOf, valueOfNothing, weightOf } from './statistic.ts'
import type { Series, SeriesAnswer } from './wire.ts'

/** Chunks one answer may touch, over all partitions: about a million cells. */
export const MAX_CHUNKS = 8192

/** Hashes of one partition: of `n:` keys name to id, of `c:` keys slot to cell. */
export type Hash = ReadonlyMap<string, number | Cell>
export type Hashes = ReadonlyMap<string, Hash>

interface Column {
  name: SeriesName
  /** Measures of the metric by window, the first being the plan's first. */
  windows: (Cell | undefined)[]
}

export class Columns {
  readonly #plan: Plan
  readonly #columns = new Map<string, Column>()
  /** By partition. */
  readonly #chunks = new Map<number, number>()
  /** Events without a name were left out, because no filter can judge them. */
  #unnamedLeftOut = false

  constructor(plan: Plan) {
    this.#plan = plan
    if (plan.question.query.by.length === 0) this.#column(plan.question.projection.total)
  }

  /** Suffixes of the hashes that one partition must hold; more of them once its names are there. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): string[] {
    const names = this.#days().map((day) => this.#namesSuffix(day))
    const chunks = this.#blocks(held).flatMap(({ block, groups }) => groups.map((group) => this.#chunkSuffix(block, group)))
    this.#chunks.set(partition, chunks.length)
    const all = [...this.#chunks.values()].reduce((sum, count) => sum + count, 0)
    if (all > MAX_CHUNKS) throw tooMany(this.#plan)
    return this.#plan.question.isTotal ? chunks : [...names, ...chunks]
  }

  /** Adds one partition. All that {@link wanted} names is in `held`. */
  fold(held: Hashes): void {
    const { question, first, end } = this.#plan
    const metrics = [question.metric]
    const naming = new Map(this.#days().map((day) => [day, this.#columnsById(held.get(this.#namesSuffix(day)))]))
    for (const { block, groups } of this.#blocks(held))
      for (const group of groups)
        for (const [slot, cell] of held.get(this.#chunkSuffix(block, group)) ?? []) {
          const { windowNumber, id } = cellAt(block, group, Number(slot), question.isTotal)
          if (windowNumber < first || windowNumber >= end) continue
          const column = naming.get(this.#dayOf(windowNumber))?.(id)
          if (column == null) continue
          const measures = (cell as Cell).slice(question.start, question.end)
          const had = column.windows[windowNumber - first]
          if (had === undefined) column.windows[windowNumber - first] = measures
          else mergeCell(had, measures, metrics)
        }
  }

  finish(standing: SourceStanding, nowMs: number): SeriesAnswer {
    const { question, interval, first, end } = this.#plan
    const { query, source, metric, stat } = question
    const provenance = provenanceOf(standing, nowMs)
    const { sinceMs, asOfMs, latestMs } = provenance
    const timesMs = Array.from({ length: end - first }, (_, at) => (first + at) * interval.ms)
    const known = timesMs.map((startMs, at) =>
      sinceMs !== null && asOfMs !== null && startMs < asOfMs && startMs + interval.ms > sinceMs && isKept(interval, first + at, latestMs))
    const nothing = valueOfNothing(stat)
    const ranked = [...this.#columns.values()].flatMap((column) => {
      const total = this.#totalOf(column, known)
      return total === null && query.by.length > 0 ? [] : [{ column, weight: total === null ? 0 : weightOf(stat, total, metric) }]
    })
    ranked.sort((a, b) => (a.weight === b.weight ? (a.column.name.key < b.column.name.key ? -1 : 1) : a.weight > b.weight ? -1 : 1))
    const series = ranked.slice(0, query.limit).map(({ column }): Series => ({
      labels: column.name.labels,
      values: known.map((is, at) => {
        const measures = column.windows[at]
        if (!is) return null
        return measures === undefined ? nothing : valueOf(stat, measures, metric)
      }),
    }))
    return {
      timesMs,
      series,
      meta: {
        ...provenance,
        source: source.name,
        metric: `${source.name}.${metric.name}${metric.kind === 'stats' ? `.${stat}` : ''}`,
        by: query.by.length > 0 ? query.by.join('+') : null,
        interval: interval.name,
        intervalMs: interval.ms,
        fromMs: first * interval.ms,
        toMs: end * interval.ms,
        seriesTotal: ranked.length,
        ...(this.#unnamedLeftOut && { unnamedLeftOut: true as const }),
      },
    }
  }

  #totalOf({ windows }: Column, known: readonly boolean[]): Cell | null {
    let total: Cell | null = null
    for (const [at, measures] of windows.entries()) {
      if (measures === undefined || !known[at]) continue
      if (total === null) total = [...measures]
      else mergeCell(total, measures, [this.#plan.question.metric])
    }
    return total
  }

  #column(name: SeriesName): Column {
    let column = this.#columns.get(name.key)
    if (column === undefined) {
      column = { name, windows: new Array<Cell | undefined>(this.#plan.end - this.#plan.first) }
      this.#columns.set(name.key, column)
    }
    return column
  }

  /** The column that an id of one day counts in; null where it passes no filter or has no name. */
  #columnsById(names: Hash | undefined): (id: number) => Column | null {
    const { isTotal, projection } = this.#plan.question
    if (isTotal) return () => this.#column(projection.total)
    const byId: (string | undefined)[] = []
    for (const [name, id] of names ?? []) byId[id as number] = name
    const columns: (Column | null | undefined)[] = []
    const find = (id: number): Column | null => {
      const name = byId[id]
      const series = id === OTHER_ID ? projection.other : name === undefined ? null : projection.of(name)
      if (id === OTHER_ID && series === null) this.#unnamedLeftOut = true
      return series && this.#column(series)
    }
    return (id) => (columns[id] === undefined ? (columns[id] = find(id)) : columns[id])
  }

  /** UTC days the range touches. */
  #days(): number[] {
    const { first, end } = this.#plan
    const from = this.#dayOf(first)
    return Array.from({ length: this.#dayOf(end - 1) - from + 1 }, (_, at) => from + at)
  }

  #dayOf(windowNumber: number): number {
    return Math.floor((windowNumber * this.#plan.interval.ms) / DAY_MS)
  }

  /** Chunks of the range, as far as the names held tell which there can be. */
  #blocks(held: Hashes): { block: number; groups: number[] }[] {
    const { question, interval, first, end } = this.#plan
    const { isTotal } = question
    if (isTotal) return [{ block: blockOf(TOTAL_ID, true), groups: this.#groups(0, first, end - 1) }]
    const groups = new Map<number, Set<number>>()
    for (const day of this.#days()) {
      const names = held.get(this.#namesSuffix(day))?.size ?? 0
      if (names === 0) continue
      const from = Math.max(first, Math.floor((day * DAY_MS) / interval.ms))
      const to = Math.min(end, Math.floor(((day + 1) * DAY_MS) / interval.ms)) - 1
      // Ids have no gaps: the number of names is the last id.
      for (let block = 0; block <= blockOf(names, false); block++) {
        const set = groups.get(block) ?? new Set()
        groups.set(block, set)
        for (const group of this.#groups(block, from, to)) set.add(group)
      }
    }
    return [...groups].map(([block, set]) => ({ block, groups: [...set] }))
  }

  #groups(block: number, from: number, to: number): number[] {
    const { isTotal } = this.#plan.question
    const firstGroup = groupOf(from, block, isTotal)
    return Array.from({ length: groupOf(to, block, isTotal) - firstGroup + 1 }, (_, at) => firstGroup + at)
  }

  #namesSuffix(day: number): string {
    return namesSuffix(this.#plan.question.breakdown.name, day)
  }

  #chunkSuffix(block: number, group: number): string {
    return chunkSuffix(this.#plan.question.breakdown.name, this.#plan.interval.name, block, group)
  }
}

function tooMany({ question, interval }: Plan): ProblemError {
  const detail = `${question.breakdown.name} at ${interval.name} over this range needs more than ${MAX_CHUNKS * 128} cells; ask for a coarser interval or a shorter range`
  return new ProblemError('too_many_cells', detail, [{ pointer: '/interval', detail }])
}
