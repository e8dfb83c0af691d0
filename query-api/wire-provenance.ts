/** What an answer knows about itself (law L9). */
export interface Provenance {
  /** Next offset to be folded, per partition: the answer is a pure function of the log below it. A partition that was never opened, or that cannot be read, is absent. */
  vector: Record<string, number>
  /** Topic, so that vector names records. */
  topic: string
  /** All is known up to this time (ms); null when nothing was ever applied. Never after the API's now. */
  asOfMs: number | null
  /** Clock of the API minus asOf, at least 0. */
  lagMs: number | null
  /** Share of the topic's partitions that are counted by a worker that reports, 0 to 1. One that is stale, halted, never opened or damaged is not; see `incomplete`. */
  complete: number
  /** Partitions of the topic, as Kafka says, or as the catalog does where Kafka was never reached. `complete` is a share of these. */
  partitions: number
  /** The partitions that `complete` lacks, each with its reason, the first 20. Absent = none. */
  incomplete?: IncompletePartition[]
  /** Since when the log says all there was (ms): what is absent before it is unknown, not nothing. */
  sinceMs: number | null
  /** Records of before this time (ms) are gone from the log; what they held is in no answer. Absent = none are. */
  lostBeforeMs?: number
  /** The log clock, by which windows are kept (ms): the time that most devices heard last have reached, not past now. Null until it is known. */
  latestMs: number | null
  /** Records in the log that are not in this answer, counted against `logEnd`; where that is not `kafka`, at least so many. */
  behindRecords: number
  /** How the log's end is known, on which `asOfMs` and `behindRecords` rest. */
  logEnd: LogEnd
  generation: number
  /** First 8 hexadecimal digits of the definition's hash. */
  def: string
  /** `cells`: added up from what the store keeps. `log`: from the raw events of the range, read again for this answer. */
  from: 'cells' | 'log'
  /** Records of the log that were read for it so far, by all who ask the same; only of `log`. */
  scannedRecords?: number
  /** A newer definition is being counted, while this answer still is of the one before, which stands still at `vector`. Absent = no. */
  rebuilding?: Rebuilding
  /** The catalog of the source is lost or cannot be read, for this reason: the answer goes by what this API knew of it. Absent = it is there. */
  catalogLost?: string
}

/**
 * `kafka`: this API asked Kafka itself for the end of every partition a moment ago. `worker`: Kafka does not answer this API, and the end
 * is what workers last wrote; records that came since are not in `behindRecords`, so that nothing may be called exact.
 */
export interface LogEnd {
  from: 'kafka' | 'worker'
  /** When it was seen, ms, of the partition where that is longest ago; null where it never was. */
  atMs: number | null
  /** `worker`: why Kafka was not asked. */
  why?: string
}

/**
 * `counted`: all of it up to the end. `behind`: counted by a worker that reports, and records wait. `stale`: its worker has not reported
 * for 10 s. `halted`: its worker stopped until a person looks. `unopened`: nobody ever counted it, or the store lost it. `damaged`: what
 * the store holds of it cannot be read, and it is left out of the numbers.
 */
// codes that users see: partition states
export type PartitionState = 'counted' | 'behind' | 'stale' | 'halted' | 'unopened' | 'damaged'

export interface IncompletePartition {
  partition: number
  state: 'stale' | 'halted' | 'unopened' | 'damaged'
  /** One sentence: what is wrong, and where there is something to do, what. */
  why: string
}

export interface Rebuilding {
  generation: number
  /** Share of the log's records that it has counted, 0 to 1. */
  progress: number
  /** The store lost numbers that were counted before: this very generation is counted again, and the answer holds what was counted again so far. Absent = a newer definition fills a generation of its own. */
  lost?: true
}
