/**
 * The only file that imports ioredis: connections to one server or to a cluster, with TLS, user and password. A command that did not answer is never sent again by
 * itself (law L3): no offline queue, no resend, a deadline of our own. The password is asked for anew at every connection, so that a changed one is taken.
 */
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  AbstractConnector,
  Cluster,
  Command,
  Redis,
  SentinelConnector,
  type RedisOptions,
  type SentinelConnectionOptions,
} from 'ioredis'
import type { StoreAccess } from './access.ts'
import { parseStoreAddress, type StoreAddress } from './address.ts'
import { isWithoutReason, storeError, type StoreError } from '../errors.ts'
import { whyUnreachable } from './reach.ts'
import { keepLoggedIn } from './renew.ts'
import { Secret } from './secret.ts'
import {
  backOff,
  CONNECT_TIMEOUT_MS,
  demoted,
  ofSentinels,
  placeOf,
  replaced,
  neverEnds,
  quietLinks,
} from './sentinel.ts'
import { tlsNow, tlsOfEach, type TlsTexts } from './tls-texts.ts'

export type { StoreAccess } from './access.ts'
export { Cluster, Redis }

export interface ClientOptions {
  readonly url: string
  readonly access?: StoreAccess
  readonly deadlineMs?: number
  readonly offlineQueue?: boolean
  /** A replica of a cluster answers reads only to those who say that they know what it is. */
  readonly readsReplica?: boolean
  /** Hears every trouble of a connection. */
  readonly trouble: (error: StoreError) => void
  /** A connection to a server is up, for the first time or again. */
  readonly connected: () => void
}

/**
 * A call whose bytes are written already. The client library queues it, sends it again to where a slot went, times it out and answers it like any other: it knows it by
 * its name and its first key. The bytes stay as they are until it is answered.
 */
export class EncodedCall extends Command {
  readonly #bytes: Buffer

  constructor(functionName: string, key: string, bytes: Buffer) {
    super('fcall', [functionName, '1', key], { replyEncoding: null })
    this.#bytes = bytes
  }

  override toWritable(): Buffer {
    return this.#bytes
  }
}

const SLOTS_REFRESH_MS = 5000

/** Throws StoreAddressError. */
export function connect(options: ClientOptions): Redis | Cluster {
  const address = parseStoreAddress(options.url)
  const secret = new Secret(address, options.access ?? {})
  /** What one error tells, a later one of the same outage may not. */
  let last: StoreError | null = null
  const connected = (): void => {
    last = null
    options.connected()
  }
  const heard = (error: unknown): void => {
    const { command } = error as { command?: { name?: string } }
    // A database that is not there: the client would go on in database 0.
    if (command?.name === 'select') client.disconnect(true)
    last = storeError(secret.scrub(error), last)
    options.trouble(last)
  }
  const client = address.isCluster
    ? connectCluster(address, { ...options, connected }, secret, explained(address, options, heard))
    : connectOne(address, { ...options, connected }, secret, heard)
  if (options.access?.renewMs !== undefined)
    keepLoggedIn(client, options.access.renewMs, () => secret.current())
  return client
}

function connectOne(
  address: StoreAddress,
  options: ClientOptions,
  secret: Secret,
  heard: (error: unknown) => void,
): Redis {
  const client: Redis = new Redis({
    ...common(address, options, secret),
    ...placeOf(address, tlsOf(address, options).tls),
    ...(address.primaryName !== null && { Connector: QuietSentinels }),
    db: address.db,
    readOnly: options.readsReplica ?? false,
    reconnectOnError: address.primaryName === null ? replaced(() => client) : demoted(),
    enableOfflineQueue: options.offlineQueue ?? false,
    retryStrategy: backOff,
  })
  secret.giveTo(client.options)
  client.on('ready', options.connected)
  client.on('error', address.primaryName === null ? heard : ofSentinels(client, heard))
  if (address.primaryName !== null) neverEnds(client)
  return client
}

