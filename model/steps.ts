/** Metrics that go by series: what each new reading changes in the cells. The steps it makes are found in the order of the log, and added when the batch ends. */
import { DAY_MS } from './chunk.ts'
import type { DecodedBatch } from './batch.ts'
import type { Interval, Source } from './definition.ts'
import type { IntervalCells } from './interval-cells.ts'
import {
  cellLayout,
  goesBySeries,
  measureOf,
  type SeriesMeasure,
  type SeriesOptions,
} from './measures/index.ts'
import { SeriesReadings, type Reading } from './readings.ts'
import type { Run } from './run.ts'
import { textHashOf } from './text-hash.ts'

/** One metric of them. */
interface BySeries {
  readonly metric: number
  readonly name: string
  readonly measure: SeriesMeasure
  readonly options: SeriesOptions
  /** By breakdown: where it begins in a row; -1 where none holds it. */
  readonly starts: readonly number[]
  readonly readings: SeriesReadings
  /** Of the key and the fields of `by`; of the units. */
  readonly columns: readonly number[]
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
  #steps: Step[] = []
  #pairs = 0

  constructor(source: Source, batch: DecodedBatch) {
    const { intervals, metrics, breakdowns, fields } = source
    const layouts = breakdowns.map(({ name }) => cellLayout(source, name))
    const { textOf, unitsOf } = batch.layout
    this.#intervals = intervals
    this.#cellsAStep = intervals.length * breakdowns.length
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
      const starts = layouts.map((layout) => layout.starts[layout.places.indexOf(metric)] ?? -1)
      return [{ metric, name, measure, options, starts, readings, columns, units: unitsOf[metric]! }]
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

  /** `holds`: by metric, whether an event of the run counts in it; `ids`: by breakdown, the id of its name. */
  add(run: Run, holds: readonly Uint8Array[], ids: readonly Int32Array[]): void {
    const { events, offsets, eventsFrom, dictionary } = run.batch
    for (const one of this.metrics) {
      const [hold, units] = [holds[one.metric]!, events.units[one.units]!]
      const [key] = one.columns
      for (let n = 0; n < run.count; n++) {
        const event = run.events[n]!
        const step = run.steps[n]!
        // Without a key nobody knows whose reading it is.
        if (hold[n] !== 1 || events.texts[key!]![event] === 0) continue
        const values = one.columns.map((column) => dictionary.textOf(events.texts[column]![event]!))
        const reading: Reading = {
          timeMs: events.timeMs[event]!,
          offset: offsets[step]!,
          index: event - eventsFrom[step]!,
          value: one.measure.valueOf(units[event]!, one.options),
          ids: ids.map((column) => column[n]!),
        }
        this.#take(one, JSON.stringify(values), reading, run.clockMs[n]!)
      }
    }
  }

  /** Adds all steps to the cells; nothing comes to the cells after it. */
  addTo(cells: readonly IntervalCells[]): void {
    for (const step of this.#steps) this.#addTo(cells, step)
    this.#steps = []
  }

  #take(of: BySeries, series: string, reading: Reading, clockMs: number): void {
    const found = of.readings.take(series, reading, clockMs)
    if (found === null) return
    const { before, after } = found
    // The event is counted in the windows of its own time: they are no pairs more.
    if (before !== null) this.#note({ of, from: before, to: reading, times: 1, clockMs }, 1)
    if (after === null) return
    // law L8: a late reading parts a step in two
    if (before !== null) this.#note({ of, from: before, to: after, times: -1, clockMs }, 0)
    this.#note({ of, from: reading, to: after, times: 1, clockMs }, 0)
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

const isOnDayOf = ({ timeMs }: Reading, startMs: number): boolean =>
  Math.floor(timeMs / DAY_MS) === Math.floor(startMs / DAY_MS)
