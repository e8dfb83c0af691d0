/** A primary that others know: sentinels, or a name that leads to another server after a failover. */
import type { StoreAddress, StoreNode } from './address.ts'
import { StoreError } from '../errors.ts'

export const CONNECT_TIMEOUT_MS = 5000
/** One that is a replica for good must not be asked in a circle. */
const LEAVE_EVERY_MS = 5000
const ASK_EVERY_MS = 1000

const FIRST_DELAY_MS = 50

export const backOff = (attempt: number): number => Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 5), 1000)

/** As much of a connection as is needed to look where its address leads. */
interface Connection {
  readonly status: string
  duplicate(override: { lazyConnect: true; reconnectOnError: null; retryStrategy: () => null }): Connection
  on(event: 'error', heard: () => void): unknown
  connect(): Promise<void>
  info(section: string): Promise<string>
  disconnect(reconnect?: boolean): void
}

interface BySentinels<Tls> {
  sentinels: StoreNode[]
  name: string
  failoverDetector: true
  sentinelCommandTimeout: number
  sentinelRetryStrategy: (attempt: number) => number
  sentinelReconnectStrategy: (attempt: number) => number
  sentinelTLS?: Tls
  enableTLSForSentinelMode?: true
}

/** Where one server is, or who knows: settings of the client library. */
export function placeOf<Tls>(
  { nodes, primaryName }: StoreAddress,
  tls: Tls | undefined,
): StoreNode | BySentinels<Tls> {
  if (primaryName === null) return { host: nodes[0]!.host, port: nodes[0]!.port }
  return {
    sentinels: nodes.map((node) => ({ ...node })),
    name: primaryName,
    failoverDetector: true, // a sentinel says that the primary is another one: the connection goes there at once
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    sentinelRetryStrategy: backOff,
    sentinelReconnectStrategy: backOff,
    ...(tls !== undefined && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  }
}

/** Of errors: whether to leave a primary that became a replica. The sentinels, asked anew, name the one of now. */
export function demoted(everyMs = LEAVE_EVERY_MS): (error: Error) => boolean {
  let leftAtMs = -Infinity
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAtMs < everyMs) return false
    leftAtMs = performance.now()
    return true
  }
}

/**
 * The same without sentinels. A replica is still good to read, so it is left only once the same address leads a new connection to a primary: a name or a
 * balancer that followed a failover.
 */
export function replaced(client: () => Connection): (error: Error) => false {
  const isDemoted = demoted(ASK_EVERY_MS)
  return (error) => {
    if (isDemoted(error)) void leaveIfReplaced(client())
    return false
  }
}

async function leaveIfReplaced(client: Connection): Promise<void> {
  const other = client.duplicate({ lazyConnect: true, reconnectOnError: null, retryStrategy: () => null })
  other.on('error', () => undefined)
  try {
    await other.connect()
    if (/^role:master/m.test(await other.info('replication')) && client.status === 'ready')
      client.disconnect(true)
  } catch {
    // nobody answers there: the connection that stands is the better one
  } finally {
    other.disconnect()
  }
}

/** As much of a connection as is needed to begin it again. */
interface Restartable {
  disconnect(reconnect?: boolean): void
  on(event: 'end', heard: () => void): unknown
  connect(): Promise<unknown>
}

/**
 * The client library ends a connection for good where a sentinel tells it of a failover just while it asks another one for the primary: it is begun again, unless we
 * ended it.
 */
export function neverEnds(client: Restartable): void {
  let isOver = false
  const disconnect = client.disconnect.bind(client)
  client.disconnect = (reconnect = false) => {
    isOver ||= !reconnect
    disconnect(reconnect)
  }
  client.on('end', () => {
    if (!isOver) setTimeout(() => isOver || void client.connect().catch(() => undefined), FIRST_DELAY_MS)
  })
}

/**
 * The client library listens for a failover on connections of its own, whose errors it writes on the error output of the process, again and again where a sentinel is
 * away. It tries them again by itself, and who is primary is asked elsewhere: nobody need hear of them.
 */
export function quietLinks(connector: object): void {
  const links = connector as {
    connectToSentinel(...how: unknown[]): { on(event: 'error', heard: () => void): unknown }
  }
  const connectTo = links.connectToSentinel.bind(links)
  links.connectToSentinel = (...how) => {
    const link = connectTo(...how)
    link.on('error', () => undefined)
    return link
  }
}

/** The client library says of sentinels that do not know the name only that they cannot be reached. */
export function ofSentinels(
  client: { on(event: 'sentinelError', heard: (error: Error) => void): unknown },
  heard: (error: unknown) => void,
): (error: unknown) => void {
  let isUnknown = false
  client.on('sentinelError', ({ message }) => {
    isUnknown = /invalid reply: null/.test(message)
  })
  return (error) =>
    heard(
      isUnknown && /sentinels are unreachable/.test(String(error))
        ? new StoreError('STORE_UNSUITABLE', 'its sentinels know no primary of that name')
        : error,
    )
}
