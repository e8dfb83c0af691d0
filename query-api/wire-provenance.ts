/** What an answer knows about itself (law L9). */
export interface Provenance {
  /** Next offset to be folded, per partition: the answer is a pure function of the log below it. */
  vector: Record<string, number>
  /** Topic, so that vector names records. */
  topic: string
  /** All is known up to this time (ms); null when nothing was ever applied. */
  asOfMs: number | null
  /** Wall clock of the API minus asOf, at least 0. */
  lagMs: number | null
  /** Share of partitions that are not stale, 0 to 1. */
  complete: number
  /** Since when the log says all there was (ms): what is absent before it is unknown, not nothing. */
  sinceMs: number | null
  /** Records of before this time (ms) are gone from the log; what they held is in no answer. Absent = none are. */
  lostBeforeMs?: number
  /** The log clock, by which windows are kept (ms): the time that most devices heard last have reached, not past now. */
  latestMs: number | null
  /** Records in the log that are not in this answer. */
  behindRecords: number
  generation: number
  /** First 8 hexadecimal digits of the definition's hash. */
  def: string
  from: 'rollup'
  /** A newer definition is being counted, while this answer still is of the one before, which stands still at `vector`. Absent = no. */
  rebuilding?: Rebuilding
}

export interface Rebuilding {
  generation: number
  /** Share of the log's records that it has counted, 0 to 1. */
  progress: number
}
