/** Recent events as they came: the newest few of a batch, and the newest of those that carry a mark (sent by hand). */
import { EVIDENCE_BYTES } from '../../model/fold.ts'
import type { Delta } from '../../model/delta.ts'
import type { Run } from '../../model/run.ts'
import type { Argument, Command } from '../../store/connection/connection.ts'
import { tailFields, tailId, TAIL_LENGTH } from '../../store/layout/tail.ts'
import { head } from './evidence.ts'
import type { Changes, Output } from './output.ts'

const NEWEST = 8
const MOST_MARKED = 32

interface TailEvent {
  offset: number
  index: number
  tsMs: number
  atMs: number
  via: string | null
  /** The record's value, where the event is all of it; else the event. */
  bytes: Buffer | null
  valueAt: number
  valueLength: number
  raw: object | null
}

export class TailOutput implements Output {
  readonly pairsPerEvent = 0
  readonly pairs = 0
  readonly #newest: TailEvent[] = Array.from({ length: NEWEST }, emptyEvent)
  readonly #marked: TailEvent[] = []
  #count = 0
  #markedCount = 0

  begin(): void {
    this.#count = this.#markedCount = this.#marked.length = 0
  }

  discard(): void {
    this.begin()
  }

  add(run: Run): void {
    if (run.batch.vias.size > 0) this.#addMarked(run)
    else for (let n = Math.max(0, run.count - NEWEST); n < run.count; n++) this.#addNewest(run, n)
  }

  reads(): Command[] {
    return []
  }

  take(): void {}

  write(_delta: Delta, changes: Changes): void {
    const events = [...this.#newest.slice(0, Math.min(this.#count, NEWEST)), ...this.#marked]
    for (const event of events.sort((a, b) => a.offset - b.offset || a.index - b.index)) {
      const { offset, index, tsMs, atMs, via } = event
      const entry = { offset, index, tsMs, atMs, via, raw: rawText(event) }
      changes.stream('tail', tailId(entry), TAIL_LENGTH, tailFields(entry))
    }
    for (const event of this.#newest) event.bytes = event.raw = null
  }

  #addMarked(run: Run): void {
    for (let n = 0; n < run.count; n++) {
      if (!run.batch.vias.has(run.steps[n]!)) this.#addNewest(run, n)
      else fill((this.#marked[this.#markedCount++ % MOST_MARKED] ??= emptyEvent()), run, n)
    }
  }

  #addNewest(run: Run, n: number): void {
    fill(this.#newest[this.#count++ % NEWEST]!, run, n)
  }
}

function emptyEvent(): TailEvent {
  return {
    offset: 0,
    index: 0,
    tsMs: 0,
    atMs: 0,
    via: null,
    bytes: null,
    valueAt: 0,
    valueLength: 0,
    raw: null,
  }
}

function fill(into: TailEvent, { batch, events, steps }: Run, n: number): void {
  const [event, step] = [events[n]!, steps[n]!]
  const tsMs = batch.tsMs[step]!
  into.offset = batch.offsets[step]!
  into.index = event - batch.eventsFrom[step]!
  into.atMs = batch.events.timeMs[event]!
  into.tsMs = Number.isNaN(tsMs) ? into.atMs : tsMs
  into.via = batch.vias.get(step) ?? null
  into.raw = batch.partOf(step, event)
  into.bytes = batch.bytes[step]!
  into.valueAt = batch.valueAt[step]!
  into.valueLength = batch.valueLength[step]!
}

/** The event as it came, at most 4 KB of it. */
function rawText({ raw, bytes, valueAt, valueLength }: TailEvent): Argument {
  if (raw === null) return head(bytes!.subarray(valueAt, valueAt + valueLength), EVIDENCE_BYTES)
  try {
    return head(Buffer.from(JSON.stringify(raw)), EVIDENCE_BYTES)
  } catch {
    return '"(nested too deep to show)"' // JSON.parse takes depths that JSON.stringify does not
  }
}
