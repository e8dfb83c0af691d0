/** One funnel: which step each event is on the way of its entity, in the cells of the window in which that began. */
import { Conditions } from '../../model/columns/conditions.ts'
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { FunnelRule, Source } from '../../model/definition.ts'
import type { Facts } from '../../model/fact.ts'
import { Attempts, packAttempt, unpackAttempt, type Attempt } from '../../model/funnels/attempts.ts'
import type { Run } from '../../model/run.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { FactCells } from './fact-cells.ts'
import { FactOutput } from './fact-output.ts'
import { FactStates } from './fact-states.ts'
import { isKeyedOtherwise } from './keyed-otherwise.ts'
import { textColumn } from './sightings.ts'

export class FunnelOutput extends FactOutput<Attempt> {
  readonly pairsPerEvent: number
  readonly #source: Source
  protected readonly cells: FactCells
  protected readonly entities: Attempts
  protected readonly states: FactStates<Attempt>
  readonly #steps: readonly Conditions[]
  readonly #key: number
  /** By breakdown: columns of its fields. */
  readonly #by: readonly (readonly number[])[]
  /** A one at each place of a cell: steps, late, over, elsewhere. */
  readonly #ones: readonly (readonly number[])[]

  constructor(source: Source, rule: FunnelRule, facts: Facts, keys: PartitionKeys, batch: DecodedBatch) {
    super()
    const { breakdowns, metrics } = facts.written
    this.#source = source
    this.cells = new FactCells(facts, keys)
    this.entities = new Attempts(rule)
    this.states = new FactStates(facts.name, keys, this.entities.remembered, packAttempt, (from) =>
      unpackAttempt(from, breakdowns.length),
    )
    this.#steps = rule.steps.map(({ where }) => new Conditions(where, source, batch.layout, batch.dictionary))
    this.#key = textColumn(batch, source, source.key)
    this.#by = breakdowns.map(({ fields }) => fields.map((field) => textColumn(batch, source, field)))
    this.#ones = metrics.map((_, one) => metrics.map((__, nth) => (nth === one ? 1 : 0)))
    this.pairsPerEvent = 1 + this.cells.pairsPerFact
  }

  add(run: Run): void {
    const { events: columns, dictionary } = run.batch
    for (let n = 0; n < run.count; n++) {
      const event = run.events[n]!
      const code = columns.texts[this.#key]![event]!
      // Without a key nobody knows whose it is; most events are no step at all.
      if (code === 0 || !this.#steps.some((step) => step.hold(columns, event))) continue
      this.#take(run, n, dictionary.textOf(dictionary.asUtf8(code))!)
    }
  }

  #take(run: Run, n: number, entity: string): void {
    const { batch } = run
    const [event, step, clockMs] = [run.events[n]!, run.steps[n]!, run.clockMs[n]!]
    const timeMs = batch.events.timeMs[event]!
    const [cells, ones, steps] = [this.cells, this.#ones, this.#steps]
    const found = this.entities.take(
      entity,
      timeMs,
      clockMs,
      (one) => steps[one]!.hold(batch.events, event),
      () => cells.idsAt(run, n, timeMs, this.#by),
    )
    if (found === null) return
    if (typeof found === 'string') {
      const at = steps.length + (found === 'late' ? 0 : 1)
      return cells.add(0, 1, timeMs, cells.keptAt(timeMs, clockMs), ones[at]!)
    }
    const kept = cells.keptAt(found.startMs, clockMs)
    for (let b = 0; b < this.#by.length; b++)
      cells.add(b, found.ids[b]!, found.startMs, kept, ones[found.steps - 1]!)
    if (found.steps > 1) return
    this.states.sample.add(entity)
    if (isKeyedOtherwise(this.#source, batch, step, entity))
      cells.add(0, 1, timeMs, kept, ones[steps.length + 2]!)
  }
}
