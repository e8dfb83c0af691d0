/**
 * The brokers of a cluster, as the client library connects to them, without its pool: that one drops all it knows when one partition of a topic has no
 * leader, and takes an answer of one broker for the end of the world. Here each call says whom it asks, and its error is its own.
 */
import { LogError } from '../errors.ts'
import type { LogConfig } from '../log.ts'
import { openClient } from './client.ts'
import { type OffsetFound, type OffsetWanted, listOffsetsCall } from './list-offsets.ts'
import { METADATA_KEY, metadataCall, type Places } from './metadata.ts'
import { outagesOf } from './outages.ts'
import {
  createErrorFromCode,
  KafkajsBroker,
  type ClusterParts,
  type ShippedBroker,
} from './kafkajs-patches.ts'
import { ask, type Call } from './wire.ts'

const NOT_HOSTED = 3
const AUTHENTICATION_TIMEOUT_MS = 10_000
/** The library keeps one connection for fetches and one for all else, and opens them when they are first used. */
const ORDINARY = 0
const FETCHES = 1

/** One broker. `ready` before each use: connections come and go. */
export class Node {
  readonly broker: ShippedBroker
  readonly #answered: () => void
  #opening: (Promise<unknown> | undefined)[] = []

  constructor(broker: ShippedBroker, answered: () => void) {
    this.broker = broker
    this.#answered = answered
  }

  /** Two at once would make the library open one connection twice and mix up what arrives. */
  async ready(connection: typeof ORDINARY | typeof FETCHES = ORDINARY): Promise<ShippedBroker> {
    await this.broker.connect()
    await (this.#opening[connection] ??= this.broker.connectionPool
      .getConnection(connection)
      .finally(() => (this.#opening[connection] = undefined)))
    this.#answered()
    return this.broker
  }

  async ask<T>(call: Call<T>): Promise<T> {
    const { connectionPool } = await this.ready()
    return this.#cutWhenDead(ask(connectionPool, call))
  }

  async askFetch<T>(call: (newest: number) => Call<T>): Promise<T> {
    const { connectionPool } = await this.ready(FETCHES)
    return this.#cutWhenDead(ask(connectionPool, call(this.newest(1))))
  }

  /** The library takes a connection whose packets are dropped for a good one, and would ask it again for ever. */
  async #cutWhenDead<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSRequestTimeoutError') this.cut()
      throw error
    }
  }

  /** Closes without waiting for answers that are due. */
  cut(): void {
    for (const connection of this.broker.connectionPool.pool)
      connection.rejectRequests(new LogError('LOG_UNREACHABLE', 'the connection was cut'))
    void this.close()
  }

  newest(apiKey: number): number {
    return this.broker.versions?.[apiKey]?.maxVersion ?? 0
  }

  close(): Promise<void> {
    return this.broker.disconnect().catch(() => undefined)
  }
}

export class Nodes {
  readonly #config: LogConfig
  readonly #parts: ClusterParts
  /** By address: a broker that moved is another connection. */
  readonly #nodes = new Map<string, Node>()
  readonly #seeds: string[]
  readonly #places = new Map<number, string>()
  #closed = false

  /** Connects to nothing yet. Errors: LOG_CONFIG. */
  constructor(config: LogConfig) {
    this.#config = config
    this.#parts = openClient(config).admin() as unknown as ClusterParts
    this.#seeds = config.brokers
  }

  /** Where these topics are, asked of the first broker that answers. Topics that do not exist come with their error. */
  async places(topics: readonly string[]): Promise<Places> {
    const known = shuffled([...this.#places.values()])
    let failure: unknown = new LogError('LOG_UNREACHABLE', 'no broker is known')
    for (const address of [...known, ...this.#seeds.filter((seed) => !known.includes(seed))]) {
      try {
        const node = await this.#at(address)
        await node.ready()
        const places = await node.ask(metadataCall(topics, node.newest(METADATA_KEY)))
        this.#places.clear()
        for (const { nodeId, host, port } of places.brokers) this.#places.set(nodeId, `${host}:${port}`)
        await this.#forgetOthers()
        return places
      } catch (error) {
        failure = error
        if (!isWorthAnother(error)) throw error
      }
    }
    throw failure
  }

  /** The same, asked of every broker that is known: they learn of a change one after the other. Those that do not answer are left out. */
  async placesByEach(topics: readonly string[]): Promise<Places[]> {
    const first = await this.places(topics)
    const all = await Promise.allSettled(
      [...this.#places.values()].map(async (address) => {
        const node = await this.#at(address)
        await node.ready()
        return node.ask(metadataCall(topics, node.newest(METADATA_KEY)))
      }),
    )
    return [first, ...all.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))]
  }

