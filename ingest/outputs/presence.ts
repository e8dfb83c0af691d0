/** When each entity was last seen: who finds a place, what is written, and what is forgotten because it was not seen for long (model/living.ts). */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import { DAY_MS } from '../../model/chunk.ts'
import type { Entity, Source } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import type { Run } from '../../model/run.ts'
import { SightingTable } from '../../model/sighting-table.ts'
import type { TextDictionary } from '../../model/columns/text-dictionary.ts'
import type { Command } from '../../store/connection/connection.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { readSeen } from '../../store/layout/living.ts'
import type { Changes, Output } from './output.ts'
import { Places } from './places.ts'
import { eachSighting, FORGET_A_CALL, ForgetTimer, textColumn } from './sightings.ts'

/** An entity with a longer name finds no place. */
const MOST_NAME_BYTES = 256
const MOST_HELD = 50_000

export class PresenceOutput implements Output {
  readonly pairsPerEvent = 1
  /** Codes, as UTF-8 has them, of the entities that found no place in the batch being written. */
  readonly turnedAway = new Set<number>()
  readonly #source: Source
  readonly #entity: Entity
  readonly #keys: PartitionKeys
  readonly #dictionary: TextDictionary
  readonly #column: number
  readonly #table = new SightingTable(0)
  readonly #places: Places
  readonly #timer: ForgetTimer
  /** Time of the latest event as the store holds it; -1 = none. */
  readonly #held = new Map<string, number>()
  #asked: string[] = []
  #parts = { held: false, places: false, past: false }
  #past: string[] = []

  constructor(source: Source, entity: Entity, keys: PartitionKeys, batch: DecodedBatch) {
    this.#source = source
    this.#entity = entity
    this.#keys = keys
    this.#dictionary = batch.dictionary
    this.#column = textColumn(batch, source, source.key)
    this.#places = new Places('s', keys, entity)
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
    eachSighting(run, this.#column, this.#source, this.#entity, (entity, timeMs, limitMs) => {
      this.#table.add(this.#dictionary.asUtf8(entity), 0, timeMs, limitMs)
    })
  }

  reads({ clockBeforeMs }: Delta, nowMs: number): Command[] {
    this.#asked = []
    for (let at = 0; at < this.#table.count; at++) {
      const name = this.#nameOf(at)
      if (!this.#held.has(name)) this.#asked.push(name)
    }
    const commands: Command[] = []
    if (this.#asked.length > 0) commands.push(['ZMSCORE', this.#keys.seen, ...this.#asked])
    const places = this.#table.count > 0 ? this.#places.reads : []
    const firstDay = this.#timer.dayAt(clockBeforeMs, nowMs)
    this.#parts = { held: commands.length > 0, places: places.length > 0, past: firstDay !== null }
    commands.push(...places)
    if (firstDay !== null)
      commands.push([
        'ZRANGE',
        this.#keys.seen,
        '-inf',
        `(${firstDay * DAY_MS}`,
        'BYSCORE',
        'LIMIT',
        '0',
        String(FORGET_A_CALL),
      ])
    return commands
  }

  take(replies: readonly unknown[]): void {
    let at = 0
    if (this.#parts.held)
      for (const [i, score] of (replies[at++] as (Buffer | null)[]).entries())
        this.#held.set(this.#asked[i]!, readSeen(score))
    if (this.#parts.places) this.#places.take(replies[at++] as Buffer[])
    this.#past = this.#parts.past ? (replies[at++] as Buffer[]).map(String) : []
  }

  write(delta: Delta, changes: Changes): void {
    this.#forgetPast(changes)
    this.#places.forget(delta)
    this.turnedAway.clear()
    let isOpen = false
    for (let at = 0; at < this.#table.count; at++) {
      const name = this.#nameOf(at)
      const heldMs = this.#held.get(name)!
      const from = this.#places.dayHeld(heldMs)
      const now = this.#table.outcome(at, from === null ? null : heldMs)
      if (from !== null && (now === null || now.timeMs === heldMs)) continue
      const { timeMs } = now!
      if (
        Buffer.byteLength(name) > MOST_NAME_BYTES ||
        !this.#places.move(from, timeMs, this.#entity.budget)
      ) {
        this.turnedAway.add(this.#table.first(at))
        delta.state.entitiesOver += this.#table.countOf(at)
        continue
      }
      this.#held.set(name, timeMs)
      if (!isOpen) changes.sortedSet('seen')
      isOpen = true
      changes.member(timeMs, name)
    }
    this.#places.write(changes)
  }

  trim(): void {
    if (this.#held.size > MOST_HELD) this.#held.clear()
  }

  /** What this batch saw stays. */
  #forgetPast(changes: Changes): void {
    const past = this.#past.filter((name) => !this.#table.has(this.#dictionary.codeOfText(name), 0))
    for (const name of past) this.#held.delete(name)
    if (past.length > 0) changes.withoutMembers('seen')
    for (const name of past) changes.gone(name)
  }

  #nameOf(at: number): string {
    return this.#dictionary.textOf(this.#table.first(at))!
  }
}
