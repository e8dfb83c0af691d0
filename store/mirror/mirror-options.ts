/** What a mirror is given, and what it keeps of those who wait for it. */
import type { Source } from '../../model/definition.ts'
import type { Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import type { Position } from '../layout/position.ts'

export type Held<V> = ReadonlyMap<string, ReadonlyMap<string, V>>

export interface MirrorOptions<V> {
  readonly store: Pick<Store, 'each'>
  readonly keys: PartitionKeys
  readonly source: Source
  /** A field's value, decoded once. Throws RangeError on bytes that are not ours. */
  readonly decode: (suffix: string, field: string, value: Buffer) => V
  /** Dropped from the least recently used on; default 64 MB. A single question may go beyond it while it is answered. */
  readonly maxBytes?: number
  /** A longer feed is not worth following: default 1,000 entries. */
  readonly maxFeedEntries?: number
  /** After this long without a caller, all is dropped instead of caught up with; default 30 s. */
  readonly idleMs?: number
  readonly now?: () => number
}

/** Lists of suffixes. One that is the same list as before is not looked through again. */
export type Wanted = readonly (readonly string[])[]

/** A caller of `read`. */
export interface Waiter<V> {
  readonly wanted: (held: Held<V>) => Wanted
  readonly use: (position: Position | null) => void | Promise<void>
  readonly fail: (error: unknown) => void
  missing: readonly string[]
  rounds: number
}