function connectCluster(
  address: StoreAddress,
  options: ClientOptions,
  secret: Secret,
  heard: (error: unknown) => void,
): Cluster {
  const client = new Cluster(
    address.nodes.map((node) => ({ ...node })),
    {
      redisOptions: {
        ...common(address, options, secret),
        Connector: connectorOf((settings) => secret.giveTo(settings)),
      },
      enableOfflineQueue: options.offlineQueue ?? false,
      retryDelayOnFailover: 0,
      retryDelayOnTryAgain: 0,
      retryDelayOnClusterDown: 0,
      maxRedirections: 3,
      shardedSubscribers: true,
      clusterRetryStrategy: backOff,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      dnsLookup: (name, done) => done(null, name), // names stay names: certificates are for them, and an address may change
    },
  )
  client.on('+node', (node: Redis) => {
    nameItself(node)
    node.on('ready', options.connected)
  })
  client.on('error', heard)
  client.on('node error', heard)
  return client
}

/**
 * A node that never met another one does not know its own address, and says none where it lists the slots: it means the one that it was asked at. The client
 * library passes over such a node, and asks by `duplicate().cluster('SLOTS', callback)`.
 */
function nameItself(node: Redis): void {
  const duplicate = node.duplicate.bind(node)
  node.duplicate = (override) => {
    const asking = duplicate(override)
    const ask = asking.cluster.bind(asking) as (subcommand: string, done?: SlotsHeard) => Promise<unknown>
    const named = (subcommand: string, done?: SlotsHeard): Promise<unknown> =>
      ask(
        subcommand,
        done &&
          ((error, slots) =>
            done(
              error,
              Array.isArray(slots)
                ? slots.map((range: unknown[]) =>
                    range.map((one) =>
                      Array.isArray(one) && !one[0]
                        ? [node.options.host, ...(one as unknown[]).slice(1)]
                        : one,
                    ),
                  )
                : slots,
            )),
      )
    asking.cluster = named as typeof asking.cluster
    return asking
  }
}
type SlotsHeard = (error: Error | null, slots?: unknown) => void

/** Of a cluster that gives no reason the network is asked for one. */
function explained(
  address: StoreAddress,
  options: ClientOptions,
  heard: (error: unknown) => void,
): (error: unknown) => void {
  let asking: Promise<void> | null = null
  return (error) => {
    if (!isWithoutReason(error)) return heard(error)
    asking ??= whyUnreachable(
      address.nodes[0]!,
      address.isTls ? { ...tlsNow(options.access ?? {}) } : null,
      CONNECT_TIMEOUT_MS,
    )
      .then((reason) => heard(reason ?? error))
      .finally(() => (asking = null))
  }
}

const tlsOf = ({ isTls }: StoreAddress, { access = {} }: ClientOptions): { tls?: TlsTexts } =>
  isTls ? { tls: tlsOfEach(access) } : {}

function common(address: StoreAddress, options: ClientOptions, secret: Secret) {
  const { deadlineMs, offlineQueue } = options
  return {
    protocol: 2,
    // law L3: the client sends nothing again
    maxRetriesPerRequest: offlineQueue ? null : 0,
    commandTimeout: deadlineMs ?? 10_000,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableAutoPipelining: false,
    keepAlive: 10_000,
    disableClientInfo: true,
    ...secret.current(),
    ...tlsOf(address, options),
  } satisfies RedisOptions
}

class QuietSentinels extends SentinelConnector {
  constructor(settings: unknown) {
    super(settings as SentinelConnectionOptions)
    quietLinks(this)
  }
}

interface Settings {
  readonly host?: string
  readonly port?: number
  readonly disconnectTimeout?: number
  readonly tls?: TlsTexts
}

/**
 * How the client library reaches a node of a cluster. It makes such connections by itself and copies their settings, when it connects, listens or asks who has which slots: `prepare`
 * hears of the settings of each, so that it gets what is right when it begins.
 */
const connectorOf = (prepare: (settings: object) => void) =>
  class extends AbstractConnector {
    readonly #settings: Settings

    constructor(given: unknown) {
      const settings = given as Settings
      super(settings.disconnectTimeout ?? 0)
      this.#settings = settings
      prepare(settings)
    }

    override connect(): Promise<Socket> {
      this.connecting = true
      const { host = '127.0.0.1', port = 0, tls } = this.#settings
      return new Promise((resolve, reject) => {
        // The library sets what it listens to in this turn.
        process.nextTick(() => {
          if (!this.connecting) return reject(new Error('Connection is closed.'))
          try {
            const stream = tls ? connectTls({ ...tls, host, port }) : connectPlain({ host, port })
            stream.once('error', (error: Error) => (this.firstError = error))
            this.stream = stream
            resolve(stream)
          } catch (error) {
            reject(error as Error)
          }
        })
      })
    }
  }
