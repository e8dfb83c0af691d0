/**
 * The feed of a partition: one entry an applied batch, `<next>-0`, whose `cells` are the changes of its call (changes.ts). It serves readers who follow; one that fell behind
 * reads the hashes again. So what no reader would follow is not kept: longer than a reader holds what it does not ask for, more entries than it would take, or more
 * bytes than a small share of the store.
 */

import type { NodeInfo } from '../node-info.ts'

/** A reader that nobody asked for so long drops all it holds. */
export const FEED_KEPT_MS = 30_000
/** A longer feed is not worth following: reading anew costs less. */
export const FEED_ENTRIES = 1000
/** Of what the store uses, for the partitions of one source together; a partition has at least and at most so much. */
const SHARE = 1 / 40
const LEAST_BYTES = 128 * 1024
const MOST_BYTES = 1024 * 1024

/** Bytes of entries that one of `partitions` may keep in a store of these nodes. */
export function feedBytes(nodes: readonly Pick<NodeInfo, 'usedBytes'>[], partitions: number): number {
  const usedBytes = nodes.reduce((sum, node) => sum + node.usedBytes, 0)
  return Math.min(Math.max((usedBytes * SHARE) / Math.max(partitions, 1), LEAST_BYTES), MOST_BYTES)
}
