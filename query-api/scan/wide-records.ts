/** Records that touch too many cells of their definition are rejects of the fold, and none of their events counts. Here names have no budget: each has a cell of its own. */
import { DecodedBatch } from '../../model/columns/batch.ts'
import { Cells } from '../../model/cells/cells.ts'
import { Dictionary } from '../../model/dictionary.ts'
import type { Source } from '../../model/definition.ts'
import type { JoinedTables } from '../../model/joins/joined-tables.ts'
import { Fold, WIDEST_RECORD_CELLS } from '../../model/fold.ts'
import { firstState } from '../../model/partition-state.ts'
import { compileRecordDecoder, type DecodeRecord } from '../../model/scan/decoder.ts'
import type { RecordCursor } from '../../log/walk.ts'

export class WideRecords {
  /** A record of so many events can be too wide. */
  readonly leastEvents: number
  readonly #source: Source
  #made: { batch: DecodedBatch; decode: DecodeRecord } | null = null

  readonly #tables: JoinedTables | null

  constructor(source: Source, tables: JoinedTables | null = null) {
    this.#tables = tables
    this.#source = {
      ...source,
      budget: Number.MAX_SAFE_INTEGER,
      entity: null,
      intervals: source.intervals.map((interval) => ({ ...interval, keepMs: null })),
    }
    this.leastEvents =
      Math.floor(WIDEST_RECORD_CELLS / this.#cellsOf(new DecodedBatch(this.#source)).cellsPerEvent) + 1
  }

  /** Where the cursor stands; `tsMs`: its Kafka timestamp. */
  isTooWide(record: RecordCursor, tsMs: number): boolean {
    if (this.#made === null) {
      const batch = new DecodedBatch(this.#source)
      batch.tables = this.#tables
      this.#made = { batch, decode: compileRecordDecoder(this.#source, batch) }
    }
    const { batch, decode } = this.#made
    batch.clear()
    if (batch.dictionary.isFull) batch.dictionary.clear()
    decode(record, tsMs)
    const cells = this.#cellsOf(batch)
    const fold = new Fold(this.#source, [{ ...passed(cells), cellsPerEvent: 0 }])
    fold.into(
      fold.begin(firstState(batch.offsets[0] ?? 0, this.#source.intervals.length), Infinity),
      batch,
      0,
    )
    return cells.countCells() > WIDEST_RECORD_CELLS
  }

  #cellsOf(batch: DecodedBatch): Cells {
    const { breakdowns, intervals } = this.#source
    const names = new Map<string, Dictionary>()
    const rankings = new Array<number>(breakdowns.length * intervals.length).fill(0)
    return new Cells(this.#source, batch, rankings, (breakdown, day) => {
      const key = `${breakdown} ${day}`
      const held = names.get(key) ?? new Dictionary()
      names.set(key, held)
      return held
    })
  }
}

const passed = (cells: Cells) => ({
  pairsPerEvent: 1,
  pairs: 0,
  begin: () => cells.begin(),
  add: (run: Parameters<Cells['add']>[0]) => cells.add(run),
  discard: () => cells.discard(),
})
