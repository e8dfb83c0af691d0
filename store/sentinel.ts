/** A primary that others know: sentinels, or a name that leads to another server after a failover. */
import type { StoreAddress, StoreNode } from './address.ts'
import { StoreError } from './errors.ts'

export const CONNECT_TIMEOUT_MS = 5000
/** One that is a replica for good must not be asked in a circle. */
const LEAVE_EVERY_MS = 5000

export const backOff = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1000)

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

/** Whether to leave a server that became a replica, for the one that is primary now: whoever resolves the name or asks the sentinels anew finds it. */
export function demoted(): (error: Error) => boolean {
  let leftAtMs = -Infinity
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAtMs < LEAVE_EVERY_MS) return false
    leftAtMs = performance.now()
    return true
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
