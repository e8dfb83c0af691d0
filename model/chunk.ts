/**
 * Where a cell lives. A chunk is a hash of at most 128 slots (a listpack: small, and scanned whole at no cost), shaped so that the few
 * frequent names get many windows a hash, and the many rare ones get many names a hash. See docs/store.md, "Chunks".
 */

export const SLOTS = 128
const TOTAL_WINDOWS = 128
const FIRST_IDS = 8
const FIRST_WINDOWS = 16
const NEXT_IDS = 40
const NEXT_WINDOWS = 4

/** Id of the total's only series; id 0 is `__other__`. */
export const TOTAL_ID = 1

/** Number of the block of names an id falls into; the total has the one block 0. */
export function blockOf(id: number, isTotal: boolean): number {
  if (isTotal || id < FIRST_IDS) return 0
  return id < NEXT_IDS ? 1 : 2 + Math.floor((id - NEXT_IDS) / SLOTS)
}

/** How many windows in a row one chunk of this block holds. */
export function windowsIn(block: number, isTotal: boolean): number {
  if (isTotal) return TOTAL_WINDOWS
  if (block === 0) return FIRST_WINDOWS
  return block === 1 ? NEXT_WINDOWS : 1
}

/** First id of a block, and how many it holds. */
export function idsIn(block: number): { first: number; count: number } {
  if (block === 0) return { first: 0, count: FIRST_IDS }
  if (block === 1) return { first: FIRST_IDS, count: NEXT_IDS - FIRST_IDS }
  return { first: NEXT_IDS + (block - 2) * SLOTS, count: SLOTS }
}

export function groupOf(windowNumber: number, block: number, isTotal: boolean): number {
  return Math.floor(windowNumber / windowsIn(block, isTotal))
}

export function slotOf(windowNumber: number, id: number, isTotal: boolean): number {
  if (isTotal) return windowNumber % TOTAL_WINDOWS
  if (id < FIRST_IDS) return (windowNumber % FIRST_WINDOWS) * FIRST_IDS + id
  if (id < NEXT_IDS) return (windowNumber % NEXT_WINDOWS) * (NEXT_IDS - FIRST_IDS) + id - FIRST_IDS
  return (id - NEXT_IDS) % SLOTS
}

/** Undoes {@link slotOf}: which window and id a slot of a chunk holds. */
export function cellAt(
  block: number,
  group: number,
  slot: number,
  isTotal: boolean,
): { windowNumber: number; id: number } {
  const windows = windowsIn(block, isTotal)
  if (isTotal) return { windowNumber: group * windows + slot, id: TOTAL_ID }
  const ids = idsIn(block)
  return { windowNumber: group * windows + Math.floor(slot / ids.count), id: ids.first + (slot % ids.count) }
}

/** Field of a chunk for what does not lie in the cell itself: `SLOT.METRIC.PIECE`. The metric is counted from 0 as the definition has them. */
export const pieceField = (slot: number, name: string): string => `${slot}.${name}`

/** The slot that a field of a chunk belongs to, and the name of the piece; null: it is the cell. Undefined for what is no field of a chunk. */
export function slotAndPiece(field: string): { slot: number; piece: string | null } | undefined {
  const found = /^(\d{1,3})(?:\.(\d{1,3}\.-?\d{1,3}))?$/.exec(field)
  const slot = Number(found?.[1])
  return found !== null && slot < SLOTS ? { slot, piece: found[2] ?? null } : undefined
}

/** Key suffix of a chunk. */
export function chunkSuffix(breakdown: string, interval: string, block: number, group: number): string {
  return `c:${breakdown}:${interval}:${block}.${group}`
}

/** Key suffix of the names of one breakdown and UTC day (days since 1970-01-01). */
export function namesSuffix(breakdown: string, day: number): string {
  return `n:${breakdown}:${day}`
}

export const DAY_MS = 86_400_000
