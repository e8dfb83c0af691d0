/** Sessions: what each event makes of those of its entity, in their cells; what is remembered of them lies in the store, and is read once when a worker begins. */
import { DAY_MS } from '../../model/chunk.ts'
import type { DecodedBatch } from '../../model/columns/batch.ts'
import { Conditions } from '../../model/columns/conditions.ts'
import type { SessionsRule, Source } from '../../model/definition.ts'
import type { Facts } from '../../model/fact.ts'
import type { Run } from '../../model/run.ts'
import { keptText, packSessions, unpackSessions, type Session } from '../../model/sessions/session.ts'
import { Sessions, type Visit } from '../../model/sessions/sessions.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { FactCells, type Place } from './fact-cells.ts'
import { FactOutput } from './fact-output.ts'
import { FactStates } from './fact-states.ts'
import { isKeyedOtherwise } from './keyed-otherwise.ts'
import { textColumn } from './sightings.ts'

/** Of SESSION_SUMS, one each. */
const LATE = [0, 0, 0, 0, 1, 0, 0]
const OVER = [0, 0, 0, 0, 0, 1, 0]
const ELSEWHERE = [0, 0, 0, 0, 0, 0, 1]

export class SessionsOutput extends FactOutput<readonly Session[]> {
  readonly pairsPerEvent: number
  readonly #source: Source
  readonly #batch: DecodedBatch
  protected readonly cells: FactCells
  protected readonly entities: Sessions
  protected readonly states: FactStates<readonly Session[]>
  readonly #conditions: Conditions
  readonly #key: number
  readonly #page: number
  /** Columns of the fields that sessions are split by. */
  readonly #by: readonly number[]
  /** By breakdown: where its values stand in `[entry, exit, ...by]`. */
  readonly #places: readonly (readonly number[])[]

  constructor(source: Source, rule: SessionsRule, facts: Facts, keys: PartitionKeys, batch: DecodedBatch) {
    super()
    const { breakdowns, fields } = facts.written
    const names = ['entry', 'exit']
    for (const { name, type } of fields) if (type === 'string' && !names.includes(name)) names.push(name)
    this.#source = source
    this.#batch = batch
    this.cells = new FactCells(facts, keys)
    this.entities = new Sessions(rule)
    this.states = new FactStates(facts.name, keys, this.entities.remembered, packSessions, (from) =>
      unpackSessions(from, names.length - 2, breakdowns.length),
    )
    this.#conditions = new Conditions(rule.where, source, batch.layout, batch.dictionary)
    this.#key = textColumn(batch, source, source.key)
    this.#page = rule.page === null ? -1 : textColumn(batch, source, rule.page)
    this.#by = names.slice(2).map((field) => textColumn(batch, source, field))
    this.#places = breakdowns.map((one) => one.fields.map((field) => names.indexOf(field)))
    // A session that changes its names is taken from where it was and put where it is.
    this.pairsPerEvent = 1 + 2 * this.cells.pairsPerFact
  }

  add(run: Run): void {
    const { events: columns, dictionary, offsets, eventsFrom } = run.batch
    const textOf = (column: number, event: number): string | null =>
      dictionary.textOf(dictionary.asUtf8(columns.texts[column]![event]!))
    for (let n = 0; n < run.count; n++) {
      const [event, step] = [run.events[n]!, run.steps[n]!]
      const entity = textOf(this.#key, event)
      // Without a key nobody knows whose it is.
      if (entity === null) continue
      const isPage = this.#conditions.areNone || this.#conditions.hold(columns, event)
      const visit: Visit = {
        timeMs: columns.timeMs[event]!,
        isPage,
        page: isPage && this.#page >= 0 ? keptText(textOf(this.#page, event)) : null,
        by: this.#by.map((column) => keptText(textOf(column, event))),
      }
      const place: Place = { offset: offsets[step]!, index: event - eventsFrom[step]! }
      this.#take(entity, visit, run.clockMs[n]!, place, step)
    }
  }

  #take(entity: string, visit: Visit, clockMs: number, place: Place, step: number): void {
    const cells = this.cells
    const found = this.entities.take(entity, visit, clockMs, (was, now) =>
      cells.keptAt(now.startMs, clockMs) === 0 ? this.#places.map(() => 1) : this.#idsOf(was, now, place),
    )
    if (typeof found === 'string') {
      const { timeMs } = visit
      cells.add(0, 1, timeMs, cells.keptAt(timeMs, clockMs), found === 'late' ? LATE : OVER)
      return
    }
    const { was, now } = found
    const [amounts, kept] = [sumsOf(now, 1), cells.keptAt(now.startMs, clockMs)]
    if (was.length === 0) {
      this.states.sample.add(entity)
      if (isKeyedOtherwise(this.#source, this.#batch, step, entity))
        cells.add(0, 1, now.startMs, kept, ELSEWHERE)
    }
    const [only] = was
    for (let b = 0; b < this.#places.length; b++) {
      // Where it stays what it is called, the difference is enough.
      if (was.length === 1 && only!.startMs === now.startMs && only!.ids[b] === now.ids[b]) {
        const before = sumsOf(only!, 1)
        cells.add(
          b,
          now.ids[b]!,
          now.startMs,
          kept,
          amounts.map((amount, m) => amount - before[m]!),
        )
        continue
      }
      for (const one of was)
        cells.add(b, one.ids[b]!, one.startMs, cells.keptAt(one.startMs, clockMs), sumsOf(one, -1))
      cells.add(b, now.ids[b]!, now.startMs, kept, amounts)
    }
  }

  /** That of a session which is part of it, where it began on the same day and is called the same; else it is asked for. */
  #idsOf(was: readonly Session[], now: Omit<Session, 'ids'>, place: Place): number[] {
    const values = valuesOf(now)
    const isSameDay = was.map(({ startMs }) => dayOf(startMs) === dayOf(now.startMs))
    const others = was.map(valuesOf)
    return this.#places.map((places, b) => {
      if (b === 0) return 1
      const same = was.findIndex(
        (_, at) => isSameDay[at]! && places.every((one) => others[at]![one] === values[one]),
      )
      if (same >= 0) return was[same]!.ids[b]!
      return this.cells.idOf(
        b,
        now.startMs,
        places.map((one) => values[one]!),
        place,
      )
    })
  }
}

const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)
const valuesOf = ({ entry, exit, by }: Omit<Session, 'ids'>): (string | null)[] => [entry, exit, ...by]

/** As SESSION_SUMS has them, without what is no session's. */
function sumsOf({ events, pages, startMs, endMs }: Session, times: 1 | -1): number[] {
  return [times, events === 1 ? times : 0, times * pages, times * (endMs - startMs), 0, 0, 0]
}
