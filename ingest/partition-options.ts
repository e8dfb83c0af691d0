/** What a partition's worker is given: its place in the store, and the consumer's side as functions, so that it runs without a broker too. */
import type { FoundRecord } from '../log/log.ts'
import type { Source } from '../model/definition.ts'
import type { Store } from '../store/connection/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import type { OperatorSkip } from '../store/calls/read-generations.ts'
import type { PartitionTables } from './tables/partition-tables.ts'
import type { WorkerWatch } from './instrumentation.ts'

export interface PartitionOptions extends WorkerWatch {
  readonly store: Store
  readonly source: Source
  readonly partition: number
  readonly keys: PartitionKeys
  readonly def: string
  readonly clusterId: string
  /** Whether the topic may lose offsets to compaction. */
  readonly compacted: boolean
  /** First offset the log still holds. */
  logStart(): Promise<number>
  /** The record at an offset, beside the consumer; or why there is none. */
  recordAt(offset: number): Promise<FoundRecord | 'below-log-start' | 'gone' | 'beyond-end'>
  /** A fetch said that the log ends before `next`. True where its leader says so again and again; false where it was passing (a leader that was just elected knows less for a while). Absent: one word is taken. */
  endsBefore?(next: number): Promise<boolean>
  /** What the group has committed: the tripwire of law L7. */
  committed(): Promise<number | null>
  /** The partition is not in the store, though up to `known` was acknowledged (-1: never begun). True: begin it here; false: it will be begun elsewhere, rest. */
  mayBegin(known: number): Promise<boolean>
  /** What an operator said of this offset in an earlier generation: pass over it. */
  skipAt?(offset: number): Promise<OperatorSkip | null>
  /** The source has more than its share of a store that is nearly full: nothing is folded, the partition only says that it lives. */
  holds?(): boolean
  /** How much of the feed may stay in the store. */
  feedBytes(): number
  /** The first offset that is not to be counted: nothing from there on is read. Absent = there is none. */
  readonly until?: number
  /** What its events are joined with that is kept in topics. Absent where there are none. */
  readonly tables?: PartitionTables
  /** The consumer's side: where to read on, hold, go on. */
  seek(offset: number): void
  pause(): void
  resume(): void
  /** Resolves when the group still counts this member in. */
  confirmOwner(): Promise<void>
  nowMs(): number
  /** A time of this machine's clock by the store's, which all processes go by; without it they are one. */
  toStoreTime?(wallMs: number): number
  log(line: string, level?: 'warn' | 'error'): void
}
