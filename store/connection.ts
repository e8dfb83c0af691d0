/**
 * The one door to ioredis. A command that did not answer is never sent again by itself (law L3): no offline queue, no resend, a deadline of our own.
 * One connection carries a partition's reads and writes in the order they were asked for.
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { isFunctionMissing, isRedirection, StoreError, storeError } from './errors.ts'
import { readLibrary, type FunctionName } from './functions.ts'

export type Argument = string | Buffer | number
export type Command = readonly [name: string, ...args: Argument[]]

export interface Store {
  /** Calls one of our functions; loads the library first where the node lacks it. Replies hold Buffers. */
  call(name: FunctionName, keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** Commands on keys of one slot, one round trip; replies in order, strings as Buffers. Throws the first error. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>
  /** The same, but a command that fails gives its StoreError instead of a reply. For reads: while a slot moves, a command is sent again to where its key went. */
  each(commands: readonly Command[]): Promise<unknown[]>
  /** The same, and nothing of others happens in between. */
  transaction(commands: readonly Command[]): Promise<unknown[]>
  /** All keys of a glob, on every master; each at least once. */
  scan(pattern: string): AsyncIterable<string[]>
  /** Hears a channel of {@link PartitionKeys.wake}; comes back by itself after a lost connection. Resolves to its end. */
  subscribe(channel: string, heard: (message: string) => void): Promise<() => Promise<void>>
  /** INFO of every master, by `host:port`. */
  info(): Promise<{ readonly node: string; readonly text: string }[]>
  /** Refuses a server that would lose or evict data, or is too old. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** `redis://[user:password@]host:port[/db]`, `rediss://` for TLS, `redis+cluster://host:port,host:port` for a cluster. */
  readonly url: string
  readonly deadlineMs?: number
  readonly log?: (line: string, level?: 'warn') => void
}

const OLDEST = [7, 0]
const CONNECT_PATIENCE_MS = 3000

export async function openStore(options: StoreOptions): Promise<Store> {
  const library = readLibrary()
  const log = options.log ?? (() => {})
  const client = connect(options)
  client.on('error', (error) => log(`store: ${storeError(error).message}`, 'warn'))
  const begin = firstConnection(client, CONNECT_PATIENCE_MS)
  let listener: Redis | Cluster | null = null
  const channels = new Map<string, Set<(message: string) => void>>()

  /** Never empty: of a cluster that cannot be reached nothing is known, which is not the same as nothing being there. */
  const masters = (): Redis[] => {
    const found = client instanceof Cluster ? client.nodes('master') : [client]
    if (found.length === 0) throw new StoreError('STORE_UNREACHABLE', 'no node of the cluster answers')
    return found
  }
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      if (begin.isPending) await begin.over // all wait in the order of their calls, and are sent in it
      return await work()
    } catch (cause) {
      throw storeError(cause)
    }
  }

  async function loadLibrary(): Promise<void> {
    await Promise.all(masters().map(async (node) => {
      const listed = (await node.call('FUNCTION', 'LIST', 'LIBRARYNAME', library.name)) as unknown[]
      if (listed.length > 0) return
      await node.call('FUNCTION', 'LOAD', 'REPLACE', library.source)
      log(`store: function library ${library.name} loaded`)
    }))
  }

  async function each(commands: readonly Command[]): Promise<unknown[]> {
    const results = await guard(() => {
      const pipeline = client.pipeline()
      for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args)
      return pipeline.exec()
    })
    return Promise.all((results ?? []).map(([error, value], at) => {
      if (!error) return value
      if (!isRedirection(error)) return storeError(error)
      const [name, ...args] = commands[at]!
      return guard(() => client.callBuffer(name, ...args)).catch((cause: unknown) => cause) // alone, it is led to the node that has its key
    }))
  }

  async function batch(commands: readonly Command[], atomic: boolean): Promise<unknown[]> {
    const results = await guard(() => {
      const pipeline = atomic ? client.multi() : client.pipeline()
      for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args)
      return pipeline.exec()
    })
    if (!results) throw new StoreError('STORE_REFUSED', 'the transaction was discarded')
    return results.map(([error, value]) => {
      if (error) throw storeError(error)
      return value
    })
  }

  async function listen(): Promise<Redis | Cluster> {
    if (listener) return listener
    const made = connect({ ...options, offlineQueue: true })
    made.on('error', (error) => log(`store: ${storeError(error).message}`, 'warn'))
    made.on('smessage', (channel: string, message: string) => {
      for (const heard of channels.get(channel) ?? []) heard(message)
    })
    return (listener = made)
  }

  return {
    call: (name, keys, args) => guard(async () => {
      const send = (): Promise<unknown> => client.callBuffer('FCALL', library.functionName(name), keys.length, ...keys, ...args)
      try {
        return await send()
      } catch (cause) {
        if (!isFunctionMissing(cause)) throw cause // a function that is missing has run nothing: this one may be sent again
        await loadLibrary()
        return send()
      }
    }),
    pipeline: (commands) => batch(commands, false),
    each,
    transaction: (commands) => batch(commands, true),
    async *scan(pattern) {
      for (const node of await guard(async () => masters())) {
        let cursor = '0'
        do {
          const [next, keys] = await guard(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000))
          cursor = next
          if (keys.length > 0) yield keys
        } while (cursor !== '0')
      }
    },
    async subscribe(channel, heard) {
      const connection = await listen()
      const ears = channels.get(channel) ?? new Set()
      channels.set(channel, ears.add(heard))
      if (ears.size === 1) await guard(() => connection.ssubscribe(channel) as Promise<unknown>)
      return async () => {
        ears.delete(heard)
        if (ears.size > 0 || channels.get(channel) !== ears) return
        channels.delete(channel)
        await connection.sunsubscribe(channel).catch(() => 0)
      }
    },
    info: () => guard(() => Promise.all(masters().map(async (node) => ({ node: `${node.options.host}:${node.options.port}`, text: await node.info() })))),
    check: () => guard(async () => {
      await Promise.all(masters().map(checkServer))
      await loadLibrary()
    }),
    close: async () => {
      begin.end()
      client.disconnect()
      listener?.disconnect()
    },
  }
}

