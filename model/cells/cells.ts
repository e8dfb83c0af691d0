/** What a batch adds to the cells, and the names it gives out: column by column, with no object and no text an event. */
import type { CellTable } from './cell-table.ts'
import { DAY_MS, TOTAL_ID } from '../chunk.ts'
import type { Source } from '../definition.ts'
import type { DecodedBatch } from '../columns/batch.ts'
import { finerOf, IntervalCells, routeOf, type Route } from './interval-cells.ts'
import { cellLayout, goesBySeries, hasRow, type EventPlace, type RowLayout } from '../measures/index.ts'
import { MetricColumns } from './metric-columns.ts'
import { NameCodes } from './name-codes.ts'
import type { Dictionary } from '../dictionary.ts'
import type { FoldOutput } from '../output.ts'
import { Run } from '../run.ts'
import { costOfEvent, listColumnsOf, Spread } from './spread.ts'
import { Steps } from './steps.ts'

/** The loaded names of a breakdown and day; whoever folds loads them before. */
export type DictionaryOf = (breakdown: number, day: number) => Dictionary

export interface NewName {
  readonly breakdown: number
  readonly day: number
  readonly name: string
  readonly id: number
}

export class Cells implements FoldOutput {
  readonly pairsPerEvent: number
  readonly cellsPerEvent: number
  /** By breakdown. */
  readonly layouts: readonly RowLayout[]
  /** By breakdown. */
  readonly breakdowns: readonly IntervalCells[]
  /** Given out by this batch. */
  readonly names: NewName[] = []
  readonly steps: Steps
  readonly #source: Source
  readonly #namesOf: DictionaryOf
  readonly #codes: readonly (NameCodes | null)[]
  /** Breakdowns without and with a field of several values. */
  readonly #plain: readonly number[]
  readonly #spread: readonly number[]
  /** By breakdown: of one that holds a field of several values. */
  readonly #spreads: readonly (Spread | null)[]
  readonly #metrics: MetricColumns
  readonly #finer: readonly number[]
  readonly #whole: Route
  readonly #routes = new Map<number, Route>()
  readonly #ids: Int32Array[]
  #windows = new Float64Array(0)
  #rows = new Int32Array(0)
  #isSettled = false
  #naming = { breakdown: 0, day: 0 }
  readonly #place: EventPlace = { timeMs: 0, offset: 0, index: 0 }
  readonly #named = (name: string, id: number): void => {
    this.names.push({ ...this.#naming, name, id })
  }

  /** `rankings`: how many each breakdown and interval has; index: breakdown * intervals + interval. */
  constructor(source: Source, batch: DecodedBatch, rankings: readonly number[], namesOf: DictionaryOf) {
    const { intervals, breakdowns, fields } = source
    const { layout, dictionary } = batch
    this.#source = source
    this.#namesOf = namesOf
    this.layouts = breakdowns.map(({ name }) => cellLayout(source, name))
    this.steps = new Steps(source, batch)
    this.breakdowns = breakdowns.map(
      (_, b) =>
        new IntervalCells(
          intervals,
          this.layouts[b]!,
          intervals.map((_, i) => 1 + rankings[b * intervals.length + i]!),
        ),
    )
    const columnOf = (field: string): number => layout.textOf[fields.findIndex(({ name }) => name === field)]!
    const listColumns = listColumnsOf(source, layout)
    this.#plain = listColumns.flatMap((column, b) => (column < 0 ? [b] : []))
    this.#spread = listColumns.flatMap((column, b) => (column < 0 ? [] : [b]))
    this.#spreads = listColumns.map((column) =>
      column < 0 ? null : new Spread(column, new Run(batch), dictionary),
    )
    const cost = costOfEvent(rankings, intervals.length, listColumns)
    this.pairsPerEvent = cost.pairs
    this.cellsPerEvent = cost.cells
    this.#codes = breakdowns.map((breakdown, b) =>
      b === 0
        ? null
        : new NameCodes(breakdown.fields.map(columnOf), dictionary, source.budget, listColumns[b]),
    )
    this.#metrics = new MetricColumns(source, layout, dictionary)
    this.#finer = finerOf(intervals)
    this.#whole = routeOf(2 ** intervals.length - 1, this.#finer)
    this.#ids = breakdowns.map(() => new Int32Array(0))
  }

  get pairs(): number {
    let pairs = this.names.length + this.steps.pairs
    for (const cells of this.breakdowns) pairs += cells.pairs
    return pairs
  }

  begin(): void {
    this.#isSettled = false
    this.names.length = 0
    this.steps.begin()
    for (const cells of this.breakdowns) cells.clear()
  }

  discard(): void {
    for (const { breakdown, day, name } of this.names.toReversed()) {
      this.#namesOf(breakdown, day).forget(name)
      this.#codes[breakdown]!.forget()
    }
    this.begin()
  }

  add(run: Run): void {
    this.#addRun(run, this.#plain)
    if (this.steps.metrics.length > 0) this.steps.add(run, this.#metrics.holds, this.#ids, this.breakdowns)
    for (const b of this.#spread) {
      const spread = this.#spreads[b]!
      spread.of(run)
      this.#addRun(spread.run, [b])
    }
  }

  #addRun(run: Run, breakdowns: readonly number[]): void {
    if (run.count > this.#rows.length) this.#makeRoom(run.events.length)
    for (const b of breakdowns) this.#findIds(run, b)
    this.#metrics.find(run)
    const { intervals } = this.#source
    for (const interval of this.#whole.heads) {
      this.#findWindows(run, intervals[interval]!.ms)
      for (const b of breakdowns) this.#addWhole(run, b, interval)
    }
    if (!run.isWhole) this.#addLate(run, breakdowns)
  }

  countCells(): number {
    this.settle()
    return this.count
  }

  /** Cells, all intervals; the coarser ones too. */
  get count(): number {
    let cells = 0
    for (const { tables } of this.breakdowns) for (const { count } of tables) cells += count
    return cells
  }

  /** Makes the coarser cells; nothing but {@link addSteps} adds after it. */
  settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    for (const cells of this.breakdowns) cells.settle()
  }

  /** What readings of series come to: the last that is added. Cells that were not there are behind the others. */
  addSteps(): void {
    this.settle()
    this.steps.addTo(this.breakdowns)
  }

  #findIds(run: Run, b: number): void {
    const { count, events } = run
    const { timeMs } = run.batch.events
    const ids = this.#ids[b]!
    const codes = this.#codes[b]!
    if (codes === null) {
      ids.fill(TOTAL_ID, 0, count)
      return
    }
    const ones = this.#spreads[b]?.codes
    this.#naming.breakdown = b
    let day = NaN
    let names: Dictionary | null = null
    for (let n = 0; n < count; n++) {
      const event = events[n]!
      const itsDay = Math.floor(timeMs[event]! / DAY_MS)
      if (names === null || itsDay !== day) {
        names = this.#namesOf(b, itsDay)
        this.#naming.day = day = itsDay
      }
      ids[n] = codes.idOf(names, run, n, this.#named, ones === undefined ? 0 : ones[n]!)
    }
    this.#spreads[b]?.othersOnce(ids)
  }

  #findWindows({ count, events, batch }: Run, ms: number): void {
    const { timeMs } = batch.events
    for (let n = 0; n < count; n++) this.#windows[n] = Math.floor(timeMs[events[n]!]! / ms)
  }

  #addWhole(run: Run, b: number, interval: number): void {
    const cells = this.breakdowns[b]!
    const { count, kept } = run
    const [ids, windows, at] = [this.#ids[b]!, this.#windows, this.#rows]
    if (run.isWhole) for (let n = 0; n < count; n++) at[n] = cells.rowOf(interval, windows[n]!, ids[n]!)
    else {
      const all = 2 ** this.#source.intervals.length - 1
      for (let n = 0; n < count; n++)
        at[n] = kept[n] === all ? cells.rowOf(interval, windows[n]!, ids[n]!) : -1
    }
    this.#addMetrics(run, b, cells.tables[interval]!, at)
  }

  /** Adds every metric of a breakdown to the rows that begin `at`; -1 is none. */
  #addMetrics(run: Run, b: number, table: CellTable, at: Int32Array): void {
    const { count, events, batch } = run
    const { rows } = table
    const { measures, places, starts } = this.layouts[b]!
    for (let m = 0; m < measures.length; m++) {
      const { column, isSure } = this.#metrics.of[places[m]!]!
      const [measure, start, holds] = [measures[m]!, starts[m]!, this.#metrics.holds[places[m]!]!]
      if (goesBySeries(measure)) continue
      const units = column < 0 ? null : batch.events.units[column]!
      if (!hasRow(measure)) {
        const gathered = table.gathered[start]!
        for (let n = 0; n < count; n++)
          if (at[n]! >= 0 && (isSure || holds[n] === 1))
            gathered.add(at[n]! / table.slots, units === null ? 0 : units[events[n]!]!)
      } else if (measure.hearsPlace !== true) {
        for (let n = 0; n < count; n++)
          if (at[n]! >= 0 && (isSure || holds[n] === 1))
            measure.add(rows, at[n]! + start, units === null ? 0 : units[events[n]!]!, this.#place)
      } else
        for (let n = 0; n < count; n++)
          if (at[n]! >= 0 && (isSure || holds[n] === 1)) {
            this.#placeOf(run, n)
            measure.add(rows, at[n]! + start, units === null ? 0 : units[events[n]!]!, this.#place)
          }
    }
  }

  /** The events that not every interval keeps: seldom, so one by one. */
  #addLate(run: Run, breakdowns: readonly number[]): void {
    const { intervals } = this.#source
    const { timeMs } = run.batch.events
    for (let n = 0; n < run.count; n++) {
      const route = this.#routeOf(run.kept[n]!)
      if (route === this.#whole) continue
      const windowOf = (interval: number): number =>
        Math.floor(timeMs[run.events[n]!]! / intervals[interval]!.ms)
      for (const b of breakdowns) {
        const cells = this.breakdowns[b]!
        const id = this.#ids[b]![n]!
        for (const i of route.heads) {
          const row = cells.rowOf(i, windowOf(i), id)
          this.#addOne(run, n, b, cells.tables[i]!, row)
        }
        for (const i of route.alone) {
          const row = cells.aloneRowOf(i, windowOf(i), id)
          this.#addOne(run, n, b, cells.aloneIn(i), row)
        }
      }
    }
  }

  #placeOf({ batch, events, steps }: Run, n: number): void {
    const [event, step] = [events[n]!, steps[n]!]
    this.#place.timeMs = batch.events.timeMs[event]!
    this.#place.offset = batch.offsets[step]!
    this.#place.index = event - batch.eventsFrom[step]!
  }

  #addOne(run: Run, n: number, b: number, table: CellTable, row: number): void {
    const { measures, places, starts } = this.layouts[b]!
    const { units } = run.batch.events
    this.#placeOf(run, n)
    for (let m = 0; m < measures.length; m++) {
      const { column, isSure } = this.#metrics.of[places[m]!]!
      const [measure, start] = [measures[m]!, starts[m]!]
      if (goesBySeries(measure) || !(isSure || this.#metrics.holds[places[m]!]![n] === 1)) continue
      const its = column < 0 ? 0 : units[column]![run.events[n]!]!
      if (hasRow(measure)) measure.add(table.rows, row + start, its, this.#place)
      else table.gathered[start]!.add(row / table.slots, its)
    }
  }

  #routeOf(kept: number): Route {
    if (kept === 2 ** this.#source.intervals.length - 1) return this.#whole
    let route = this.#routes.get(kept)
    if (route === undefined) this.#routes.set(kept, (route = routeOf(kept, this.#finer)))
    return route
  }

  #makeRoom(capacity: number): void {
    this.#windows = new Float64Array(capacity)
    this.#rows = new Int32Array(capacity)
    for (let b = 0; b < this.#ids.length; b++) this.#ids[b] = new Int32Array(capacity)
    this.#metrics.makeRoom(capacity)
  }
}
