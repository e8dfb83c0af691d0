/** Up to where a range is known. Pure. */
import type { SeriesMeta } from '../../query-api/wire.ts'

/** A newest part that is missing for less than this is the ordinary way of a number to the page. */
const BREATH_MS = 2_000

/** Where a range is known only up to a time well before its end (or before now), that time: what stands there is of the part before it. */
export function knownTo({
  asOfMs,
  lagMs,
  toMs,
}: Pick<SeriesMeta, 'asOfMs' | 'lagMs' | 'toMs'>): number | null {
  if (asOfMs === null) return null
  const endMs = Math.min(toMs, asOfMs + (lagMs ?? 0))
  return endMs - asOfMs > BREATH_MS ? asOfMs : null
}
