/** Cells of facts: those of a source of its own, into which facts are put and taken back by the ids of their names (model/fact.ts). */
import { DecodedBatch } from '../../model/columns/batch.ts'
import { DAY_MS } from '../../model/chunk.ts'
import { drawOf } from '../../model/dictionary.ts'
import type { Delta } from '../../model/delta.ts'
import type { Facts } from '../../model/fact.ts'
import { finerOf, routeOf, type Route } from '../../model/cells/interval-cells.ts'
import type { Run } from '../../model/run.ts'
import { addWide } from '../../model/numbers/wide.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { factMember } from '../../store/layout/due.ts'
import { CellsOutput } from './cells.ts'
import { DayDictionaries } from './day-dictionaries.ts'
import { DueWrites } from './due-writes.ts'
import type { Changes } from './output.ts'

/** Where an event stands whose fact asks for a name. */
export interface Place {
  readonly offset: number
  readonly index: number
}

export class FactCells {
  readonly #facts: Facts
  readonly #names: DayDictionaries
  readonly #cells: CellsOutput
  readonly #due: DueWrites
  readonly #routes = new Map<number, Route>()

  constructor(facts: Facts, keys: PartitionKeys) {
    const { written } = facts
    this.#facts = facts
    this.#names = new DayDictionaries(keys, written)
    this.#cells = new CellsOutput(written, keys, new DecodedBatch(written), this.#names)
    this.#due = new DueWrites(written)
  }

  /** Pairs that one fact adds to an apply, about. */
  get pairsPerFact(): number {
    return this.#cells.pairsPerEvent
  }

  get pairs(): number {
    return this.#cells.pairs
  }

  begin(): void {
    this.#cells.begin()
  }

  discard(): void {
    this.#cells.discard()
  }

  /** The names of these days; of those after the newest event there are none yet. */
  load(store: Store, days: Iterable<number>, newestMs: number | null): Promise<void> {
    return this.#names.load(store, days, newestMs)
  }

  /** The intervals that keep what begins then, a bit each (law L11). */
  keptAt(timeMs: number, clockMs: number): number {
    let kept = 0
    for (const [i, { ms, keepMs }] of this.#facts.written.intervals.entries())
      if (keepMs === null || Number.isNaN(clockMs) || (Math.floor(timeMs / ms) + 1) * ms + keepMs > clockMs)
        kept |= 1 << i
    return kept
  }

  /** The id of a name on the day of `timeMs`; the day must be loaded. */
  idOf(breakdown: number, timeMs: number, values: readonly (string | null)[], place: Place): number {
    const day = Math.floor(timeMs / DAY_MS)
    const { names } = this.#names.of(breakdown, day)
    const draw = drawOf(place.offset, place.index)
    return names.idOf(values, this.#facts.written.budget, draw, (name, id) =>
      this.#cells.names.push({ breakdown, day, name, id }),
    )
  }

  /** Ids of the names that the n-th event of a run gives, by breakdown, the total first; `by`: columns of their fields. */
  idsAt(
    { batch, events, steps }: Run,
    n: number,
    timeMs: number,
    by: readonly (readonly number[])[],
  ): number[] {
    const [event, step] = [events[n]!, steps[n]!]
    const { dictionary, offsets, eventsFrom } = batch
    const { texts } = batch.events
    const place = { offset: offsets[step]!, index: event - eventsFrom[step]! }
    return by.map((columns, b) => {
      if (b === 0) return 1
      const values = columns.map((column) => dictionary.textOf(texts[column]![event]!))
      return this.idOf(b, timeMs, values, place)
    })
  }

  /** Adds to the sums of one cell in each of the intervals that keep it. */
  add(breakdown: number, id: number, timeMs: number, kept: number, amounts: readonly number[]): void {
    if (kept === 0) return
    const cells = this.#cells.breakdowns[breakdown]!
    const { intervals } = this.#facts.written
    const { heads, alone } = this.#routeOf(kept)
    for (const i of heads) {
      const row = cells.rowOf(i, Math.floor(timeMs / intervals[i]!.ms), id)
      this.#addTo(cells.tables[i]!.rows, row, amounts)
    }
    for (const i of alone) {
      const row = cells.aloneRowOf(i, Math.floor(timeMs / intervals[i]!.ms), id)
      this.#addTo(cells.aloneIn(i).rows, row, amounts)
    }
  }

  reads(delta: Delta): Command[] {
    return this.#cells.reads(delta)
  }

  take(replies: readonly unknown[]): void {
    this.#cells.take(replies)
  }

  /** `due` hears when the first of what is new is due. */
  write(delta: Delta, changes: Changes, due: DueWrites): void {
    this.#cells.write(delta, changes, this.#due)
    const spelled = (member: string | Uint8Array): string => factMember(this.#facts.name, String(member))
    const earliestMs = this.#due.write({
      sortedSet: (suffix) => changes.sortedSet(suffix),
      member: (score, member) => changes.member(score, spelled(member)),
      withoutMembers: (suffix) => changes.withoutMembers(suffix),
      gone: (member) => changes.gone(spelled(String(member))),
    })
    due.note(earliestMs)
  }

  forget(suffixes: readonly string[]): void {
    this.#cells.forget(suffixes)
  }

  trim(): void {
    this.#cells.trim()
    this.#due.trim()
  }

  #addTo(rows: Float64Array, row: number, amounts: readonly number[]): void {
    const { starts } = this.#cells.layouts[0]!
    for (let m = 0; m < amounts.length; m++)
      if (amounts[m] !== 0) addWide(rows, row + starts[m]!, amounts[m]!)
  }

  #routeOf(kept: number): Route {
    let route = this.#routes.get(kept)
    if (route === undefined)
      this.#routes.set(kept, (route = routeOf(kept, finerOf(this.#facts.written.intervals))))
    return route
  }
}
