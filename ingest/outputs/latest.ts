/** The latest values of each entity, by the value of another field: who finds a place, what is written, what is forgotten. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { Entity, Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import { VALUES_AN_ENTITY } from '../../model/forecast.ts'
import { dayOf } from '../../model/living.ts'
import type { Run } from '../../model/run.ts'
import { SightingTable, type SightingRow } from '../../model/sighting-table.ts'
import type { Command } from '../../store/connection/connection.ts'
import { damaged } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { lastField, lastText, MOST_LAST_FIELD_BYTES, timeOfLatest } from '../../store/layout/last.ts'
import { FieldColumn } from './field-column.ts'
import type { Changes, Output } from './output.ts'
import { Places } from './places.ts'
import type { PresenceOutput } from './presence.ts'
import { eachSighting, FORGET_A_CALL, ForgetTimer, textColumn } from './sightings.ts'

const MOST_HELD = 50_000
/** Noted of a sighting: offset, index in its record, then the values. */
const OFFSET = 0
const INDEX = 1
const VALUES = 2

export class LatestOutput implements Output {
  readonly pairsPerEvent = 1
  readonly #source: Source
  readonly #entity: Entity
  readonly #keys: PartitionKeys
  readonly #presence: PresenceOutput
  readonly #batch: DecodedBatch
  readonly #column: number
  readonly #by: FieldColumn
  readonly #of: readonly FieldColumn[]
  readonly #table: SightingTable
  readonly #places: Places
  readonly #timer: ForgetTimer
  /** Field of the store -> time of what it holds; -1 = nothing. */
  readonly #held = new Map<string, number>()
  /** By index in the table. */
  #fields: string[] = []
  #asked: string[] = []
  #parts = { held: false, places: false, past: false }
  #past: string[] = []
  #firstDay = -Infinity
  #cursor = '0'

  constructor(
    source: Source,
    entity: Entity,
    last: NonNullable<Entity['last']>,
    keys: PartitionKeys,
    batch: DecodedBatch,
    presence: PresenceOutput,
  ) {
    this.#source = source
    this.#entity = entity
    this.#keys = keys
    this.#presence = presence
    this.#batch = batch
    this.#column = textColumn(batch, source, source.key)
    this.#by = new FieldColumn(last.by, source, batch)
    this.#of = last.of.map((field) => new FieldColumn(field, source, batch))
    this.#table = new SightingTable(VALUES + last.of.length)
    this.#places = new Places('l', keys, entity)
    this.#timer = new ForgetTimer(entity)
  }

  get pairs(): number {
    return this.#table.count
  }

  begin(): void {
    this.#table.clear()
  }

  discard(): void {
    this.#table.clear()
  }

  add(run: Run): void {
    const { events, steps } = run
    const { offsets, eventsFrom } = run.batch
    const [by, of, table] = [this.#by, this.#of, this.#table]
    eachSighting(run, this.#column, this.#source, this.#entity, (entity, timeMs, limitMs, n) => {
      const event = events[n]!
      if (!table.add(entity, by.codeOf(event), timeMs, limitMs)) return
      const step = steps[n]!
      table.note(OFFSET, offsets[step]!)
      table.note(INDEX, event - eventsFrom[step]!)
      for (let v = 0; v < of.length; v++) table.note(VALUES + v, of[v]!.noteOf(event))
    })
  }

  reads({ clockBeforeMs }: Delta, nowMs: number): Command[] {
    this.#fields = []
    for (let at = 0; at < this.#table.count; at++) this.#fields.push(this.#fieldOf(at))
    this.#asked = this.#fields.filter((field) => !this.#held.has(field))
    const commands: Command[] = []
    if (this.#asked.length > 0) commands.push(['HMGET', this.#keys.last, ...this.#asked])
    const places = this.#table.count > 0 ? this.#places.reads : []
    const firstDay = this.#timer.dayAt(clockBeforeMs, nowMs)
    this.#parts = { held: commands.length > 0, places: places.length > 0, past: firstDay !== null }
    commands.push(...places)
    if (firstDay !== null) {
      this.#firstDay = firstDay
      commands.push(['HSCAN', this.#keys.last, this.#cursor, 'COUNT', String(FORGET_A_CALL)])
    }
    return commands
  }

  take(replies: readonly unknown[]): void {
    let at = 0
    if (this.#parts.held)
      for (const [i, value] of (replies[at++] as (Buffer | null)[]).entries()) {
        const timeMs = value === null ? -1 : timeOfLatest(value)
        if (Number.isNaN(timeMs)) throw damaged(this.#keys.last, this.#asked[i]!, 'is no latest value')
        this.#held.set(this.#asked[i]!, timeMs)
      }
    if (this.#parts.places) this.#places.take(replies[at++] as Buffer[])
    this.#past = this.#parts.past ? this.#pastIn(replies[at++] as [Buffer, Buffer[]]) : []
  }

  write(delta: Delta, changes: Changes): void {
    this.#forgetPast(changes)
    this.#places.forget(delta)
    let isOpen = false
    for (let at = 0; at < this.#table.count; at++) {
      const field = this.#fields[at]!
      const heldMs = this.#held.get(field)!
      const from = this.#places.dayHeld(heldMs)
      const value = this.#table.outcome(at, from === null ? null : heldMs)
      const entity = this.#batch.dictionary.asUtf8(this.#table.first(at))
      if (value === null || this.#presence.turnedAway.has(entity)) continue
      if (
        Buffer.byteLength(field) > MOST_LAST_FIELD_BYTES ||
        !this.#places.move(from, value.timeMs, this.#entity.budget * VALUES_AN_ENTITY)
      ) {
        delta.state.valuesOver += this.#table.countOf(at)
        continue
      }
      this.#held.set(field, value.timeMs)
      if (!isOpen) changes.fields('last')
      isOpen = true
      changes.field(field, this.#valueText(value))
    }
    this.#places.write(changes)
  }

  trim(): void {
    if (this.#held.size > MOST_HELD) this.#held.clear()
  }

  #pastIn([cursor, flat]: [Buffer, Buffer[]]): string[] {
    this.#cursor = cursor.toString()
    const past: string[] = []
    for (let at = 0; at < flat.length; at += 2)
      if (dayOf(timeOfLatest(flat[at + 1]!)) < this.#firstDay) past.push(flat[at]!.toString())
    return past
  }

  /** What this batch saw stays. */
  #forgetPast(changes: Changes): void {
    if (this.#past.length === 0) return
    const seen = new Set(this.#fields)
    const past = this.#past.filter((field) => !seen.has(field))
    for (const field of past) this.#held.delete(field)
    if (past.length > 0) changes.withoutFields('last')
    for (const field of past) changes.gone(field)
  }

  #fieldOf(at: number): string {
    const entity = this.#batch.dictionary.textOf(this.#table.first(at))
    return lastField(entity!, this.#by.valueOfCode(this.#table.second(at)))
  }

  #valueText({ timeMs, noted }: SightingRow): string {
    const values = this.#of.map((column, v) => column.valueOfNote(noted[VALUES + v]!))
    return lastText({ timeMs, offset: noted[OFFSET]!, index: noted[INDEX]!, values })
  }
}
