/** The two halves of a mirror's step: what the feed says between two positions, and a hash read whole. */
import type { Command } from '../connection/connection.ts'
import type { DamagedKey } from '../errors.ts'
import type { PartitionKeys } from '../keys.ts'
import { historyOf, type Position } from '../layout/position.ts'
import { readFeedEntry, readFields, type FeedEntry, type StreamEntry } from '../read-feed.ts'
import type { Slice } from './slices.ts'
import { StoreError } from '../errors.ts'

/** A hash of names may have as many as a day's budget: the clock is looked at now and then. */
const FIELDS_A_LOOK = 100

/** Reads the feed's entries above `at`. */
export function feedAfter({ state }: Position, keys: PartitionKeys, maxEntries: number): Command {
  return ['XRANGE', keys.feed, `(${state.next}-0`, '+', 'COUNT', maxEntries]
}

/**
 * The entries that lead from `at` to `position`, none where nothing moved; null where that cannot be done exactly. `before`: the last entry
 * at or below `at`; `after`: those above it, at most `maxEntries`. Throws RangeError on bytes that are not ours.
 */
export function entriesBetween(
  at: Position,
  position: Position,
  before: readonly StreamEntry[],
  after: readonly StreamEntry[],
  maxEntries: number,
): FeedEntry[] | null {
  const [from, to] = [at.state.next, position.state.next]
  if (historyOf(position) !== historyOf(at) || to < from) return null
  if (to === from) return []
  if (after.length >= maxEntries) return null
  const entries = after.map(readFeedEntry)
  if (before.length === 0 && !(entries.length > 0 && entries[0]!.base <= from)) return null
  return entries.some(({ def, rev }) => def !== position.def || rev !== position.rev) ? null : entries
}

/** Nothing was applied between the two. */
export function isWhere(at: Position, position: Position): boolean {
  return at.state.next === position.state.next && historyOf(at) === historyOf(position)
}

/** A reply of HGETALL as a map, or what is wrong with it. */
export async function decodeHash<V>(
  key: string,
  reply: unknown,
  decode: (field: string, value: Buffer) => V,
  slice: Slice,
): Promise<Map<string, V> | DamagedKey> {
  const hash = new Map<string, V>()
  let at: string | null = null
  try {
    if (reply instanceof StoreError) throw reply
    for (const [field, value] of readFields(reply)) {
      hash.set((at = field), decode(field, value))
      if (hash.size % FIELDS_A_LOOK === 0 && slice.isOver) await slice.next()
    }
    return hash
  } catch (error) {
    const { message } = error as Error
    const why =
      at === null ? `is not a hash (${message})` : `holds bytes that are not of this layout (${message})`
    return { key, field: at?.slice(0, 100) ?? null, why }
  }
}
