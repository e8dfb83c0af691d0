/** Presence and latest values of a cut: who finds a place, what is written, and what is forgotten because it was not seen for long (model/living.ts). */
import type { Entity, Source } from '../model/definition.ts'
import type { Delta, LastValue } from '../model/delta.ts'
import { DAY_MS } from '../model/chunk.ts'
import { VALUES_AN_ENTITY } from '../model/forecast.ts'
import { dayOf, firstDayOf } from '../model/living.ts'
import { applySightings, type Sighting } from '../model/sightings.ts'
import type { Op } from '../store/apply.ts'
import type { Argument, Command } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import type { Cache } from './cache.ts'

/** An entity with a longer name finds no place; nor does a latest value whose field in the store would be longer. */
const MOST_NAME_BYTES = 256
const MOST_FIELD_BYTES = 1024
/** Looked through, and at most forgotten, in one call; one a second. */
const FORGET_A_CALL = 256
const FORGET_EVERY_MS = 1000

export function addPresence(
  delta: Delta,
  source: Source,
  keys: PartitionKeys,
  cache: Cache,
  ops: Op[],
): void {
  const { entity } = source
  if (entity === null || cache.places === null) return
  const { places } = cache
  const firstDay = firstDayOf(entity.forgetMs, delta.clockBeforeMs)
  for (const living of [places.seen, places.last]) living.forget(firstDay)
  const heldDay = (timeMs: number | undefined): number | null =>
    timeMs === undefined || timeMs < 0 || dayOf(timeMs) < firstDay ? null : dayOf(timeMs)

  const seen: Argument[] = []
  const turnedAway = new Set<string>()
  for (const [name, sightings] of delta.seen) {
    const heldMs = cache.seen.get(name)
    const from = heldDay(heldMs)
    const { timeMs } = applySightings(from === null ? null : { timeMs: heldMs! }, sightings)!
    if (from !== null && timeMs === heldMs) continue
    if (Buffer.byteLength(name) > MOST_NAME_BYTES || !places.seen.move(from, dayOf(timeMs), entity.budget)) {
      turnedAway.add(name)
      delta.standing.entitiesOver += delta.sighted.get(name)!
      continue
    }
    cache.seen.set(name, timeMs)
    seen.push(timeMs, name)
  }
  if (seen.length > 0) ops.push({ op: 'z', key: keys.seen, args: seen })

  const last: Argument[] = []
  for (const [field, sightings] of delta.last) {
    const held = cache.last.get(field) ?? null
    const from = heldDay(held?.timeMs)
    const value = applySightings<LastValue, LastValue & Sighting>(from === null ? null : held, sightings)!
    if (from !== null && value === held) continue
    if (turnedAway.size > 0 && turnedAway.has((JSON.parse(field) as string[])[0]!)) continue
    if (
      Buffer.byteLength(field) > MOST_FIELD_BYTES ||
      !places.last.move(from, dayOf(value.timeMs), entity.budget * VALUES_AN_ENTITY)
    ) {
      delta.standing.valuesOver += delta.valued.get(field)!
      continue
    }
    cache.last.set(field, value)
    last.push(field, JSON.stringify([value.timeMs, value.offset, value.index, ...value.values]))
  }
  if (last.length > 0) ops.push({ op: 'h', key: keys.last, args: last })

  const counts = Object.entries({ s: places.seen.takeChanges(), l: places.last.takeChanges() }).flatMap(
    ([kind, days]) => days.map(([day, count]) => [`${kind}:${day}`, count] as const),
  )
  const gone = counts.filter(([, count]) => count === 0).map(([field]) => field)
  const kept = counts.filter(([, count]) => count > 0).flat()
  if (gone.length > 0) ops.push({ op: 'e', key: keys.living, args: gone })
  if (kept.length > 0) ops.push({ op: 'h', key: keys.living, args: kept })
}

/** Finds what was not seen for long, a bounded number a second, and takes it out of the store. */
export class Forgetting {
  readonly #keys: PartitionKeys
  readonly #entity: Entity | null
  #cursor = '0'
  #askedMs = 0

  constructor(keys: PartitionKeys, source: Source) {
    this.#keys = keys
    this.#entity = source.entity
  }

  /** What to ask the store along with the next read. */
  question(clockMs: number | null, nowMs: number): Command[] {
    const firstDay = this.#entity === null ? -Infinity : firstDayOf(this.#entity.forgetMs, clockMs)
    if (firstDay === -Infinity || (nowMs >= this.#askedMs && nowMs - this.#askedMs < FORGET_EVERY_MS))
      return []
    this.#askedMs = nowMs
    return [
      [
        'ZRANGE',
        this.#keys.seen,
        '-inf',
        `(${firstDay * DAY_MS}`,
        'BYSCORE',
        'LIMIT',
        '0',
        String(FORGET_A_CALL),
      ],
      ['HSCAN', this.#keys.last, this.#cursor, 'COUNT', String(FORGET_A_CALL)],
    ]
  }

  /** The ops that take out what is past; what this cut touches stays. `answers`: the two replies. */
  answer([past, scanned]: readonly unknown[], delta: Delta, cache: Cache): Op[] {
    const firstDay = firstDayOf(this.#entity!.forgetMs, delta.clockBeforeMs)
    const seen = (past as Buffer[]).map(String).filter((name) => !delta.seen.has(name))
    const [cursor, flat] = scanned as [Buffer, Buffer[]]
    this.#cursor = cursor.toString()
    const last: string[] = []
    for (let at = 0; at < flat.length; at += 2) {
      const field = flat[at]!.toString()
      const timeMs = Number(/^\[(-?\d+)/.exec(flat[at + 1]!.toString('latin1'))?.[1])
      if (dayOf(timeMs) < firstDay && !delta.last.has(field)) last.push(field)
    }
    for (const name of seen) cache.seen.delete(name)
    for (const field of last) cache.last.delete(field)
    return [
      ...(seen.length > 0 ? [{ op: 'r', key: this.#keys.seen, args: seen } as const] : []),
      ...(last.length > 0 ? [{ op: 'e', key: this.#keys.last, args: last } as const] : []),
    ]
  }
}
