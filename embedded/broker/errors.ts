/**
 * The Kafka error codes this broker can answer, and the one question a client asks of each: is it worth trying again?
 * Codes are those of the Kafka protocol; clients branch on the number, people read `says`.
 */
const table = {
  NONE: { code: 0, retry: false, says: 'no error' },
  OFFSET_OUT_OF_RANGE: { code: 1, retry: false, says: 'the offset is outside the range the log holds' },
  CORRUPT_MESSAGE: { code: 2, retry: true, says: 'the record batch failed its checksum or is malformed' },
  UNKNOWN_TOPIC_OR_PARTITION: { code: 3, retry: true, says: 'there is no such topic or partition' },
  MESSAGE_TOO_LARGE: { code: 10, retry: false, says: 'the record batch is larger than the topic accepts' },
  OFFSET_METADATA_TOO_LARGE: { code: 12, retry: false, says: 'the text beside a committed offset is too long' },
  INVALID_TOPIC_EXCEPTION: { code: 17, retry: false, says: 'the topic name is not legal' },
  INVALID_REQUIRED_ACKS: { code: 21, retry: false, says: 'acks must be -1, 0 or 1' },
  ILLEGAL_GENERATION: { code: 22, retry: false, says: 'the group has moved on to another generation' },
  INCONSISTENT_GROUP_PROTOCOL: { code: 23, retry: false, says: 'the members share no assignment protocol' },
  INVALID_GROUP_ID: { code: 24, retry: false, says: 'the group id is not legal' },
  UNKNOWN_MEMBER_ID: { code: 25, retry: false, says: 'the group does not know this member' },
  INVALID_SESSION_TIMEOUT: { code: 26, retry: false, says: 'the session timeout is outside the accepted range' },
  REBALANCE_IN_PROGRESS: { code: 27, retry: false, says: 'the group is rebalancing; join again' },
  UNSUPPORTED_VERSION: { code: 35, retry: false, says: 'the version of this request is not supported' },
  TOPIC_ALREADY_EXISTS: { code: 36, retry: false, says: 'a topic of this name exists' },
  INVALID_PARTITIONS: { code: 37, retry: false, says: 'the number of partitions is not legal' },
  INVALID_REPLICATION_FACTOR: { code: 38, retry: false, says: 'one broker keeps exactly one replica' },
  INVALID_REPLICA_ASSIGNMENT: { code: 39, retry: false, says: 'replica assignments are not supported by one broker' },
  INVALID_CONFIG: { code: 40, retry: false, says: 'the topic configuration is not legal' },
  INVALID_REQUEST: { code: 42, retry: false, says: 'the request asks for something this broker does not do' },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: { code: 43, retry: false, says: 'only record batches of format 2 are accepted' },
  OUT_OF_ORDER_SEQUENCE_NUMBER: { code: 45, retry: false, says: 'the producer skipped a sequence number' },
  DUPLICATE_SEQUENCE_NUMBER: { code: 46, retry: false, says: 'the producer repeats a sequence older than the broker remembers' },
  INVALID_PRODUCER_EPOCH: { code: 47, retry: false, says: 'a newer producer of the same id took over' },
  KAFKA_STORAGE_ERROR: { code: 56, retry: true, says: 'the disk refused the write' },
  UNSUPPORTED_COMPRESSION_TYPE: { code: 76, retry: false, says: 'the compression codec is not known' },
  MEMBER_ID_REQUIRED: { code: 79, retry: true, says: 'join again with the member id given here' },
  GROUP_MAX_SIZE_REACHED: { code: 81, retry: false, says: 'the group is full' },
  INVALID_RECORD: { code: 87, retry: false, says: 'the record batch breaks a rule of the format' },
} as const

export type ErrorName = keyof typeof table

/** The number a client sees for an error. */
export const errorCode = (name: ErrorName): number => table[name].code

/** The plain sentence for an error, for logs and for responses that carry a message. */
export const errorText = (name: ErrorName): string => table[name].says

/** An error that has a place in the protocol: it becomes a code in a response. */
export class BrokerError extends Error {
  readonly kind: ErrorName
  readonly retry: boolean

  constructor(kind: ErrorName, detail?: string) {
    super(detail ?? table[kind].says)
    this.name = 'BrokerError'
    this.kind = kind
    this.retry = table[kind].retry
  }
}

/** The protocol error of anything thrown; what has no place in the protocol is a storage error, and is thrown on to be logged. */
export function errorNameOf(thrown: unknown): ErrorName {
  return thrown instanceof BrokerError ? thrown.kind : 'KAFKA_STORAGE_ERROR'
}

/** Bytes that are no request of ours: the connection that sent them is closed. */
export class MalformedRequest extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'MalformedRequest'
  }
}
