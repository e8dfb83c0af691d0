/** The id of an event, as the plain decoder reads it. */
import type { EventId, Path } from '../definition.ts'
import type { Places } from './places.ts'
import { FALSE, LONG_NUMBER, NUMBER, OTHER, TEXT, TRUE, type Slots } from './slots.ts'

/** Null: it has none; undefined: for the plain decoder. `row`: its place among the events of the record. */
export type IdOf = (row: number) => string | null | undefined

/** One of several pairs adds its name, one that stands outside of the event the place of the row: `compileId` in decode-item.ts. */
export function compileId({ from }: EventId, slots: Slots, places: Places, isPair: boolean): IdOf {
  const slotsOf = (paths: readonly Path[]): number[] => paths.map((path) => places.slotAt(path))
  const [own, others] = [slotsOf(from.filter(isOwn)), slotsOf(from.filter((path) => !isOwn(path)))]
  const nameSlot = isPair ? places.slotAt(['$', 'name']) : -1
  for (const slot of [...own, ...others]) slots.isTypeOnly[slot] = 0
  return (row) => {
    const id = textAt(slots, own)
    if (id === undefined) return undefined
    if (id !== null) return nameSlot < 0 ? id : `${id}\0${slots.text(nameSlot)}`
    const shared = textAt(slots, others)
    return typeof shared === 'string' ? `${shared}\0${row}` : shared
  }
}

const isOwn = (path: Path): boolean => path[0] !== '$' || path[1] === 'value'

function textAt(slots: Slots, places: readonly number[]): string | null | undefined {
  const slot = slots.firstOf(places)
  if (slot < 0) return null
  switch (slots.kinds[slot]) {
    case TEXT:
      return slots.from[slot] === slots.to[slot] ? null : slots.text(slot)
    case NUMBER:
      return String(slots.number(slot))
    case LONG_NUMBER:
      return undefined
    case TRUE:
    case FALSE:
    case OTHER:
      return null
  }
  return undefined
}
