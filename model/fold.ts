/**
 * Folds decoded records: judges each event by the log clock, keeps the ledgers, and hands what counts to the outputs. Pure: no wall clock, no I/O;
 * admission follows log order, arithmetic does not (laws L8, L11).
 */
import { EVENTS, SKIP, type DecodedBatch } from './columns/batch.ts'
import { DAY_MS } from './chunk.ts'
import { arrive } from './time/clock.ts'
import type { RecordReject } from './decode/decode.ts'
import type { Interval, Source } from './definition.ts'
import { beginDelta, type Delta } from './delta.ts'
import { dayOf } from './living.ts'
import { HotClock } from './time/hot-clock.ts'
import type { FoldOutput } from './output.ts'
import type { SeenIds } from './seen-ids.ts'
import { Run } from './run.ts'
import { copyState, type PartitionState } from './partition-state.ts'

/** A batch ends at the record boundary where one of these is reached, so that one call stays about a millisecond. */
export const FULL_PAIRS = 700
export const FULL_BYTES = 256 * 1024
/** A record that touches more cells than this is a reject. */
export const WIDEST_RECORD_CELLS = 4000
/** Bytes of a value that tail and rejects keep. */
export const EVIDENCE_BYTES = 4096

/** UTC days (since 1970) of the events of a batch. */
export function daysOf({ events }: DecodedBatch): Set<number> {
  const days = new Set<number>()
  let last = NaN
  for (let e = 0; e < events.count; e++) {
    const day = Math.floor(events.timeMs[e]! / DAY_MS)
    if (day === last) continue
    days.add(day)
    last = day
  }
  return days
}

export class Fold {
  readonly #intervals: readonly Interval[]
  readonly #clock: HotClock
  readonly #outputs: readonly FoldOutput[]
  readonly #pairsPerEvent: number
  readonly #cellsPerEvent: number
  /** Entities: a batch ends where the clock comes to another UTC day, see living.ts. */
  readonly #endsWithDay: boolean
  /** An event this much behind the clock is kept by every interval. */
  readonly #leastKeepMs: number
  readonly #all: number
  readonly #ids: SeenIds | undefined
  #run: Run | null = null
  /** Of the steps that are being folded: the first, and the clock at which they end. */
  #from = 0
  #dayEndMs = Infinity

  /** `ids`: of a source that names an id. */
  constructor(source: Source, outputs: readonly FoldOutput[], ids?: SeenIds) {
    this.#ids = ids
    this.#intervals = source.intervals
    this.#clock = new HotClock(source.futureMs)
    this.#outputs = outputs
    this.#pairsPerEvent = outputs.reduce((sum, output) => sum + output.pairsPerEvent, 0)
    this.#cellsPerEvent = outputs.reduce((sum, output) => sum + (output.cellsPerEvent ?? 0), 0)
    this.#endsWithDay = source.entity !== null
    this.#leastKeepMs = Math.min(...source.intervals.map(({ keepMs }) => keepMs ?? Infinity))
    this.#all = 2 ** source.intervals.length - 1
  }