  /** A broker by its number, as the last `places` had it. */
  async node(nodeId: number): Promise<Node> {
    const address = this.#places.get(nodeId)
    if (address === undefined)
      throw new LogError('LOG_UNREACHABLE', `broker ${nodeId} is not among the brokers of the cluster`)
    return this.#at(address)
  }

  /** Connections of its own to a broker: requests that are held there for long hold up nobody else's. */
  async apart({ host, port, nodeId }: { host: string; port: number; nodeId: number }): Promise<Node> {
    return this.#make(host, port, nodeId)
  }

  /** The broker that coordinates a group, by any broker's word. Errors are kafkajs's; GROUP_AUTHORIZATION_FAILED among them. */
  async coordinatorOf(groupId: string): Promise<{ host: string; port: number; nodeId: number }> {
    let failure: unknown = new LogError('LOG_UNREACHABLE', 'no broker is known')
    for (const address of shuffled([...new Set([...this.#places.values(), ...this.#seeds])])) {
      try {
        const broker = await (await this.#at(address)).ready()
        return (await broker.findGroupCoordinator({ groupId, coordinatorType: 0 })).coordinator
      } catch (error) {
        failure = error
        if (!isWorthAnother(error)) throw error
      }
    }
    throw failure
  }

  /** The same, ready to be asked over the connections of all. */
  async coordinator(groupId: string): Promise<Node> {
    const { host, port } = await this.coordinatorOf(groupId)
    const node = await this.#at(`${host}:${port}`)
    await node.ready()
    return node
  }

  /** Offsets asked of the leaders, one request each. A partition that has no leader, or whose leader does not answer, comes with its error. */
  async offsets(
    wanted: ReadonlyMap<string, readonly OffsetWanted[]>,
    places: Places,
    stable = false,
  ): Promise<OffsetFound[]> {
    const byLeader = new Map<number, Map<string, OffsetWanted[]>>()
    for (const { topic, partitions } of places.topics) {
      for (const { partition, leader } of partitions) {
        const asked = (wanted.get(topic) ?? []).filter((one) => one.partition === partition)
        if (asked.length === 0) continue
        const topics = byLeader.get(leader) ?? new Map<string, OffsetWanted[]>()
        byLeader.set(leader, topics.set(topic, [...(topics.get(topic) ?? []), ...asked]))
      }
    }
    const answers = await Promise.allSettled(
      [...byLeader].map(async ([leader, topics]) =>
        (await this.node(leader)).ask(listOffsetsCall(topics, stable)),
      ),
    )
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (failed !== undefined && answers.every((answer) => answer.status === 'rejected')) throw failed.reason
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }

  close(): void {
    this.#closed = true
    for (const node of this.#nodes.values()) node.cut()
    this.#nodes.clear()
  }

  async #at(address: string): Promise<Node> {
    const known = this.#nodes.get(address)
    if (known !== undefined) return known
    const colon = address.lastIndexOf(':')
    const made = await this.#make(
      address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
      Number(address.slice(colon + 1)),
      null,
    )
    const raced = this.#nodes.get(address)
    if (raced !== undefined) return raced
    if (this.#closed)
      throw new LogError('LOG_CLOSED', `the client of ${this.#config.brokers.join(', ')} was closed`)
    this.#nodes.set(address, made)
    return made
  }

  async #make(host: string, port: number, nodeId: number | null): Promise<Node> {
    const { connectionPoolBuilder, rootLogger } = this.#parts.cluster
    const connectionPool = await connectionPoolBuilder.build({ host, port })
    const broker = new KafkajsBroker({
      connectionPool,
      logger: rootLogger,
      nodeId,
      allowAutoTopicCreation: false,
      authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    })
    const { log } = this.#config
    return new Node(broker, () => log && outagesOf(log).answered(`${host}:${port}`))
  }

  async #forgetOthers(): Promise<void> {
    const kept = new Set([...this.#places.values(), ...this.#seeds])
    const gone = [...this.#nodes].filter(([address]) => !kept.has(address))
    for (const [address] of gone) this.#nodes.delete(address)
    for (const [, node] of gone) void node.close()
  }
}

/** Kafka's error numbers, as errors of the client library. */
export const errorOf = (code: number): Error => createErrorFromCode(code)

/** What the leader of a partition said. That it does not host it is no word about the topic: a broker learns late of what it was given to lead. */
export function partitionError(code: number, what: string): Error {
  return code === NOT_HOSTED
    ? new LogError('LOG_UNREACHABLE', `${what} is not served by its leader yet`)
    : errorOf(code)
}

/** Wrong passwords and missing rights are the same at every broker. */
function isWorthAnother(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'retriable' in error && error.retriable === true
}

function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other]!, copy[last]!]
  }
  return copy
}
