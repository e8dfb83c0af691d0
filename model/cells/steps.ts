/** Metrics that go by series: what each new reading changes in the cells. The steps it makes are found in the order of the log, and added when the batch ends. */
import { DAY_MS } from '../chunk.ts'
import type { DecodedBatch } from '../columns/batch.ts'
import type { Interval, Source } from '../definition.ts'
import { finerOf, routeOf, type IntervalCells } from './interval-cells.ts'
import {
  cellLayout,
  goesBySeries,
  measureOf,
  type SeriesMeasure,
  type SeriesOptions,
} from '../measures/index.ts'
import { SeriesReadings, type Reading } from '../readings.ts'
import type { Run } from '../run.ts'
import { type NamedSeries, SeriesNames } from './series-names.ts'
import { textHashOf } from '../text-hash.ts'

/** One metric of them. */
interface BySeries {
  readonly metric: number
  readonly name: string
  readonly measure: SeriesMeasure
  readonly options: SeriesOptions
  /** By breakdown: where it begins in a row; -1 where none holds it. */
  readonly starts: readonly number[]
  readonly readings: SeriesReadings
  readonly names: SeriesNames
  /** Columns of the key, and of the units. */
  readonly key: number
  readonly units: number
}

interface Step {
  readonly of: BySeries
  readonly from: Reading
  readonly to: Reading
  readonly times: 1 | -1
  /** The log clock that earlier records left; NaN while it is not known. */
  readonly clockMs: number
}

export class Steps {
  readonly metrics: readonly BySeries[]
  readonly #intervals: readonly Interval[]
  readonly #cellsAStep: number
  /** Intervals that are made of no other one. */
  readonly #heads: readonly number[]
  readonly #all: number
  /** No window is of two days. */
  readonly #partsDays: boolean
  readonly #window = { startMs: 0, endMs: 0 }
  #steps: Step[] = []
  #pairs = 0

  constructor(source: Source, batch: DecodedBatch) {
    const { intervals, metrics, breakdowns, fields } = source
    const layouts = breakdowns.map(({ name }) => cellLayout(source, name))
    const { textOf, unitsOf } = batch.layout
    this.#intervals = intervals
    this.#cellsAStep = intervals.length * breakdowns.length
    this.#all = 2 ** intervals.length - 1
    this.#heads = routeOf(this.#all, finerOf(intervals)).heads
    this.#partsDays = intervals.every(({ ms }) => DAY_MS % ms === 0)
    this.metrics = metrics.flatMap(({ name, series }, metric) => {
      const measure = measureOf(metrics[metric]!)
      if (series === undefined || !goesBySeries(measure)) return []
      const columns = [source.key, ...series.by].map(
        (field) => textOf[fields.findIndex((one) => one.name === field)]!,
      )
      const options = {
        holdMs: series.holdMs ?? Infinity,
        isHashes: new Set((series.is ?? []).map(textHashOf)),
      }
      const readings = new SeriesReadings(series)
      const seriesNames = new SeriesNames(columns, batch.dictionary)
      const [key, units] = [columns[0]!, unitsOf[metric]!]
      const starts = layouts.map((layout) => layout.starts[layout.places.indexOf(metric)] ?? -1)
      return [{ metric, name, measure, options, starts, readings, names: seriesNames, key, units }]
    })
  }

  /** Pairs that the steps add to an apply, about. */
  get pairs(): number {
    let pairs = this.#pairs
    for (const { readings } of this.metrics) pairs += readings.changed
    return pairs
  }

  begin(): void {
    this.#steps = []
    this.#pairs = 0
    for (const { readings } of this.metrics) readings.discard()
  }

  /** `holds`: by metric, whether an event of the run counts in it; `ids`: by breakdown, the id of its name; `cells`: where these events were counted. */
  add(
    run: Run,
    holds: readonly Uint8Array[],
    ids: readonly Int32Array[],
    cells: readonly IntervalCells[],
  ): void {
    const { events, offsets, eventsFrom } = run.batch
    for (const one of this.metrics) {
      const [hold, units] = [holds[one.metric]!, events.units[one.units]!]
      const keys = events.texts[one.key]!
      for (let n = 0; n < run.count; n++) {
        const event = run.events[n]!
        // Without a key nobody knows whose reading it is.
        if (hold[n] !== 1 || keys[event] === 0) continue
        const step = run.steps[n]!
        const series = one.names.of(events.texts, event)
        const reading: Reading = {
          timeMs: events.timeMs[event]!,
          offset: offsets[step]!,
          index: event - eventsFrom[step]!,
          value: one.measure.valueOf(units[event]!, one.options),
          ids: idsOf(series, ids, n),
        }
        this.#take(one, series.name, reading, run.clockMs[n]!, run.kept[n] === this.#all ? cells : null)
      }
    }
  }

