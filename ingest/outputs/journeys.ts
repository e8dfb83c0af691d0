/** Journeys: what each view of a page makes of those of its entity, in their cells; what is remembered of them lies in the store, and is read once when a worker begins. */
import { Conditions } from '../../model/columns/conditions.ts'
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { JourneysRule, Source } from '../../model/definition.ts'
import type { Facts } from '../../model/fact.ts'
import { Journeys, type NameOf, type Retold } from '../../model/journeys/journeys.ts'
import { packTrail, pageText, unpackTrail, type Trail } from '../../model/journeys/trail.ts'
import { JOURNEY_SUMS } from '../../model/measures/journeys.ts'
import type { Run } from '../../model/run.ts'
import { keptText } from '../../model/sessions/session.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { FactCells } from './fact-cells.ts'
import { FactOutput } from './fact-output.ts'
import { FactStates } from './fact-states.ts'
import { isKeyedOtherwise } from './keyed-otherwise.ts'
import { textColumn } from './sightings.ts'

/** A one at the place of a sum. */
const one = (sum: (typeof JOURNEY_SUMS)[number]): number[] =>
  JOURNEY_SUMS.map((name) => (name === sum ? 1 : 0))
const [JOURNEY, LATE, OVER, ELSEWHERE] = [one('journeys'), one('late'), one('over'), one('elsewhere')]
const NOTHING: readonly number[] = JOURNEY_SUMS.map(() => 0)

export class JourneysOutput extends FactOutput<Trail> {
  readonly pairsPerEvent: number
  readonly #source: Source
  protected readonly cells: FactCells
  protected readonly entities: Journeys
  protected readonly states: FactStates<Trail>
  readonly #conditions: Conditions
  readonly #key: number
  readonly #page: number
  readonly #breakdowns: number

  constructor(source: Source, rule: JourneysRule, facts: Facts, keys: PartitionKeys, batch: DecodedBatch) {
    super()
    this.#source = source
    this.cells = new FactCells(facts, keys)
    this.entities = new Journeys(rule)
    this.states = new FactStates(facts.name, keys, this.entities.remembered, packTrail, unpackTrail)
    this.#conditions = new Conditions(rule.where, source, batch.layout, batch.dictionary)
    this.#key = textColumn(batch, source, source.key)
    this.#page = textColumn(batch, source, rule.page)
    this.#breakdowns = facts.written.breakdowns.length
    // A view, and what it says of the two before it.
    this.pairsPerEvent = 1 + 3 * this.cells.pairsPerFact
  }

  add(run: Run): void {
    const { batch } = run
    const { events: columns, dictionary, offsets, eventsFrom } = batch
    const textOf = (column: number, event: number): string | null =>
      dictionary.textOf(dictionary.asUtf8(columns.texts[column]![event]!))
    for (let n = 0; n < run.count; n++) {
      const [event, step, clockMs] = [run.events[n]!, run.steps[n]!, run.clockMs[n]!]
      const entity = textOf(this.#key, event)
      // Without a key nobody knows whose it is.
      if (entity === null) continue
      const place = { offset: offsets[step]!, index: event - eventsFrom[step]! }
      const nameOf: NameOf = (breakdown, timeMs, values) =>
        this.cells.keptAt(timeMs, clockMs) === 0 ? 1 : this.cells.idOf(breakdown, timeMs, values, place)
      this.#put(this.entities.forget(clockMs, nameOf), clockMs)
      if (!this.#conditions.areNone && !this.#conditions.hold(columns, event)) continue
      const page = keptText(textOf(this.#page, event))
      if (page === null) continue
      const timeMs = columns.timeMs[event]!
      const found = this.entities.take(entity, timeMs, pageText(page), clockMs, nameOf)
      const kept = this.cells.keptAt(timeMs, clockMs)
      if (typeof found === 'string') {
        this.cells.add(0, 1, timeMs, kept, found === 'late' ? LATE : OVER)
        continue
      }
      this.#put(found.retold, clockMs)
      if (!found.opens) continue
      this.states.sample.add(entity)
      if (isKeyedOtherwise(this.#source, batch, step, entity)) this.cells.add(0, 1, timeMs, kept, ELSEWHERE)
    }
  }

  #put(retold: readonly Retold[], clockMs: number): void {
    for (const { timeMs, isStart, was, now } of retold) {
      const kept = this.cells.keptAt(timeMs, clockMs)
      for (let b = 0; b < this.#breakdowns; b++) {
        const [before, after] = [amountsOf(b, was, isStart), amountsOf(b, now, isStart)]
        const [oldId, id] = b === 0 ? [1, 1] : [was[b - 1] ?? now[b - 1]!, now[b - 1] ?? was[b - 1]!]
        if (oldId === id) {
          this.#add(b, id, timeMs, kept, after, before)
        } else {
          this.#add(b, oldId, timeMs, kept, NOTHING, before)
          this.#add(b, id, timeMs, kept, after, NOTHING)
        }
      }
    }
  }

  #add(
    breakdown: number,
    id: number,
    timeMs: number,
    kept: number,
    more: readonly number[],
    less: readonly number[],
  ): void {
    const amounts = more.map((amount, nth) => amount - less[nth]!)
    if (amounts.some((amount) => amount !== 0)) this.cells.add(breakdown, id, timeMs, kept, amounts)
  }
}

/** `ids`: of what is told, none where nothing is; those of the page, the next, both, and with the one after. */
function amountsOf(breakdown: number, ids: readonly number[], isStart: boolean): readonly number[] {
  const [isNext, isThen] = [ids.length > 1, ids.length > 3]
  if (ids.length === 0 || breakdown > ids.length) return NOTHING
  if (breakdown > 2) return JOURNEY
  const [journeys, onward] = [isNext ? 1 : 0, isThen ? 1 : 0]
  return breakdown === 2
    ? [journeys, onward, 0, 0, 0, 0, 0]
    : [journeys, onward, isStart ? 0 : 1, isStart ? 1 : 0, 0, 0, 0]
}
