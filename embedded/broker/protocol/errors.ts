/**
 * The Kafka error codes this broker can answer, and the one question a client asks of each: is it worth trying again?
 * Codes are those of the Kafka protocol; clients branch on the number, people read `says`.
 */
const table = {
  NONE: { code: 0, retry: false, says: 'no error' },
  OFFSET_OUT_OF_RANGE: { code: 1, retry: false, says: 'the offset is outside the range the log holds' },
  CORRUPT_MESSAGE: { code: 2, retry: true, says: 'the record batch failed its checksum or is malformed' },
  UNKNOWN_TOPIC_OR_PARTITION: { code: 3, retry: true, says: 'there is no such topic or partition' },
  LEADER_NOT_AVAILABLE: { code: 5, retry: true, says: 'the topic is not made yet; ask again' },
  REQUEST_TIMED_OUT: {
    code: 7,
    retry: true,
    says: 'the request asks for too much at once; send it again in parts',
  },
  MESSAGE_TOO_LARGE: { code: 10, retry: false, says: 'the record batch is larger than the topic accepts' },
  OFFSET_METADATA_TOO_LARGE: {
    code: 12,
    retry: false,
    says: 'the text beside a committed offset is too long',
  },
  INVALID_TOPIC_EXCEPTION: { code: 17, retry: false, says: 'the topic name is not legal' },
  INVALID_REQUIRED_ACKS: { code: 21, retry: false, says: 'acks must be -1, 0 or 1' },
  ILLEGAL_GENERATION: { code: 22, retry: false, says: 'the group has moved on to another generation' },
  INCONSISTENT_GROUP_PROTOCOL: { code: 23, retry: false, says: 'the members share no assignment protocol' },
  INVALID_GROUP_ID: { code: 24, retry: false, says: 'the group id is not legal' },
  UNKNOWN_MEMBER_ID: { code: 25, retry: false, says: 'the group does not know this member' },
  INVALID_SESSION_TIMEOUT: {
    code: 26,
    retry: false,
    says: 'the session timeout is outside the accepted range',
  },
  REBALANCE_IN_PROGRESS: { code: 27, retry: false, says: 'the group is rebalancing; join again' },
  INVALID_TIMESTAMP: { code: 32, retry: false, says: 'a record lies further from now than the topic allows' },
  UNSUPPORTED_VERSION: { code: 35, retry: false, says: 'the version of this request is not supported' },
  TOPIC_ALREADY_EXISTS: { code: 36, retry: false, says: 'a topic of this name exists' },
  INVALID_PARTITIONS: { code: 37, retry: false, says: 'the number of partitions is not legal' },
  INVALID_REPLICATION_FACTOR: { code: 38, retry: false, says: 'one broker keeps exactly one replica' },
  INVALID_REPLICA_ASSIGNMENT: {
    code: 39,
    retry: false,
    says: 'replica assignments are not supported by one broker',
  },
  INVALID_CONFIG: { code: 40, retry: false, says: 'the topic configuration is not legal' },
  INVALID_REQUEST: { code: 42, retry: false, says: 'the request asks for something this broker does not do' },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: {
    code: 43,
    retry: false,
    says: 'only record batches of format 2 are accepted',
  },
  POLICY_VIOLATION: { code: 44, retry: false, says: 'the request asks for more than one request may' },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    code: 45,
    retry: false,
    says: 'the batch does not follow the last one of its producer',
  },
  INVALID_PRODUCER_EPOCH: { code: 47, retry: false, says: 'a newer producer of the same id took over' },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    code: 53,
    retry: false,
    says: 'this broker has no transactions; produce without a transactional id',
  },
  KAFKA_STORAGE_ERROR: { code: 56, retry: true, says: 'the disk refused the write' },
  NON_EMPTY_GROUP: { code: 68, retry: false, says: 'the group has members' },
  GROUP_ID_NOT_FOUND: { code: 69, retry: false, says: 'there is no such group' },
  UNSUPPORTED_COMPRESSION_TYPE: { code: 76, retry: false, says: 'the compression codec is not known' },
  MEMBER_ID_REQUIRED: { code: 79, retry: true, says: 'join again with the member id given here' },
  GROUP_MAX_SIZE_REACHED: { code: 81, retry: false, says: 'the group is full' },
  FENCED_INSTANCE_ID: { code: 82, retry: false, says: 'another member of the same instance id took over' },
  GROUP_SUBSCRIBED_TO_TOPIC: { code: 86, retry: false, says: 'the group reads the topic' },
  INVALID_RECORD: { code: 87, retry: false, says: 'the record batch breaks a rule of the format' },
  UNKNOWN_TOPIC_ID: { code: 100, retry: true, says: 'there is no topic of this id' },
  UNSUPPORTED_ENDPOINT_TYPE: { code: 115, retry: false, says: 'there are brokers only' },
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