  /** Adds all steps to the cells; nothing comes to the cells after it. */
  addTo(cells: readonly IntervalCells[]): void {
    for (const step of this.#steps) this.#addTo(cells, step)
    this.#steps = []
  }

  /** `cells`: those of a reading that all intervals keep. */
  #take(
    of: BySeries,
    series: string,
    reading: Reading,
    clockMs: number,
    cells: readonly IntervalCells[] | null,
  ): void {
    const found = of.readings.take(series, reading, clockMs)
    if (found === null) return
    const { before, after } = found
    if (before !== null && after === null && cells !== null && this.#addAtOnce(of, before, reading, cells))
      return
    // The event is counted in the windows of its own time: they are no pairs more.
    if (before !== null) this.#note({ of, from: before, to: reading, times: 1, clockMs }, 1)
    if (after === null) return
    // law L8: a late reading parts a step in two
    if (before !== null) this.#note({ of, from: before, to: after, times: -1, clockMs }, 0)
    this.#note({ of, from: reading, to: after, times: 1, clockMs }, 0)
  }

  /**
   * A step that lies in the windows of its later reading alone, and under its names, goes into the cells in which that is counted already; coarser intervals
   * are made of them. False: it is no such step.
   */
  #addAtOnce(of: BySeries, from: Reading, to: Reading, cells: readonly IntervalCells[]): boolean {
    const { measure, options, starts } = of
    const span = measure.spanOf(from, to, options)
    if (span === null) return true
    if (span.names !== 'to' || span.fromMs !== to.timeMs || span.toMs !== to.timeMs || !this.#partsDays)
      return false
    for (let h = 0; h < this.#heads.length; h++) {
      const interval = this.#heads[h]!
      const window = this.#windowOf(interval, to.timeMs)
      for (let b = 0; b < cells.length; b++) {
        if (starts[b]! < 0) continue
        const row = cells[b]!.rowOf(interval, window, to.ids[b]!)
        measure.step(cells[b]!.tables[interval]!.rows, row + starts[b]!, from, to, this.#window, 1, options)
      }
    }
    return true
  }

  /** Its number; {@link #window} is it then. */
  #windowOf(interval: number, timeMs: number): number {
    const { ms } = this.#intervals[interval]!
    const window = Math.floor(timeMs / ms)
    this.#window.startMs = window * ms
    this.#window.endMs = (window + 1) * ms
    return window
  }

  /** `counted`: how many of its windows are pairs of the event already. */
  #note(step: Step, counted: 0 | 1): void {
    const { from, to, of } = step
    const span = of.measure.spanOf(from, to, of.options)
    if (span === null) return
    const windows = 1 + Math.floor((span.toMs - span.fromMs) / this.#intervals[0]!.ms)
    this.#pairs += this.#cellsAStep * (windows - counted)
    this.#steps.push(step)
  }

  #addTo(cells: readonly IntervalCells[], { of, from, to, times, clockMs }: Step): void {
    const { measure, options, starts } = of
    const { fromMs, toMs, names } = measure.spanOf(from, to, options)!
    for (const [i, { ms, keepMs }] of this.#intervals.entries())
      for (let window = Math.floor(fromMs / ms); window <= Math.floor(toMs / ms); window++) {
        const [startMs, endMs] = [window * ms, (window + 1) * ms]
        // Law L11.
        if (keepMs !== null && endMs + keepMs <= clockMs) continue
        const named = names === 'from' && isOnDayOf(from, startMs) ? from : to
        // Names are given by day: on a day between the two there are none.
        if (!isOnDayOf(named, startMs)) continue
        for (const [b, { tables }] of cells.entries()) {
          if (starts[b]! < 0) continue
          const table = tables[i]!
          const row = table.rowOf(window, named.ids[b]!)
          measure.step(table.rows, row + starts[b]!, from, to, { startMs, endMs }, times, options)
        }
      }
  }
}

/** By breakdown; those of the reading before, where they are the same. */
function idsOf(series: NamedSeries, columns: readonly Int32Array[], n: number): readonly number[] {
  const before = series.ids
  for (let b = 0; b < columns.length; b++)
    if (before[b] !== columns[b]![n]) return (series.ids = columns.map((column) => column[n]!))
  return before
}

const isOnDayOf = ({ timeMs }: Reading, startMs: number): boolean =>
  Math.floor(timeMs / DAY_MS) === Math.floor(startMs / DAY_MS)
