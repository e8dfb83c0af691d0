/** The id of an event, as the plain decoder reads it, of sources whose ids stand in the event. */
import { FALSE, LONG_NUMBER, NUMBER, OTHER, TEXT, TRUE, type Slots } from './slots.ts'

/** Null: it has none; undefined: for the plain decoder. */
export function compileId(slots: Slots, places: readonly number[]): () => string | null | undefined {
  return () => {
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
}