async function checkServer(node: Redis): Promise<void> {
  const info = await node.info('server')
  const version = (/valkey_version:(\S+)/.exec(info) ?? /redis_version:(\S+)/.exec(info))?.[1] ?? '0.0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!)) throw new StoreError('STORE_UNSUITABLE', `version ${version}; 7.0 or newer is needed`)
  const memory = await node.info('memory')
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'noeviction'
  if (policy !== 'noeviction') throw new StoreError('STORE_UNSUITABLE', `maxmemory-policy is ${policy}, which drops numbers in silence; set it to noeviction`)
}

function connect(options: StoreOptions & { offlineQueue?: boolean }): Redis | Cluster {
  const offlineQueue = options.offlineQueue ?? false
  const common = {
    protocol: 2, maxRetriesPerRequest: offlineQueue ? null : 0, commandTimeout: options.deadlineMs ?? 10_000, connectTimeout: 5000, enableAutoPipelining: false, keepAlive: 10_000,
  } satisfies RedisOptions
  const backOff = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1000)
  const nodes = /^redis\+cluster:\/\/(.+)$/.exec(options.url)?.[1]
  if (nodes === undefined) return new Redis(options.url, { ...common, enableOfflineQueue: offlineQueue, retryStrategy: backOff })
  return new Cluster(nodes.split(',').map(hostAndPort), {
    redisOptions: common, enableOfflineQueue: offlineQueue, retryDelayOnFailover: 0, retryDelayOnTryAgain: 0, retryDelayOnClusterDown: 0, maxRedirections: 3,
    shardedSubscribers: true, clusterRetryStrategy: backOff,
  })
}

function hostAndPort(node: string): { host: string; port: number } {
  const colon = node.lastIndexOf(':')
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) }
}

/** The wait for the first connection; when it does not come, the first command says so. */
function firstConnection(client: Redis | Cluster, patienceMs: number): { readonly isPending: boolean; readonly over: Promise<void>; end(): void } {
  let isPending = true
  let end = (): void => {}
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(() => end(), patienceMs)
    end = () => {
      clearTimeout(timer)
      isPending = false
      resolve()
    }
  })
  client.once('ready', () => end())
  return { get isPending() { return isPending }, over, end: () => end() }
}
