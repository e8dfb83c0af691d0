/** Counted events of some records in a row, as places in a batch: what the fold hands to its outputs. Used again from run to run. */
import { DecodedBatch } from './columns/batch.ts'

const CAPACITY = 256

export class Run {
  batch: DecodedBatch
  count = 0
  /** By place in the run: the event in `batch.events`, and the step of its record. */
  events = new Int32Array(CAPACITY)
  steps = new Int32Array(CAPACITY)
  /** The intervals that keep it, a bit each; the finest is bit 0. */
  kept = new Int32Array(CAPACITY)
  /** The log clock that earlier records left, ms; NaN while it is not known. */
  clockMs = new Float64Array(CAPACITY)
  /** All intervals keep all of them. */
  isWhole = true

  constructor(batch: DecodedBatch) {
    this.batch = batch
  }

  begin(batch: DecodedBatch): void {
    this.batch = batch
    this.count = 0
    this.isWhole = true
  }

  add(event: number, step: number, kept: number, clockMs: number): void {
    if (this.count === this.events.length) this.#grow()
    const at = this.count++
    this.events[at] = event
    this.steps[at] = step
    this.kept[at] = kept
    this.clockMs[at] = clockMs
  }

  #grow(): void {
    const capacity = this.events.length * 2
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(capacity)
      to.set(from)
      return to
    }
    this.events = grown(this.events)
    this.steps = grown(this.steps)
    this.kept = grown(this.kept)
    const clocks = new Float64Array(capacity)
    clocks.set(this.clockMs)
    this.clockMs = clocks
  }
}
