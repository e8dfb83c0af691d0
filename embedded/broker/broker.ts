import { chmod } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { inDataFolder } from '../data-folder.ts'
import { lockDataDir } from '../data-dir-lock.ts'
import { Connection } from './connection.ts'
import { Coordinator } from './groups/coordinator.ts'
import { HeldBytes, Room } from './handlers/memory.ts'
import { makeRoutes, type Caller, type Route } from './routes.ts'
import { CommittedOffsets } from './storage/committed-offsets.ts'
import { Registry } from './storage/registry.ts'
import { checkConfig, type TopicConfig } from './storage/topic-config.ts'
import { Topics } from './storage/topics.ts'

const BROKER_ID = 1
const SYNC_EVERY_MS = 1000
const RETIRE_EVERY_MS = 60_000
const MIB = 1024 * 1024
/** Half requests and waiting ones, of all clients; and answers on their way, of all clients. */
const HELD_BYTES = 256 * MIB
const ANSWER_BYTES = 256 * MIB
/** Records are people's events: other users of the machine have no business with them. */
const PRIVATE_FOLDER = 0o700

export interface BrokerOptions {
  /** Where to listen, and what clients are told to connect to; where that is every address, they are told the one they came by. */
  readonly host: string
  /** 0 = a free one. */
  readonly port: number
  readonly dataDir: string
  /** Partitions of a topic whose maker does not say. Default 4. */
  readonly defaultPartitions?: number
  /** May a client make a topic by asking for it? Default true; the client must want it too. */
  readonly autoCreate?: boolean
  /**
   * When records are forced to the disk. They survive the death of the process in every case; `always` makes each append
   * survive the machine, `interval` (the default) all but the last second, `never` leaves it to the operating system.
   */
  readonly fsync?: 'always' | 'interval' | 'never'
  /** What topics keep whose makers do not say: records younger than `ms`, the newest `bytes` of a partition. Default everything. */
  readonly retention?: { readonly ms?: number; readonly bytes?: number }
  /** How long the first generation of a group waits for more members, ms. Default 0. */
  readonly initialRebalanceDelayMs?: number
  /** Largest request, bytes. Default 100 MiB. */
  readonly maxRequestBytes?: number
  /** What requests that are half there, or wait their turn, take of memory for all clients together. Default 256 MiB. */
  readonly maxHeldBytes?: number
  /** How long half a request or half a response may stand still, ms. Default 30 s. */
  readonly stallMs?: number
  /** How long a connection may be silent, ms. Default 10 min. */
  readonly idleMs?: number
  /** Default 2000; more are refused. */
  readonly maxConnections?: number
  readonly log: (line: string) => void
}

export interface Broker {
  readonly port: number
  readonly clusterId: string
  /** Ends all connections, finishes the writes that have begun, brings everything to the disk, gives the folder free. */
  close(): Promise<void>
}

/**
 * Starts a broker of the Kafka protocol over one folder. Rejects when the folder is in use, damaged beyond its tails, or the
 * port is taken.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { dataDir: dir, log, fsync = 'interval' } = options
  const closers: (() => Promise<void> | void)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    const lock = await lockDataDir(dir)
    closers.push(() => lock.release())
    await inDataFolder(dir, () => chmod(dir, PRIVATE_FOLDER))
    const registry = await inDataFolder(dir, () => Registry.open(dir))
    const topics = await inDataFolder(dir, () =>
      Topics.open(registry, {
        dir,
        defaults: retentionConfig(options),
        syncsEachAppend: fsync === 'always',
        log,
      }),
    )
    closers.push(() => topics.close())
    const offsets = await inDataFolder(dir, () => CommittedOffsets.open(dir, log))
    closers.push(() => offsets.close())
    const hasPartition = (topic: string, partition: number): boolean =>
      topics.get(topic)?.partitions[partition] !== undefined
    const coordinator = new Coordinator(offsets, options.initialRebalanceDelayMs ?? 0, hasPartition)
    closers.push(() => coordinator.close())
    if (fsync !== 'never')
      closers.push(every(SYNC_EVERY_MS, () => Promise.all([topics.sync(), offsets.sync()]), log))
    closers.push(every(RETIRE_EVERY_MS, () => topics.retire(Date.now()), log))

    const defaults = { partitions: options.defaultPartitions ?? 4, autoCreate: options.autoCreate ?? true }
    let port = 0
    const address = (caller: Caller) => ({
      id: BROKER_ID,
      host: hostFor(options.host, caller.localHost),
      port,
    })
    const room = new Room(ANSWER_BYTES)
    const routes = makeRoutes({ topics, coordinator, registry, defaults, address, room })
    const listening = await listen(options, routes, room)
    closers.push(listening.close)
    port = listening.port
    return { port, clusterId: registry.clusterId, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** What a client is told to connect to: where the broker listens; where that is every address, the one that the client came by. */
export function hostFor(listening: string, cameBy: string): string {
  const isEvery = listening === '0.0.0.0' || listening === '::'
  return isEvery ? cameBy.replace(/^::ffff:/, '') : listening
}

const retentionConfig = ({ retention }: BrokerOptions): TopicConfig =>
  checkConfig([
    { name: 'retention.ms', value: String(retention?.ms ?? -1) },
    { name: 'retention.bytes', value: String(retention?.bytes ?? -1) },
  ])

/** Does something again and again, never twice at once; a failure is logged. Answers how to stop it. */
function every(
  periodMs: number,
  work: () => Promise<unknown>,
  log: (line: string) => void,
): () => Promise<void> {
  let running: Promise<unknown> | null = null
  const timer = setInterval(() => {
    running ??= work()
      .catch((error: unknown) => log(`background work failed: ${String(error)}`))
      .finally(() => (running = null))
  }, periodMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

async function listen(
  options: BrokerOptions,
  routes: ReadonlyMap<number, Route>,
  room: Room,
): Promise<{ port: number; close: () => Promise<void> }> {
  const limits = {
    maxRequestBytes: options.maxRequestBytes ?? 100 * MIB,
    stallMs: options.stallMs ?? 30_000,
    idleMs: options.idleMs ?? 10 * 60_000,
    held: new HeldBytes(options.maxHeldBytes ?? HELD_BYTES),
    room,
  }
  const open = new Set<Connection>()
  const server: Server = createServer((socket: Socket) => {
    const connection = new Connection(socket, routes, limits, options.log)
    open.add(connection)
    socket.once('close', () => open.delete(connection))
  })
  server.maxConnections = options.maxConnections ?? 2000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: options.port, host: options.host }, resolve)
  })
  server.on('error', (error) => options.log(`the listener failed: ${String(error)}`))
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const connection of open) connection.close()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, close }
}
