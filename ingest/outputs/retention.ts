/** Retention by one unit: who joined in which day or week and came back in which, in the cells of the cohort's first day. */
import { DAY_MS } from '../../model/chunk.ts'
import { Conditions } from '../../model/columns/conditions.ts'
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { RetentionRule, RetentionUnit, Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import type { Facts } from '../../model/fact.ts'
import { Members, packMember, unpackMember, type Member } from '../../model/retention/members.ts'
import { Periods } from '../../model/retention/periods.ts'
import type { Run } from '../../model/run.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { FactCells } from './fact-cells.ts'
import { FactOutput } from './fact-output.ts'
import { FactStates } from './fact-states.ts'
import { isKeyedOtherwise } from './keyed-otherwise.ts'
import { textColumn } from './sightings.ts'

/** Cells lie by the dates of a zone: where clocks are ahead of UTC, ahead of the newest event too. */
const aheadOf = (newestMs: number | null): number | null => (newestMs === null ? null : newestMs + DAY_MS)

export class RetentionOutput extends FactOutput<Member> {
  readonly pairsPerEvent: number
  readonly #source: Source
  protected readonly cells: FactCells
  protected readonly entities: Members
  protected readonly states: FactStates<Member>
  readonly #periods: Periods
  readonly #most: number
  readonly #joins: Conditions
  readonly #returns: Conditions
  readonly #key: number
  /** By breakdown: columns of its fields. */
  readonly #by: readonly (readonly number[])[]

  constructor(
    source: Source,
    rule: RetentionRule,
    unit: RetentionUnit,
    facts: Facts,
    keys: PartitionKeys,
    batch: DecodedBatch,
  ) {
    super()
    const { breakdowns } = facts.written
    const most = rule.units.find((one) => one.unit === unit)!.periods
    this.#source = source
    this.#most = most
    this.#periods = new Periods(rule, unit)
    this.cells = new FactCells(facts, keys)
    this.entities = new Members(rule, this.#periods, most)
    this.states = new FactStates(facts.name, keys, this.entities.remembered, packMember, (from) =>
      unpackMember(from, breakdowns.length, most),
    )
    this.#joins = new Conditions(rule.joins, source, batch.layout, batch.dictionary)
    this.#returns = new Conditions(rule.returns, source, batch.layout, batch.dictionary)
    this.#key = textColumn(batch, source, source.key)
    this.#by = breakdowns.map(({ fields }) => fields.map((field) => textColumn(batch, source, field)))
    // A member that joined earlier than was known is taken from its cohort and put into another.
    this.pairsPerEvent = 1 + 2 * this.cells.pairsPerFact
  }

  override loadNames(store: Store, days: Iterable<number>, newestMs: number | null): Promise<void> {
    const periods = new Set<number>()
    for (const day of days)
      for (const date of [day - 1, day, day + 1]) periods.add(this.#periods.dayOf(this.#periods.ofDay(date)))
    return this.cells.load(store, periods, aheadOf(newestMs))
  }

  override reads(delta: Delta): Command[] {
    return this.cells.reads({ ...delta, newestBeforeMs: aheadOf(delta.newestBeforeMs) })
  }

  add(run: Run): void {
    const { events: columns, dictionary } = run.batch
    for (let n = 0; n < run.count; n++) {
      const event = run.events[n]!
      const code = columns.texts[this.#key]![event]!
      // Without a key nobody knows whose it is.
      if (code === 0) continue
      const joins = this.#joins.areNone || this.#joins.hold(columns, event)
      const returns = this.#returns.areNone || this.#returns.hold(columns, event)
      if (joins || returns)
        this.#take(run, n, dictionary.textOf(dictionary.asUtf8(code))!, { joins, returns })
    }
  }

  #take(
    run: Run,
    n: number,
    entity: string,
    is: { readonly joins: boolean; readonly returns: boolean },
  ): void {
    const { batch } = run
    const [event, step, clockMs] = [run.events[n]!, run.steps[n]!, run.clockMs[n]!]
    const period = this.#periods.at(batch.events.timeMs[event]!)
    const found = this.entities.take(entity, period, clockMs, is, () =>
      this.cells.idsAt(run, n, this.#periods.placeMs(period), this.#by),
    )
    if (found === null) return
    const most = this.#most
    if (typeof found === 'string') return this.#tell(period, clockMs, most + (found === 'late' ? 1 : 2))
    const { was, now } = found
    if (was?.cohort !== now.cohort) {
      if (was !== null) this.#put(was, -1, clockMs)
      this.#put(now, 1, clockMs)
    } else this.#put(now, 1, clockMs, was)
    if (was !== null) return
    this.states.sample.add(entity)
    if (isKeyedOtherwise(this.#source, batch, step, entity)) this.#tell(period, clockMs, most + 3)
  }

  /** What is of no cohort, in the total alone. */
  #tell(period: number, clockMs: number, nth: number): void {
    const placeMs = this.#periods.placeMs(period)
    this.cells.add(
      0,
      1,
      placeMs,
      this.cells.keptAt(placeMs, clockMs),
      this.#sums((one) => +(one === nth)),
    )
  }

  /** All that is known of a member, or only what was not known before. */
  #put({ cohort, back, ids }: Member, times: 1 | -1, clockMs: number, known: Member | null = null): void {
    const fresh = known === null ? back : back & ~known.back
    const placeMs = this.#periods.placeMs(cohort)
    const amounts = this.#sums((nth) => {
      if (nth === 0) return known === null ? times : 0
      return nth <= this.#most && (fresh >> BigInt(nth)) & 1n ? times : 0
    })
    if (amounts.every((one) => one === 0)) return
    const kept = this.cells.keptAt(placeMs, clockMs)
    for (let b = 0; b < this.#by.length; b++) this.cells.add(b, ids[b]!, placeMs, kept, amounts)
  }

  /** One of each place of a cell: those who joined, those who came back by period, late, over, elsewhere. */
  #sums(of: (nth: number) => number): number[] {
    return Array.from({ length: this.#most + 4 }, (_, nth) => of(nth))
  }
}
