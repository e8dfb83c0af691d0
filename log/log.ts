/** What the rest knows of Kafka: shapes only. `kafka.ts` opens them; nothing of its client library shows here. */
import type { LogError } from './errors.ts'

/** Where Kafka is and how to get in. */
export interface LogConfig {
  /** `host:port` of one or more brokers. */
  brokers: string[]
  clientId: string
  /** `true`, or the options of `tls.connect` (ca, cert, key, servername, ...). */
  ssl?: boolean | object
  /** `{ mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', username, password }` */
  sasl?: object
  /** Receives warnings and errors of the client, one line each. Silent without. */
  log?: (line: string, level?: 'warn') => void
}

/** A share in memory that is used again. */
export interface Lease {
  /** Nobody looks at this piece any more. At most once a piece. */
  done(): void
}

/** One Kafka RecordBatch as it lay in the log: its bytes untouched, header included, magic 2. */
export interface RawBatch {
  baseOffset: number
  /** Inclusive; taken from the header, so records lost to compaction at the end are passed by it. */
  lastOffset: number
  bytes: Buffer
  /** A transaction marker, nothing of a producer's. */
  control: boolean
  /** Written inside a transaction that was aborted: counts for nothing. */
  aborted: boolean
  /** Where the memory of `bytes` is used again. Without a word to it the bytes stay as they are. */
  lease?: Lease
}

/** What one fetch brought for one partition. */
export interface Fetched {
  topic: string
  partition: number
  /** In offset order; may be empty (news of `logEnd` only). The first may begin below the wanted offset, never end below it. */
  batches: RawBatch[]
  /** First offset the log still holds. */
  logStart: number
  /** The high watermark: behind the last record that is in the log for good. */
  logEnd: number
  /** Last stable offset: everything below is decided and readable. Below `logEnd` while a transaction is open; nothing from there on is delivered. */
  stableEnd?: number
  /** Wall clock when the response was read. */
  fetchedAtMs: number
  /** The topic was made anew under its name: what lies in it now is another log. Of that one nothing is delivered until the partition is sought. */
  isAnotherLog?: true
}

/** Offsets `[start, end)` that a partition holds; `end` and `stableEnd` as in {@link Fetched}. */
export interface LogRange {
  start: number
  end: number
  stableEnd: number
}

export interface ConsumerHandlers {
  /** Once per assignment, with all partitions now owned by this member and before anything is delivered; answers the offset to start each at. */
  onAssigned(partitions: number[]): Promise<Map<number, number>>
  /** Partitions this member owned and no longer does. Called before the `onAssigned` of the new assignment. */
  onRevoked(partitions: number[]): Promise<void>
  /** Synchronous and cheap: enqueue only. */
  onFetched(fetched: Fetched): void
  /** The consumer is dead and will not restart by itself. */
  onCrash(error: LogError): void
}

export interface ConsumerOptions {
  topic: string
  groupId: string
  /** Most bytes one fetch asks of one partition; default 4 MB. */
  maxBytesPerPartition?: number
  /** Default 30,000. The group forgets a member that is silent for longer. */
  sessionTimeoutMs?: number
  /** How long a broker holds a fetch that finds nothing; default 500. News of a quiet log arrive this often. */
  maxWaitMs?: number
  /** True: nobody waits for single records now, so where some come and go on coming, those of a fifth of a second may be fetched together. Asked before each fetch. */
  mayGather?: () => boolean
}

export interface LogConsumer {
  /** Fetches no more of it; what is on its way is still delivered. A pause ends by `resume` or when the partition is revoked; it outlives a rebalance that leaves the partition here. */
  pause(partition: number): void
  resume(partition: number): void
  /** The next delivery of the partition starts there; nothing fetched before is delivered any more. */
  seek(partition: number, offset: number): void
  /** A hint and a tripwire only: the offset to read next, by partition. */
  commit(offsets: Map<number, number>): Promise<void>
  /** What the group has committed; `null` = never. */
  committed(partitions: number[]): Promise<Map<number, number | null>>
  /** By the last good heartbeat: false while the group rebalances, and once a session timeout passed without one. */
  isOwner(partition: number): boolean
  /** Resolves after the next successful heartbeat; rejects with LOG_CLOSED on stop. */
  waitForHeartbeat(): Promise<void>
  /** Wall clock of the last fetch answered and the last heartbeat that succeeded; what a watchdog looks at. */
  lastActivityMs(): { fetch: number; heartbeat: number }
  stop(): Promise<void>
}

