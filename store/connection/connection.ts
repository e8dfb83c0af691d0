/**
 * The store as everybody here uses it. One connection carries a partition's reads and writes in the order they were asked for; what goes wrong is a
 * {@link StoreError} with a verdict, and is said once an outage.
 */
import { sendBatch, type Argument, type Command } from './batch.ts'
import { Cluster, connect, EncodedCall, type ClientOptions, type Redis, type StoreAccess } from './client.ts'
import { isFunctionMissing, StoreError, storeError, type StoreErrorCode } from '../errors.ts'
import { EvictionWatch } from '../eviction.ts'
import { firstConnection } from './first-connection.ts'
import { readLibrary, type FunctionName } from '../functions.ts'
import { isCatalogKey } from '../keys.ts'
import { Listener } from './listener.ts'
import { mastersOf } from './masters.ts'
import { readInfo, type NodeInfo } from '../node-info.ts'
import { OutageLog } from './outage-log.ts'
import { versionFaults } from '../version-faults.ts'
import { Together } from './together.ts'
import { weighKeys, type WeighedPage } from './weigh.ts'

export type { Argument, Command } from './batch.ts'

export interface Store {
  /** Calls one of our functions; loads the library first where the node lacks it. Replies hold Buffers. */
  call(name: FunctionName, keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** The same for a request that is encoded already (call-bytes.ts); `key`: one of its keys, all of which are in one slot. */
  callEncoded(name: FunctionName, key: string, request: Buffer): Promise<unknown>
  /** Commands on keys of one slot, one round trip (see {@link sendBatch}); replies in order, strings as Buffers. Throws the first error. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>
  /** The same, but a command that fails gives its StoreError instead of a reply. */
  each(commands: readonly Command[]): Promise<unknown[]>
  /** All keys of a glob, on every master; each at least once. */
  scan(pattern: string): AsyncIterable<string[]>
  /** What each key that begins so takes in memory, in pages; see {@link weighKeys}. */
  weigh(prefix: string): AsyncIterable<WeighedPage>
  /** Hears a channel of {@link PartitionKeys.wake}; comes back by itself after a lost connection. Resolves to its end. */
  subscribe(channel: string, heard: (message: string) => void): Promise<() => Promise<void>>
  /** INFO of every master, by `host:port`. Throws where one of them is away. */
  info(): Promise<{ readonly node: string; readonly text: string }[]>
  /** The masters as they were asked last, about a second ago; none before. */
  nodes(): readonly NodeInfo[]
  /** One command, without a key, to every master, by `host:port`; what a node refuses is its StoreError. Strings come as text. */
  everywhere(command: Command): Promise<{ readonly node: string; readonly reply: unknown }[]>
  /** Run of a server -> keys it dropped to make room, as far as was seen (see {@link EvictionWatch}). */
  losses(): ReadonlyMap<string, number>
  /** Why nothing is read or written, though the store answers: it may drop keys. Null = it keeps all. */
  evicting(): StoreError | null
  /** Refuses a server that would lose or evict data, or is too old. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface StoreOptions {
  /** As `store/connection/address.ts` reads it. */
  readonly url: string
  readonly access?: StoreAccess
  readonly deadlineMs?: number
  readonly log?: (line: string, level?: 'warn') => void
}

const OLDEST = { redis: [7, 0], valkey: [7, 2] } as const
const CONNECT_PATIENCE_MS = 3000
const STARTING: readonly StoreErrorCode[] = ['STORE_UNREACHABLE', 'STORE_BUSY']
const LOOK_EVERY_MS = 1000
const LOOK_PATIENCE_MS = 2000
/** A server may lose its functions again right after they were loaded. */
const LOADS = 5

/** Throws StoreAddressError. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const library = readLibrary()
  const log = options.log ?? (() => {})
  const outage = new OutageLog(log)
  const eviction = new EvictionWatch(log)
  let gate: Promise<void> | null = null
  let nodes: readonly NodeInfo[] = []
  const trouble = (error: StoreError): void => {
    outage.trouble(error)
    if (!STARTING.includes(error.code)) begin.end() // patience is for a store that is starting
  }
  const settings: ClientOptions = { ...options, trouble, connected }
  const client = connect(settings)
  const begin = firstConnection(client, CONNECT_PATIENCE_MS)
  const { renewMs, ...access } = options.access ?? {}
  const listener = new Listener(
    () => connect({ ...settings, access, offlineQueue: true, connected: () => {} }),
    renewMs,
  )

  const masters = (): Redis[] => mastersOf(client, outage.last)
  const present = (): Redis[] => (client instanceof Cluster ? client.nodes('master') : [client])

  const together = new Together()

  /** `always`: what is done even while the store may drop keys. */
  const guard = async <T>(work: () => Promise<T>, always = false): Promise<T> => {
    try {
      if (begin.isPending) await begin.over // all wait in the order of their calls, and are sent in it
      if (gate !== null && !always) await gate
      if (eviction.fault !== null && !always) throw eviction.fault
      return await work()
    } catch (cause) {
      throw storeError(cause, outage.last)
    }
  }

  /** Nothing is done on a new connection before it is known to keep what it is given. */
  function connected(): void {
    outage.over()
    const patience = new Promise<void>((over) => void setTimeout(over, LOOK_PATIENCE_MS).unref())
    const mine: Promise<void> = Promise.race([look(), patience]).finally(() => {
      if (gate === mine) gate = null
    })
    gate = mine
  }

