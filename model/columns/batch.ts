/** Decoded records of one partition in log order, as columns. Filled by a reader, read by the fold, emptied and filled again. */
import { EventColumns } from './columns.ts'
import type { RecordReject } from '../decode/decode.ts'
import type { Source } from '../definition.ts'
import type { JoinedTables } from '../joins/joined-tables.ts'
import { columnLayout, type ColumnLayout } from './column-layout.ts'
import { TextDictionary } from './text-dictionary.ts'

/** Offsets that hold nothing to count: transaction markers, aborted records, records that compaction removed. */
export type SkipKind = 'control' | 'aborted' | 'compacted'

export const EVENTS = 0
export const REJECT = 1
export const SKIP = 2

const CAPACITY = 256

/** A step is one record, or a run of offsets that holds nothing. */
export class DecodedBatch {
  steps = 0
  readonly layout: ColumnLayout
  readonly events: EventColumns
  /**
   * What the codes in {@link events} mean. It only grows: whoever reads the batch clears it, once it `isFull` and no batch that holds codes is
   * under way, and forgets with it all that was remembered by code.
   */
  readonly dictionary = new TextDictionary()
  kinds = new Uint8Array(CAPACITY)
  /** Of a run, and of a reject of several offsets: the last one. */
  offsets = new Float64Array(CAPACITY)
  /** Kafka timestamp, ms; NaN where the record has none. */
  tsMs = new Float64Array(CAPACITY)
  /** Events `[eventsFrom[step], eventsFrom[step + 1])`. */
  eventsFrom = new Int32Array(CAPACITY + 1)
  /** Where key and value lie in `bytes[step]`; a length of -1 is null. */
  keyAt = new Int32Array(CAPACITY)
  keyLength = new Int32Array(CAPACITY)
  valueAt = new Int32Array(CAPACITY)
  valueLength = new Int32Array(CAPACITY)
  /** The opened batch that a record lies in; null where key and value are. A view: copy what must outlive the reading. */
  readonly bytes: (Buffer | null)[] = []
  /** Seldom there, so by step: the header `via`; what was refused, the whole record or items of it; what a run is and how many offsets it holds. */
  readonly vias = new Map<number, string>()
  readonly rejects = new Map<number, readonly RecordReject[]>()
  readonly skips = new Map<number, { readonly kind: SkipKind; readonly count: number }>()
  /** Offsets that a reject stands for, where they are more than one: a compressed batch that is not opened. */
  readonly counts = new Map<number, number>()
  /** By event: as it came, where it is neither the record's value itself nor a part that {@link events} knows. */
  readonly raws = new Map<number, object>()
  /** By event: its id, where the source names one and the event has it. */
  readonly ids = new Map<number, string>()
  /** What fields are looked up in that is kept in topics; given before a decoder is compiled for the batch. */
  tables: JoinedTables | null = null

  /** `also`: fields whose values are read beside those that the definition asks for. */
  constructor(source: Source, also: readonly string[] = []) {
    this.layout = columnLayout(source, also)
    this.events = new EventColumns(this.layout)
  }

  clear(): void {
    this.steps = this.events.count = this.bytes.length = 0
    for (const map of [this.vias, this.rejects, this.skips, this.counts, this.raws, this.ids])
      if (map.size > 0) map.clear()
  }

  /** Ends a step whose events, if any, were added to {@link events}; answers its number. */
  endRecord(
    kind: number,
    offset: number,
    tsMs: number,
    bytes: Buffer | null,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
  ): number {
    const step = this.#begin(kind, offset)
    this.tsMs[step] = tsMs
    this.bytes[step] = bytes
    this.keyAt[step] = keyAt
    this.keyLength[step] = keyLength
    this.valueAt[step] = valueAt
    this.valueLength[step] = valueLength
    return step
  }

  addSkip(kind: SkipKind, count: number, lastOffset: number): void {
    const step = this.#begin(SKIP, lastOffset)
    this.tsMs[step] = NaN
    this.bytes[step] = null
    this.keyLength[step] = this.valueLength[step] = -1
    this.skips.set(step, { kind, count })
  }

  /** Offsets that a step stands for. */
  countOf(step: number): number {
    return this.kinds[step] === SKIP ? this.skips.get(step)!.count : (this.counts.get(step) ?? 1)
  }

  key(step: number): Buffer | null {
    const length = this.keyLength[step]!
    return length < 0 ? null : this.bytes[step]!.subarray(this.keyAt[step]!, this.keyAt[step]! + length)
  }

  value(step: number): Buffer | null {
    const length = this.valueLength[step]!
    return length < 0 ? null : this.bytes[step]!.subarray(this.valueAt[step]!, this.valueAt[step]! + length)
  }

  /** An event as it came, to be written as JSON; null where it is the record's value itself. */
  partOf(step: number, event: number): object | null {
    const to = this.events.partTo[event]!
    if (to === 0) return this.raws.get(event) ?? null
    return new JsonPart(this.bytes[step]!.subarray(this.events.partFrom[event], to))
  }

  /** Takes events back that were added to a step which has not ended: all from `event` on. */
  dropEvents(event: number): void {
    for (const map of [this.raws, this.ids])
      if (map.size > 0) for (let at = event; at < this.events.count; at++) map.delete(at)
    this.events.count = event
  }

  #begin(kind: number, offset: number): number {
    if (this.steps === this.kinds.length) this.#grow()
    const step = this.steps++
    this.kinds[step] = kind
    this.offsets[step] = offset
    this.eventsFrom[step + 1] = this.events.count
    return step
  }

  #grow(): void {
    const capacity = this.kinds.length * 2
    const copy = <Column extends Uint8Array | Float64Array | Int32Array>(
      from: Column,
      to: Column,
    ): Column => (to.set(from), to)
    this.kinds = copy(this.kinds, new Uint8Array(capacity))
    this.offsets = copy(this.offsets, new Float64Array(capacity))
    this.tsMs = copy(this.tsMs, new Float64Array(capacity))
    this.eventsFrom = copy(this.eventsFrom, new Int32Array(capacity + 1))
    this.keyAt = copy(this.keyAt, new Int32Array(capacity))
    this.keyLength = copy(this.keyLength, new Int32Array(capacity))
    this.valueAt = copy(this.valueAt, new Int32Array(capacity))
    this.valueLength = copy(this.valueLength, new Int32Array(capacity))
  }
}

/** JSON in bytes, read where somebody wants to see it. */
class JsonPart {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  toJSON(): unknown {
    return JSON.parse(this.#bytes.toString())
  }
}
