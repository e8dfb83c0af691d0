/** Who finds a place among the entities and latest values that a partition remembers; its key `living` holds how many there are by day. */
import type { Entity } from '../../model/definition.ts'
import type { Delta } from '../../model/delta.ts'
import { dayOf, firstDayOf, Living } from '../../model/living.ts'
import type { Command } from '../../store/connection/connection.ts'
import { damaged } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { dayOfLivingField, livingField, readLivingCount, type LivingKind } from '../../store/layout/living.ts'
import type { Changes } from './output.ts'

/** One kind of what is remembered: `s` entities, `l` latest values. */
export class Places {
  readonly #kind: LivingKind
  readonly #keys: PartitionKeys
  readonly #entity: Entity
  #living: Living | null = null
  #firstDay = -Infinity

  constructor(kind: LivingKind, keys: PartitionKeys, entity: Entity) {
    this.#kind = kind
    this.#keys = keys
    this.#entity = entity
  }

  /** What to ask before the first batch. */
  get reads(): Command[] {
    return this.#living === null ? [['HGETALL', this.#keys.living]] : []
  }

  take(flat: readonly Buffer[]): void {
    const days: [number, number][] = []
    for (let at = 0; at < flat.length; at += 2) {
      const field = flat[at]!.toString()
      const day = dayOfLivingField(this.#kind, field)
      if (day === null) continue
      const count = readLivingCount(flat[at + 1]!)
      if (count === null) throw damaged(this.#keys.living, field, 'is no count')
      days.push([day, count])
    }
    this.#living = new Living(days)
  }

  /** Frees the places of what was not seen for so long; before any are taken. */
  forget({ clockBeforeMs }: Delta): void {
    this.#firstDay = firstDayOf(this.#entity.forgetMs, clockBeforeMs)
    this.#living?.forget(this.#firstDay)
  }

  /** The day it holds a place by; null where it holds none. */
  dayHeld(timeMs: number): number | null {
    return timeMs < 0 || dayOf(timeMs) < this.#firstDay ? null : dayOf(timeMs)
  }

  /** From one day to another, from none to begin with; false where there is no place. */
  move(from: number | null, timeMs: number, budget: number): boolean {
    return this.#living!.move(from, dayOf(timeMs), budget)
  }

  write(changes: Changes): void {
    const counts = this.#living?.takeChanges() ?? []
    const gone = counts.filter(([, count]) => count === 0)
    const kept = counts.filter(([, count]) => count > 0)
    if (gone.length > 0) changes.withoutFields('living')
    for (const [day] of gone) changes.gone(livingField(this.#kind, day))
    if (kept.length > 0) changes.fields('living')
    for (const [day, count] of kept) changes.field(livingField(this.#kind, day), count)
  }
}
