/** Events as columns: one array a thing asked for, a place an event. Filled by the decoder, read by the fold; no object an event. */

export interface ColumnsShape {
  /** Text fields that something asks for. */
  readonly texts: number
  /** Number fields whose value itself is asked for (latest values). */
  readonly numbers: number
  /** Metrics that add up a field. */
  readonly units: number
}

export class EventColumns {
  count = 0
  timeMs: Float64Array
  /** `keyHash` of the source's key; 0 where it is absent. */
  keyHashes: Uint32Array
  /** Codes of the source's dictionary; 0 is absent. */
  readonly texts: Int32Array[]
  /** NaN is absent. */
  readonly numbers: Float64Array[]
  /** In units of the metric; NaN is absent. */
  readonly units: Float64Array[]
  /** Where the event lies in the bytes of its record, where it is a part of the value; else the end is 0. */
  partFrom: Int32Array
  partTo: Int32Array

  constructor(shape: ColumnsShape, capacity = 512) {
    this.timeMs = new Float64Array(capacity)
    this.keyHashes = new Uint32Array(capacity)
    this.partFrom = new Int32Array(capacity)
    this.partTo = new Int32Array(capacity)
    this.texts = Array.from({ length: shape.texts }, () => new Int32Array(capacity))
    this.numbers = Array.from({ length: shape.numbers }, () => new Float64Array(capacity))
    this.units = Array.from({ length: shape.units }, () => new Float64Array(capacity))
  }

  /** Makes place for one more event at `count`. */
  makeRoom(): void {
    if (this.count < this.timeMs.length) return
    const capacity = this.timeMs.length * 2
    this.timeMs = grown(this.timeMs, new Float64Array(capacity))
    this.keyHashes = grown(this.keyHashes, new Uint32Array(capacity))
    this.partFrom = grown(this.partFrom, new Int32Array(capacity))
    this.partTo = grown(this.partTo, new Int32Array(capacity))
    for (const [at, column] of this.texts.entries()) this.texts[at] = grown(column, new Int32Array(capacity))
    for (const [at, column] of this.numbers.entries())
      this.numbers[at] = grown(column, new Float64Array(capacity))
    for (const [at, column] of this.units.entries())
      this.units[at] = grown(column, new Float64Array(capacity))
  }
}

function grown<Column extends Float64Array | Int32Array | Uint32Array>(from: Column, to: Column): Column {
  to.set(from)
  return to
}