  begin(state: PartitionState, mostPairs = FULL_PAIRS): Delta {
    for (const output of this.#outputs) output.begin()
    return beginDelta(state, mostPairs)
  }

  /** Pairs that an apply of the delta would write, about. */
  get pairs(): number {
    let pairs = 0
    for (const output of this.#outputs) pairs += output.pairs
    return pairs
  }

  /** Folds the steps from `from` on until the delta is full; answers the first one left out. */
  into(delta: Delta, batch: DecodedBatch, from: number): number {
    const run = (this.#run ??= new Run(batch))
    const { state } = delta
    const clock = this.#clock
    let lastData = -1
    let step = (this.#from = from)
    clock.begin(state)
    this.#dayEndMs = this.#endsWithDay ? (dayOf(delta.clockBeforeMs ?? -DAY_MS) + 1) * DAY_MS : Infinity
    while (step < batch.steps && !delta.isFull) {
      const room = Math.max(1, Math.floor((delta.mostPairs - this.pairs) / this.#pairsPerEvent))
      run.begin(batch)
      let stops = false
      for (; step < batch.steps && !stops; step++) {
        if (batch.kinds[step] === SKIP) {
          const { kind, count } = batch.skips.get(step)!
          state.offsets[kind] += count
          state.next = batch.offsets[step]! + 1
          continue
        }
        if (batch.kinds[step] === EVENTS) {
          const events = batch.eventsFrom[step + 1]! - batch.eventsFrom[step]!
          if (
            events * this.#pairsPerEvent > delta.mostPairs ||
            events * this.#cellsPerEvent > WIDEST_RECORD_CELLS
          ) {
            // A record that may be too wide travels alone.
            stops = delta.isFull = true
            if (state.next !== delta.base) break
            this.#foldWide(delta, run, batch, step)
          } else if (run.count > 0 && run.count + events > room) break
          else this.#admit(delta, run, batch, step)
        }
        const rejects = batch.rejects.size > 0 ? batch.rejects.get(step) : undefined
        if (rejects !== undefined) for (const why of rejects) this.#reject(delta, batch, step, why)
        account(state, batch, step)
        lastData = step
        if (delta.evidenceBytes >= FULL_BYTES) stops = delta.isFull = true
        // law L8: a day ends a batch
        if (clock.clockMs >= this.#dayEndMs) stops = delta.isFull = true
      }
      if (run.count > 0) this.#give(run)
      if (this.pairs >= delta.mostPairs) delta.isFull = true
    }
    clock.end()
    if (lastData >= 0) {
      state.lastOffset = batch.offsets[lastData]!
      state.lastTsMs = this.#tsMsAt(batch, lastData, state)
      arrive(state, null) // since when may have changed
      delta.lastRecord = { key: batch.key(lastData), value: batch.value(lastData) }
    }
    return step
  }

  /** Counts the events of a record and puts them into the run. */
  #admit(delta: Delta, run: Run, batch: DecodedBatch, step: number): void {
    const { state } = delta
    const { timeMs, keyHashes } = batch.events
    const clock = this.#clock
    const beforeMs = clock.clockMs
    const to = batch.eventsFrom[step + 1]!
    for (let e = batch.eventsFrom[step]!; e < to; e++) {
      const time = timeMs[e]!
      // law L11: windows are judged by the clock before
      const clockMs = beforeMs
      if (this.#ids !== undefined && !this.#isNew(state, batch.ids.get(e), clockMs)) {
        state.events.duplicate++
        continue
      }
      let kept = this.#all
      if (time + this.#leastKeepMs < clockMs) {
        kept = this.#keptAt(time, clockMs)
        if (kept === 0) {
          // law L6: late events are counted
          state.events.late++
          continue
        }
        if (kept !== this.#all) {
          run.isWhole = false
          for (let i = 0; i < this.#intervals.length; i++)
            if ((kept & (1 << i)) === 0) state.lateByInterval[i]!++
        }
      }
      state.events.counted++
      clock.hear(keyHashes[e]!, time)
      run.add(e, step, kept, clockMs)
    }
  }

  #keptAt(timeMs: number, clockMs: number): number {
    let kept = 0
    for (let i = 0; i < this.#intervals.length; i++) {
      const { ms, keepMs } = this.#intervals[i]!
      // law L11: a window is kept no moment longer
      if (keepMs === null || (Math.floor(timeMs / ms) + 1) * ms + keepMs > clockMs) kept |= 1 << i
    }
    return kept
  }

  /** Law L6: an event that came before is in the ledger, and nowhere else. */
  #isNew(state: PartitionState, id: string | undefined, clockMs: number): boolean {
    if (id === undefined) return true
    const verdict = this.#ids!.take(id, Number.isNaN(clockMs) ? null : clockMs)
    if (verdict === 'full') state.idsOver++
    return verdict !== 'known'
  }

  #give(run: Run): void {
    for (const output of this.#outputs) output.add(run)
  }

  /** One that touches too many cells leaves nothing but its reject. */
  #foldWide(delta: Delta, run: Run, batch: DecodedBatch, step: number): void {
    this.#clock.end()
    const before = copyState(delta.state)
    this.#clock.begin(delta.state)
    this.#admit(delta, run, batch, step)
    this.#give(run)
    run.begin(batch)
    let cells = 0
    for (const output of this.#outputs) cells += output.countCells?.() ?? 0
    if (cells <= WIDEST_RECORD_CELLS) return
    for (const output of this.#outputs) output.discard()
    this.#clock.end()
    Object.assign(delta.state, before)
    this.#clock.begin(delta.state)
    this.#reject(delta, batch, step, {
      events: batch.eventsFrom[step + 1]! - batch.eventsFrom[step]!,
      reason: 'too_wide',
      detail: `the record touches ${cells} cells; ${WIDEST_RECORD_CELLS} are allowed: send fewer events a record`,
    })
  }

  #reject(delta: Delta, batch: DecodedBatch, step: number, why: RecordReject): void {
    const { state } = delta
    state.events.rejected += why.events
    const record = {
      ...why,
      offset: batch.offsets[step]!,
      count: batch.countOf(step),
      tsMs: this.#tsMsAt(batch, step, state) ?? 0,
      key: batch.key(step),
      value: batch.value(step),
    }
    // law L6: a reject leaves a letter
    for (const output of this.#outputs) output.reject?.(record)
    delta.evidenceBytes += Math.min(record.value?.length ?? 0, EVIDENCE_BYTES) + 256
  }

  /** Kafka timestamp of a step, or of the last one before it that has one. */
  #tsMsAt({ tsMs }: DecodedBatch, step: number, { lastTsMs }: PartitionState): number | null {
    for (let at = step; at >= this.#from; at--) if (!Number.isNaN(tsMs[at]!)) return tsMs[at]!
    return lastTsMs
  }
}

function account(state: PartitionState, batch: DecodedBatch, step: number): void {
  // law L5: a batch counts all its offsets
  state.offsets.data += batch.counts.size > 0 ? batch.countOf(step) : 1
  state.next = batch.offsets[step]! + 1
  if (state.clock.begunMs !== null) return
  const tsMs = batch.tsMs[step]!
  arrive(state, Number.isNaN(tsMs) ? firstTimeOf(batch, step) : tsMs)
}

/** A record without a timestamp is taken to have come when its first event happened. */
function firstTimeOf({ eventsFrom, events }: DecodedBatch, step: number): number | null {
  const first = eventsFrom[step]!
  return first < eventsFrom[step + 1]! ? events.timeMs[first]! : null
}