  async function look(): Promise<void> {
    try {
      nodes = await Promise.all(
        present()
          .filter(({ status }) => status === 'ready')
          .map(nodeInfo),
      )
      eviction.note(nodes)
    } catch {
      // a node that does not answer is said elsewhere; what it may not tell is taken as it was
    }
  }
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    if (client.status === 'ready') looking ??= look().finally(() => (looking = null))
  }, LOOK_EVERY_MS)
  timer.unref()

  /** On every master that answers; one that does not must not keep the others without. */
  async function loadLibrary(): Promise<void> {
    const done = await Promise.allSettled(
      masters().map(async (node) => {
        const listed = (await node.call('FUNCTION', 'LIST', 'LIBRARYNAME', library.name)) as unknown[]
        if (listed.length > 0) return
        await node.call('FUNCTION', 'LOAD', 'REPLACE', library.source)
        log(`store: function library ${library.name} loaded`)
      }),
    )
    const failed = done.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Loads the library where it is missing; a function that is missing has run nothing, so its call may be sent again. */
  async function withLibrary(run: () => Promise<unknown>): Promise<unknown> {
    for (let loads = 0; ; loads++) {
      let notLoaded: unknown = null
      try {
        return await run()
      } catch (cause) {
        if (!isFunctionMissing(cause) || loads === LOADS) throw cause
        await loadLibrary().catch((error: unknown) => (notLoaded = error))
      }
      if (notLoaded !== null)
        return run().catch((cause: unknown) => Promise.reject(isFunctionMissing(cause) ? notLoaded : cause))
    }
  }

  const send = (commands: readonly Command[]) =>
    guard(
      () => sendBatch(client, commands, (stream) => together.hold(stream)),
      commands.every(([, key]) => isCatalogKey(key)),
    )

  const each = async (commands: readonly Command[]): Promise<unknown[]> =>
    (await send(commands)).map(([error, value]) => (error ? storeError(error, outage.last) : value))

  async function pipeline(commands: readonly Command[]): Promise<unknown[]> {
    return (await send(commands)).map(([error, value]) => {
      if (error) throw storeError(error, outage.last)
      return value
    })
  }

  return {
    call: (name, keys, args) =>
      guard(
        () =>
          withLibrary(() =>
            client.callBuffer('FCALL', library.functionName(name), keys.length, ...keys, ...args),
          ),
        name === 'catalog',
      ),
    callEncoded: (name, key, request) =>
      guard(() =>
        withLibrary(() => {
          const call = new EncodedCall(library.functionName(name), key, request)
          for (const { stream } of present()) together.hold(stream)
          void client.sendCommand(call)
          return call.promise
        }),
      ),
    pipeline,
    each,
    async *scan(pattern) {
      for (const node of await guard(async () => masters(), true)) {
        let cursor = '0'
        do {
          const [next, keys] = await guard(() => node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000), true)
          cursor = next
          if (keys.length > 0) yield keys
        } while (cursor !== '0')
      }
    },
    weigh: (prefix) => weighKeys(masters(), prefix),
    subscribe: (channel, heard) => listener.subscribe(channel, heard, (ask) => guard(ask, true)),
    info: () =>
      guard(
        () => Promise.all(masters().map(async (node) => ({ node: nameOf(node), text: await node.info() }))),
        true,
      ),
    everywhere: ([name, ...args]) =>
      guard(
        () =>
          Promise.all(
            masters().map(async (node) => ({
              node: nameOf(node),
              reply: await node.call(name, ...args).catch((cause: unknown) => storeError(cause, outage.last)),
            })),
          ),
        true,
      ),
    nodes: () => nodes,
    losses: () => eviction.losses,
    evicting: () => eviction.fault,
    check: () =>
      guard(async () => {
        nodes = await Promise.all(masters().map(nodeInfo))
        for (const node of nodes) {
          checkVersion(node)
          for (const fault of versionFaults(node.family, node.version))
            log(`store: ${node.node} runs ${node.family} ${fault}`, 'warn')
        }
        eviction.note(nodes)
        if (eviction.fault) throw eviction.fault
        await loadLibrary()
      }, true),
    close: async () => {
      clearInterval(timer)
      begin.end()
      client.disconnect()
      listener.close()
    },
  }
}

/** Of a primary that sentinels named, the server that it is connected to. */
const nameOf = ({ options: { host, port, name }, stream }: Redis): string =>
  !name ? `${host}:${port}` : `${stream?.remoteAddress ?? name}:${stream?.remotePort ?? 0}`

/** A server that may not tell its policy by INFO may by CONFIG. */
async function nodeInfo(node: Redis): Promise<NodeInfo> {
  const text = await node.info()
  if (!/^(redis|valkey)_version:/m.test(String(text))) {
    // Whatever shifted its answers, each would go to another question from now on.
    node.disconnect(true)
    throw new StoreError('STORE_UNREACHABLE', `${nameOf(node)} answered another question than was asked`)
  }
  const info = readInfo(nameOf(node), text)
  if (info.policy !== '') return info
  const told = (await node.config('GET', 'maxmemory-policy').catch(() => [])) as string[]
  return { ...info, policy: told[1] ?? '' }
}

function checkVersion({ version, family }: NodeInfo): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const oldest = OLDEST[family]
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw new StoreError('STORE_UNSUITABLE', `${family} ${version}; ${oldest.join('.')} or newer is needed`)
}
