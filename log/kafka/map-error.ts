import { LogError, type LogErrorCode } from '../errors.ts'

/** kafkajs keeps Kafka's name of an error in `type`. */
const CODES: Record<string, LogErrorCode> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_UNKNOWN',
  TOPIC_AUTHORIZATION_FAILED: 'LOG_NOT_AUTHORIZED',
  GROUP_AUTHORIZATION_FAILED: 'LOG_NOT_AUTHORIZED',
  CLUSTER_AUTHORIZATION_FAILED: 'LOG_NOT_AUTHORIZED',
  SASL_AUTHENTICATION_FAILED: 'LOG_NOT_AUTHORIZED',
  REBALANCE_IN_PROGRESS: 'LOG_REBALANCING',
  ILLEGAL_GENERATION: 'LOG_REBALANCING',
  UNKNOWN_MEMBER_ID: 'LOG_REBALANCING',
  NOT_COORDINATOR_FOR_GROUP: 'LOG_REBALANCING',
  // Fewer brokers are there than a topic is to have copies: so it is of a cluster that comes up, one broker after the other.
  INVALID_REPLICATION_FACTOR: 'LOG_UNREACHABLE',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
}

/** Node's names for a certificate that does not hold, or a port that does not speak TLS: no second try mends them. */
const TLS_REFUSED =
  /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF)/

/** Puts an error of the client library into our table; `doing` says what failed, to what. */
export function toLogError(error: unknown, doing: string): LogError {
  let innermost: unknown = error
  for (let depth = 0; depth < 16 && innermost !== undefined; depth++) {
    if (innermost instanceof LogError) return innermost
    const code = codeOf(innermost)
    if (code !== null) return new LogError(code, `${doing}: ${messageOf(innermost)}`, error)
    const cause: unknown =
      innermost instanceof Error
        ? (innermost.cause ??
          ('errors' in innermost && Array.isArray(innermost.errors) ? innermost.errors[0] : undefined))
        : undefined
    if (cause === undefined || cause === null) break
    innermost = cause
  }
  const code = isPassing(innermost) ? 'LOG_UNREACHABLE' : 'LOG_REFUSED'
  return new LogError(code, `${doing}: ${messageOf(innermost)}`, error)
}

function codeOf(error: unknown): LogErrorCode | null {
  if (typeof error !== 'object' || error === null) return null
  if ('name' in error && error.name === 'KafkaJSSASLAuthenticationError') return 'LOG_NOT_AUTHORIZED'
  if ('code' in error && typeof error.code === 'string' && TLS_REFUSED.test(error.code))
    return 'LOG_NOT_AUTHORIZED'
  return 'type' in error && typeof error.type === 'string' ? (CODES[error.type] ?? null) : null
}

/** Lost connections, timeouts and elections: kafkajs marks them, all but two that a broker without an answer leads to. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'KafkaJSLockTimeout' || error.message === 'Broker not connected') return true
  return 'retriable' in error && error.retriable === true
}

/** The offset asked for is not in the log; found however deep. */
export function isOutOfRange(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 16; at = at.cause, depth++)
    if ('type' in at && at.type === 'OFFSET_OUT_OF_RANGE') return true
  return false
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const TRIES = 6
const FIRST_PAUSE_MS = 100

/** Asks again while the error is one that passes (a coordinator that loads, an election), for about three seconds. Errors are ours. */
export async function patiently<T>(doing: string, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      const fault = toLogError(error, doing)
      if (!fault.retry || attempt === TRIES) throw fault
      await new Promise((resolve) => void setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)))
    }
  }
}
