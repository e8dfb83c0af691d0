/** What the nodes of the store are asked for its page. The primaries tell where replicas are; those tell of themselves where they can be reached from here. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, Store } from '../../store/connection/connection.ts'
import { StoreError, type StoreErrorCode } from '../../store/errors.ts'
import type { NodeAsker } from '../../store/node-asker.ts'
import type { SlowFacts } from './slow-calls.ts'
import { nodesOf, pairs, type NodeFacts } from './store-nodes.ts'

/** For the store to answer; then what it said last stands. */
const PATIENCE_MS = 2000
/** For a replica; then it does not tell. */
const REPLICA_PATIENCE_MS = 500
/** Who refuses the slow log is asked again after so long: a server notes each refusal. */
const REFUSED_FOR_MS = 60_000

export interface Facts {
  readonly asOfMs: number
  readonly primaries: readonly NodeFacts[]
  readonly replicas: readonly NodeFacts[]
  readonly shards: unknown
  readonly calls: readonly string[]
  readonly slow: readonly SlowFacts[]
}

/** No refusals. */
const AWAY: readonly StoreErrorCode[] = ['STORE_UNREACHABLE', 'STORE_BUSY']

const SETTINGS: Command = ['CONFIG', 'GET', 'appendfsync', 'slowlog-log-slower-than']
const SLOW: Command = ['SLOWLOG', 'GET', 20]

export class NodeQuestions {
  readonly #store: Store
  readonly #now: () => number
  readonly #asker: NodeAsker | null
  /** Node -> when it may be asked for its slow log again, monotonic. */
  readonly #refused = new Map<string, number>()
  #slow = new Map<string, unknown>()

  constructor(store: Store, now: () => number, asker: NodeAsker | null) {
    this.#store = store
    this.#now = now
    this.#asker = asker
  }

  /** Throws StoreError. */
  async ask(): Promise<Facts> {
    const store = this.#store
    const [infos, settings, stats, latencies, logs] = await Promise.all([
      store.info(),
      store.everywhere(SETTINGS),
      store.everywhere(['INFO', 'commandstats']),
      store.everywhere(['INFO', 'latencystats']),
      this.#mayAskSlow() ? store.everywhere(SLOW) : null,
    ])
    const isCluster = infos.some(({ text }) => /^cluster_enabled:1/m.test(text))
    const clusters = isCluster ? await store.everywhere(['CLUSTER', 'SHARDS']) : []
    const shards = clusters.find(({ reply }) => Array.isArray(reply))?.reply ?? null
    const asOfMs = this.#now()
    const primaries = infos.map(({ node, text }) =>
      factsOf(node, text, settings.find((one) => one.node === node)?.reply),
    )
    for (const { node, reply } of logs ?? []) this.#noteSlow(node, reply)
    const places = nodesOf(primaries, shards, asOfMs).flatMap(({ node, role, state }) =>
      role === 'replica' && state !== 'down' ? [node] : [],
    )
    const replicas = (await Promise.all(places.map((place) => this.#askReplica(place)))).flatMap(
      (one) => one ?? [],
    )
    const nodes = [
      ...primaries,
      ...places.map((node) => replicas.find((one) => one.node === node) ?? { node, overUs: null }),
    ]
    const known = new Set(nodes.map(({ node }) => node))
    for (const node of this.#slow.keys()) if (!known.has(node)) this.#slow.delete(node)
    return {
      asOfMs,
      primaries,
      replicas,
      shards,
      calls: [...stats, ...latencies].flatMap(({ reply }) => (typeof reply === 'string' ? reply : [])),
      slow: nodes.map(({ node, overUs }) => ({ node, overUs, log: this.#slow.get(node) ?? null })),
    }
  }

  async #askReplica(place: string): Promise<NodeFacts | null> {
    if (this.#asker === null) return null
    const isAsked = this.#mayAsk(place)
    const commands: Command[] = [['INFO'], SETTINGS, ...(isAsked ? [SLOW] : [])]
    const replies = await inTime(this.#asker.ask(place, commands), REPLICA_PATIENCE_MS).catch(() => null)
    if (isAsked) this.#noteSlow(place, replies?.[2])
    return typeof replies?.[0] === 'string' ? factsOf(place, replies[0], replies[1]) : null
  }

  #mayAsk(node: string): boolean {
    return performance.now() >= (this.#refused.get(node) ?? 0)
  }

  /** The primaries are asked together. */
  #mayAskSlow(): boolean {
    return this.#store.nodes().every(({ node }) => this.#mayAsk(node))
  }

  #noteSlow(node: string, reply: unknown): void {
    this.#slow.set(node, reply)
    if (reply instanceof StoreError && !AWAY.includes(reply.code))
      this.#refused.set(node, performance.now() + REFUSED_FOR_MS)
  }
}

function factsOf(node: string, info: string, settings: unknown): NodeFacts {
  const told = pairs(settings)
  const overUs = told.get('slowlog-log-slower-than')
  return {
    node,
    info,
    appendfsync: String(told.get('appendfsync') ?? '') || null,
    overUs: overUs === undefined ? null : Number(overUs),
  }
}

export async function inTime<T>(work: Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const stop = new AbortController()
  try {
    return await Promise.race([
      work,
      sleep(patienceMs, null, { signal: stop.signal, ref: false }).then(() => {
        throw new StoreError('STORE_UNREACHABLE', `no answer within ${patienceMs} ms`)
      }),
    ])
  } finally {
    stop.abort()
  }
}
