/**
 * Everything that can go wrong at the log, each with the one question callers ask: is the same call worth trying again?
 * Callers branch on `code` and `retry`, never on text.
 */
// codes that users see: log codes
const kinds = {
  /** The broker did not answer, or answered with something passing (a move of leaders, a rebalance). */
  LOG_UNREACHABLE: { retry: true, says: 'the Kafka brokers did not answer' },
  /** The group took this member's partitions away, or moves them at this moment. */
  LOG_REBALANCING: { retry: true, says: 'the consumer group is rebalancing' },
  /** More is waiting to be written than memory allows. */
  LOG_BUSY: { retry: true, says: 'too much is waiting to be written to Kafka' },
  /** The broker answered no, and will say so again. */
  LOG_REFUSED: { retry: false, says: 'the Kafka broker refused the request' },
  /** User, password, certificate or ACL. */
  LOG_NOT_AUTHORIZED: { retry: false, says: 'Kafka denied access' },
  /** The topic does not exist (yet): create it, then start again. */
  TOPIC_UNKNOWN: { retry: false, says: 'the Kafka topic does not exist' },
  /** A record is larger than the topic or broker accepts. */
  RECORD_TOO_LARGE: { retry: false, says: 'the record is larger than Kafka accepts' },
  /** This consumer, producer or admin was closed. */
  LOG_CLOSED: { retry: false, says: 'the log client is closed' },
  /** The partition could not be read in the form the wire demands. */
  CORRUPT_BATCH: { retry: false, says: 'a record batch is damaged' },
  /** A batch inflates to more than the stated limit. */
  INFLATED_TOO_LARGE: { retry: false, says: 'a compressed record batch is larger than the limit' },
  /** The library of lz4 does not load on this machine; or a codec that is only read is to be written. */
  CODEC_UNSUPPORTED: { retry: false, says: 'a record batch uses a compression that cannot be read here' },
  /** Message formats 0 and 1, from before Kafka 0.11. */
  MAGIC_UNSUPPORTED: { retry: false, says: 'a record batch has an old message format' },
  /** An offset past 2^53: no JavaScript number holds it. */
  OFFSET_TOO_LARGE: { retry: false, says: 'an offset is larger than 2^53 - 1' },
  /** The client library is not the version that this code fits. */
  LOG_CLIENT_MISMATCH: { retry: false, says: 'the installed kafkajs does not fit' },
  /** onAssigned, onRevoked or onFetched of the caller threw: see `cause`. */
  LOG_HANDLER: { retry: false, says: 'a handler of the consumer failed' },
  /** A setting that cannot work. */
  LOG_CONFIG: { retry: false, says: 'the Kafka settings are wrong' },
} as const

export type LogErrorCode = keyof typeof kinds

/** An error of the log. `message` says what happened, to what, and what to do; `retry` whether the same call may succeed later. */
export class LogError extends Error {
  readonly code: LogErrorCode
  readonly retry: boolean
  /** The message without what the code says. */
  readonly detail: string
  /** What may be told to whoever asks over the network: no address, no word of the broker. */
  readonly says: string
  constructor(code: LogErrorCode, detail: string, cause?: unknown) {
    super(`${kinds[code].says}: ${detail}`, cause === undefined ? undefined : { cause })
    this.name = 'LogError'
    this.code = code
    this.detail = detail
    this.says = kinds[code].says
    this.retry = kinds[code].retry
  }
}
