/** One partition of a scan: raw batches in, cells of the asked breakdown out, through the decoder and the fold that count for the store. */
import { DecodedBatch, REJECT } from '../../model/columns/batch.ts'
import { Cells } from '../../model/cells/cells.ts'
import { DAY_MS, namesSuffix } from '../../model/chunk.ts'
import { Dictionary } from '../../model/dictionary.ts'
import { Fold } from '../../model/fold.ts'
import { rowLayout } from '../../model/measures/index.ts'
import type { JoinedTables } from '../../model/joins/joined-tables.ts'
import type { FoldOutput } from '../../model/output.ts'
import { firstState, type PartitionState } from '../../model/partition-state.ts'
import { Run } from '../../model/run.ts'
import { compileRecordDecoder, type DecodeRecord } from '../../model/scan/decoder.ts'
import { SeenIds } from '../../model/seen-ids.ts'
import type { RecordCursor } from '../../log/walk.ts'
import { KeptCells, type HashChange } from './kept-cells.ts'
import { compileConditions, type Predicate } from './predicate.ts'
import { countedSource, decodedSource, fieldsAsked, needsAll, type ScanQuestion } from './question.ts'
import { WideRecords } from './wide-records.ts'

/** Records decoded before they are folded. */
const STEPS_A_FOLD = 8192

/** Events of a run that are asked for, handed on as a run of their own. */
class AskedEvents implements FoldOutput {
  readonly pairsPerEvent = 1
  readonly pairs = 0
  readonly #cells: Cells
  readonly #run: Run
  readonly #meets: Predicate
  readonly #toMs: number
  fromMs: number

  constructor(cells: Cells, batch: DecodedBatch, meets: Predicate, fromMs: number, toMs: number) {
    this.#cells = cells
    this.#run = new Run(batch)
    this.#meets = meets
    this.fromMs = fromMs
    this.#toMs = toMs
  }

  begin(): void {}
  discard(): void {}

  add({ batch, count, events, steps, clockMs }: Run): void {
    const run = this.#run
    run.begin(batch)
    const { timeMs } = batch.events
    for (let n = 0; n < count; n++) {
      const event = events[n]!
      const time = timeMs[event]!
      if (time >= this.fromMs && time < this.#toMs && this.#meets(event))
        run.add(event, steps[n]!, 1, clockMs[n]!)
    }
    if (run.count > 0) this.#cells.add(run)
  }
}

export class PartitionScan {
  readonly #batch: DecodedBatch
  readonly #decode: DecodeRecord
  readonly #fold: Fold
  readonly #ids: SeenIds | null
  readonly #cells: Cells
  readonly #asked: AskedEvents
  readonly #wide: WideRecords
  readonly #kept: KeptCells
  readonly #breakdown: string
  readonly #at: number
  readonly #days = new Map<number, Dictionary>()
  #names: { day: number; name: string; id: number }[] = []
  #state: PartitionState
  #fromMs: number
  readonly #toMs: number