export interface ProducerRecord {
  key: Buffer | string | null
  value: Buffer | string | null
  headers?: Record<string, string>
  /** The producer's own time; topics with LogAppendTime overwrite it. */
  timestampMs?: number
  /** Default: murmur2 of the key, as Java does; without a key, spread. */
  partition?: number
}

export interface ProducerOptions {
  /** Default `none`. */
  compression?: 'none' | 'gzip'
}

/** A run of records that lie behind each other in one partition. A wide send may end up in several of the same partition. */
export interface AcknowledgedPiece {
  partition: number
  baseOffset: number
  /** Which records of the send: the one at `places[i]` has the offset `baseOffset + i`. */
  places: number[]
}

export interface LogProducer {
  /** Written to all in-sync replicas when it resolves; answers where. A retried request is not written twice. Errors: SendError. */
  send(topic: string, records: ProducerRecord[]): Promise<AcknowledgedPiece[]>
  close(): Promise<void>
}

/** What lies behind an offset of one partition, as far as one answer goes. */
export interface ReadSpan {
  /** In offset order; the first may begin below the offset. Empty where nothing behind it is decided yet. */
  readonly batches: readonly RawBatch[]
  readonly logStart: number
  readonly logEnd: number
}

/** Reads partitions at any offset, beside every group. */
export interface LogReader {
  /** Null where the log does not hold that offset, or no longer does. Errors: TOPIC_UNKNOWN, LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_REFUSED. */
  read(topic: string, partition: number, offset: number): Promise<ReadSpan | null>
  close(): void
}

export interface FoundRecord {
  key: Buffer | null
  value: Buffer | null
}

export type TimestampType = 'LogAppendTime' | 'CreateTime' | 'unknown'

/** Null = without limit. */
export interface Retention {
  readonly ms: number | null
  /** Of one partition. */
  readonly bytes: number | null
}

export interface LogAdmin {
  clusterId(): Promise<string>
  /**
   * True where it was created, false where it was there already. New topics get LogAppendTime. Answers when every broker asked says that all its partitions have
   * leaders, which on a busy cluster is a while after the topic was made. Errors also: LOG_UNREACHABLE where that takes more than a minute.
   */
  createTopic(
    topic: string,
    partitions: number,
    settings?: Readonly<Record<string, string>>,
  ): Promise<boolean>
  /** Number of partitions; `null` where there is no such topic. */
  partitions(topic: string): Promise<number | null>
  /** Numbers of partitions, in one request and one try; topics that are not there are absent. */
  partitionCounts(topics: readonly string[]): Promise<Map<string, number>>
  /**
   * The high watermark of every partition that these topics have now, by topic and partition; null = there is no leader now, or it does not answer. Topics that
   * are not there are absent. One try, one request and one more to each leader: cheap enough to be asked every second.
   */
  logEnds(topics: readonly string[]): Promise<Map<string, Map<number, number | null>>>
  ranges(topic: string): Promise<Map<number, LogRange>>
  /** By partition: the first offset whose record has a Kafka timestamp of `timeMs` or later; where there is none, the last stable offset. */
  offsetsAt(topic: string, timeMs: number): Promise<Map<number, number>>
  /** Deletes the records below an offset; it becomes the first one of the partition. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  /** Offsets a group has committed; partitions it never committed are absent. */
  committed(groupId: string, topic: string): Promise<Map<number, number>>
  /**
   * One record, read beside any consumer; key and value are copies. `gone`: compaction took it, or it is no data of a producer's
   * that counts. `beyond-end`: the log has not got there (to its last stable offset) as its leader sees it now. Errors also: TOPIC_UNKNOWN, and those of a batch.
   */
  readRecord(
    topic: string,
    partition: number,
    offset: number,
  ): Promise<FoundRecord | 'below-log-start' | 'gone' | 'beyond-end'>
  /** Greatest Kafka timestamp of the last batches of all partitions, ms; null while the topic is empty. */
  lastTimestampMs(topic: string): Promise<number | null>
  /** `unknown` where the broker does not let us ask. */
  cleanupPolicy(topic: string): Promise<'delete' | 'compact' | 'unknown'>
  /** `cleanup.policy` as it stands, such as `compact,delete`; null where the broker does not let us ask. */
  cleanupSetting(topic: string): Promise<string | null>
  /** How far back a topic reaches by its settings; null where the broker does not let us ask. */
  retention(topic: string): Promise<Retention | null>
  /** Whose clock the Kafka timestamps of a topic are: the broker's or the producers' own. `unknown` where the broker does not let us ask. */
  timestampType(topic: string): Promise<TimestampType>
  close(): Promise<void>
}
