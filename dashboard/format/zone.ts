/** The reader's time zone: the browser's own, or one chosen by its IANA name. All that is written or cut by days asks here. */

let chosen: string | null = null
let format: Intl.DateTimeFormat | undefined
/** Offsets by the quarter of an hour, at whose ends clocks are set. */
const offsets = new Map<number, number>()
const QUARTER_MS = 900_000
const MOST_KEPT = 20_000

const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'
export const zoneId = (): string => chosen ?? ownZone()

/** Swedish writes dates as ISO 8601 does. */
const formatOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })

/** Whether the browser's tables have it. */
export function isZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** Null where the browser's tables have no such zone, or it is its own. */
export const otherZone = (name: string | null): string | null =>
  name === null || name === ownZone() || !isZone(name) ? null : name

/** Null is the browser's own. */
export function chooseZone(name: string | null): void {
  chosen = name
  format = undefined
  offsets.clear()
}

/** How far its clocks are ahead of UTC at an instant, ms. */
export function offsetMs(atMs: number): number {
  const quarter = Math.floor(atMs / QUARTER_MS)
  let found = offsets.get(quarter)
  if (found === undefined) {
    if (offsets.size >= MOST_KEPT) offsets.clear()
    format ??= formatOf(zoneId())
    const startMs = quarter * QUARTER_MS
    found = Date.parse(`${format.format(startMs).replace(' ', 'T')}Z`) - startMs
    offsets.set(quarter, found)
  }
  return found
}

/** Its clock at an instant, read as if it were UTC's. */
export const localMs = (atMs: number): number => atMs + offsetMs(atMs)
/** The instant of a time of day. Of an hour that comes twice the first; one that never is counts as if the clocks had not been set yet. */
export function instantOf(local: number): number {
  const early = local - offsetMs(local - 86_400_000)
  if (localMs(early) === local) return early
  const late = local - offsetMs(early)
  return localMs(late) === local ? late : early
}