  /** `from`: the first offset that is read. */
  constructor(question: ScanQuestion, from: number, tables: JoinedTables | null = null) {
    const { source, fields } = question
    const [decoded, counted] = [decodedSource(question), countedSource(question)]
    const batch = (this.#batch = new DecodedBatch(decoded, fieldsAsked(question)))
    batch.tables = tables
    this.#decode = compileRecordDecoder(decoded, batch)
    this.#ids = source.id === undefined ? null : new SeenIds(source.id)
    this.#at = fields.length === 0 ? 0 : 1
    this.#breakdown = counted.breakdowns[this.#at]!.name
    const rankings = counted.breakdowns.map(() => 0)
    this.#cells = new Cells(counted, batch, rankings, (_, day) => this.#namesOf(day))
    const meets = compileConditions(question.conditions, source, batch)
    const isBySeries = this.#cells.steps.metrics.length > 0
    this.#fromMs = question.fromMs
    this.#toMs = question.toMs ?? Infinity
    // Readings of before the range are needed for what follows from them.
    const [fromMs, toMs] = isBySeries ? [-Infinity, Infinity] : [this.#fromMs, this.#toMs]
    this.#asked = new AskedEvents(this.#cells, batch, meets, fromMs, toMs)
    const judged = {
      ...decoded,
      // Whatever is late is late by the clock of all records: without them nothing is.
      intervals: needsAll(question)
        ? source.intervals
        : source.intervals.map((one) => ({ ...one, keepMs: null })),
    }
    this.#fold = new Fold(judged, [this.#asked], this.#ids ?? undefined)
    this.#wide = new WideRecords(source, tables)
    this.#kept = new KeptCells(rowLayout(counted.metrics), this.#breakdown, question.interval, this.#at === 0)
    this.#state = firstState(from, judged.intervals.length)
  }

  /** Cells that it holds. */
  get cells(): number {
    return this.#kept.count
  }

  /** Takes the record where the cursor stands; answers the least and the greatest time of its events. `tsMs`: NaN where it has none. */
  take(record: RecordCursor, tsMs: number): { minMs: number; maxMs: number } {
    const batch = this.#batch
    const { events } = batch
    const before = events.count
    this.#decode(record, tsMs)
    let [minMs, maxMs] = [Infinity, -Infinity]
    for (let e = before; e < events.count; e++) {
      const time = events.timeMs[e]!
      if (time < minMs) minMs = time
      if (time > maxMs) maxMs = time
    }
    if (events.count - before >= this.#wide.leastEvents && this.#wide.isTooWide(record, tsMs)) {
      const step = batch.steps - 1
      batch.kinds[step] = REJECT
      events.count = batch.eventsFrom[step + 1] = before
    }
    if (batch.steps >= STEPS_A_FOLD) this.settle()
    return { minMs, maxMs }
  }

  /** Folds what was taken. */
  settle(): void {
    const batch = this.#batch
    for (let step = 0; step < batch.steps; ) {
      const delta = this.#fold.begin(this.#state, Infinity)
      step = this.#fold.into(delta, batch, step)
      this.#state = delta.state
      this.#ids?.keep(this.#state.logClockMs)
    }
    batch.clear()
    const cells = this.#cells
    cells.settle()
    cells.addSteps()
    for (const { readings } of cells.steps.metrics) readings.keep()
    this.#kept.addAll(cells.breakdowns[this.#at]!.tables[0]!, this.#fromMs, this.#toMs)
    for (const { breakdown, day, name, id } of cells.names)
      if (breakdown === this.#at) this.#names.push({ day, name, id })
    cells.begin()
    if (batch.dictionary.isFull) batch.dictionary.clear()
  }

  /** All that is new since the last call; {@link settle} first. */
  takeChanges(): HashChange[] {
    const byDay = new Map<number, { fields: string[]; lengths: number[]; ids: string }>()
    for (const { day, name, id } of this.#names) {
      const its = byDay.get(day) ?? { fields: [], lengths: [], ids: '' }
      byDay.set(day, its)
      its.fields.push(name)
      its.lengths.push(String(id).length)
      its.ids += String(id)
    }
    this.#names = []
    const names = [...byDay].map(
      ([day, { fields, lengths, ids }]): HashChange => ({
        suffix: namesSuffix(this.#breakdown, day),
        fields,
        lengths,
        gone: [],
        bytes: new Uint8Array(Buffer.from(ids)),
      }),
    )
    return [...names, ...this.#kept.takeChanges()]
  }

  /** Nobody asks for what is before. */
  trim(beforeMs: number): void {
    this.#fromMs = Math.max(this.#fromMs, beforeMs)
    this.#kept.trim(beforeMs)
    if (this.#asked.fromMs > -Infinity) this.#asked.fromMs = Math.max(this.#asked.fromMs, beforeMs)
    for (const day of this.#days.keys()) if ((day + 1) * DAY_MS <= beforeMs) this.#days.delete(day)
  }

  #namesOf(day: number): Dictionary {
    let names = this.#days.get(day)
    if (names === undefined) this.#days.set(day, (names = new Dictionary()))
    return names
  }
}
