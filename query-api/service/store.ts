/** `/v1/store`: its nodes, its memory, its backups and what befell it, by what a reader of it may ask: INFO, CLUSTER SHARDS, one setting. What it may not is null. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { newestEvents, type StoreEvent } from '../../store/keeper/events.ts'
import { forecast, readSamples, type MemorySample } from '../../store/keeper/forecast.ts'
import { observationsOf } from '../engine/one-snapshot.ts'
import type { StoreAnswer, StoreBackups, StoreNode } from '../wire.ts'
import type { QueryService } from './query-service.ts'
import { KeyKinds } from './key-kinds.ts'
import { callTimes, memoryKinds } from './store-figures.ts'
import { nodesOf, slotsOf, type PrimaryFacts } from './store-nodes.ts'
import { nodeNames, toldEvent, type Told } from './told.ts'

/** All who look within this see the same answer. */
const FRESH_MS = 1000
/** For the store to answer; then what it said last stands. */
const PATIENCE_MS = 2000
const EVENTS = 100
/** Of samples that are sent: a chart is no wider. */
const MOST_SAMPLES = 300

/** Where backups are, and which; asked at most every `FRESH_MS`, and may be slow. */
export type ListBackups = () => Promise<StoreBackups>

interface Facts {
  readonly asOfMs: number
  readonly primaries: readonly PrimaryFacts[]
  readonly shards: unknown
  readonly calls: readonly string[]
}

export class StoreView {
  readonly #service: QueryService
  readonly #told: Told
  readonly #listBackups: ListBackups | null
  #facts: Facts | null = null
  /** What stands beside them, as it was read last; null = it never could be. */
  #events: StoreEvent[] | null = null
  #samples: MemorySample[] | null = null
  #rewound: StoreAnswer['rewinds'] = null
  readonly #keys = new KeyKinds()
  #last: { readonly atMs: number; readonly answer: Promise<StoreAnswer> } | null = null

  constructor(service: QueryService, told: Told, listBackups: ListBackups | null) {
    this.#service = service
    this.#told = told
    this.#listBackups = listBackups
  }

  /** Throws StoreError where the store never answered. */
  read(): Promise<StoreAnswer> {
    const nowMs = performance.now()
    if (this.#last !== null && nowMs - this.#last.atMs < FRESH_MS) return this.#last.answer
    const answer = this.#read()
    this.#last = { atMs: nowMs, answer }
    answer.catch(() => (this.#last = null))
    return answer
  }

  async #read(): Promise<StoreAnswer> {
    const { store, now } = this.#service
    const [asked, events, samples, backups, rewinds] = await Promise.all([
      inTime(askNodes(store, now)).catch((error: unknown) => error),
      inTime(newestEvents(store, EVENTS)).catch(() => this.#events),
      inTime(readSamples(store))
        // A store that does not answer has none to read.
        .then((found) => (found.length > 0 ? found : this.#samples))
        .catch(() => this.#samples),
      this.#listBackups === null ? null : this.#listBackups(),
      inTime(this.#rewinds()).catch(() => this.#rewound),
      inTime(this.#keys.step(() => store.weigh('tm:'))).catch(() => undefined), // tried again next time
    ])
    const isAway = !isFacts(asked)
    ;[this.#events, this.#samples, this.#rewound] = [events, samples, rewinds]
    if (isFacts(asked)) this.#facts = asked
    const facts = this.#facts
    if (facts === null) throw asked
    const infos = facts.primaries.map(({ info }) => info)
    const nodes = nodesOf(facts.primaries, facts.shards, facts.asOfMs)
    const nameOf = nodeNames(
      this.#told,
      nodes.map(({ node }) => node),
    )
    const isCluster = infos.some((info) => /^cluster_enabled:1/m.test(info))
    return {
      nowMs: now(),
      asOfMs: facts.asOfMs,
      isAway,
      kind: isCluster ? 'cluster' : 'single',
      ...(this.#told.address !== null && { address: this.#told.address }),
      slotsCovered: isCluster && Array.isArray(facts.shards) ? slotsOf(facts.shards) : null,
      nodes: nodes.map((one) => ({ ...one, node: nameOf(one.node) })),
      memory: {
        ...total(nodes),
        kinds: memoryKinds(infos, this.#keys.found),
        weighedShare: this.#keys.found?.share ?? null,
        samples: samples === null ? null : samples.slice(-MOST_SAMPLES),
        forecast: samples === null ? null : forecast(samples),
      },
      calls: callTimes(facts.calls),
      backups: backups === null ? null : this.#toldBackups(backups),
      events: events?.map((event) => toldEvent(this.#told, event, nameOf)) ?? null,
      rewinds,
    }
  }

  #toldBackups({ place, ...rest }: StoreBackups): StoreBackups {
    return { ...rest, ...(this.#told.address !== null && place !== undefined && { place }) }
  }

  async #rewinds(): Promise<NonNullable<StoreAnswer['rewinds']>> {
    const { sources, now } = this.#service
    const { open } = await sources.all()
    const all = await Promise.all(
      open.map(async (one) =>
        (await observationsOf(one, now)).map(({ position }, partition) => ({
          source: one.source.name,
          partition,
          times: position?.rewinds ?? 0,
        })),
      ),
    )
    return all.flat().filter(({ times }) => times > 0)
  }
}

const isFacts = (asked: unknown): asked is Facts =>
  typeof asked === 'object' && asked !== null && 'primaries' in asked

/** Throws StoreError. */
async function askNodes(store: Store, now: () => number): Promise<Facts> {
  const [infos, settings, stats, latencies] = await Promise.all([
    store.info(),
    store.everywhere(['CONFIG', 'GET', 'appendfsync']),
    store.everywhere(['INFO', 'commandstats']),
    store.everywhere(['INFO', 'latencystats']),
  ])
  const isCluster = infos.some(({ text }) => /^cluster_enabled:1/m.test(text))
  const shards = isCluster ? await store.everywhere(['CLUSTER', 'SHARDS']) : []
  return {
    asOfMs: now(),
    primaries: infos.map(({ node, text }) => {
      const setting = settings.find((one) => one.node === node)?.reply
      return {
        node,
        info: text,
        appendfsync: Array.isArray(setting) ? String(setting[1] ?? '') || null : null,
      }
    }),
    shards: shards.find(({ reply }) => Array.isArray(reply))?.reply ?? null,
    calls: [...stats, ...latencies].flatMap(({ reply }) => (typeof reply === 'string' ? reply : [])),
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const stop = new AbortController()
  try {
    return await Promise.race([
      work,
      sleep(PATIENCE_MS, null, { signal: stop.signal, ref: false }).then(() => {
        throw new StoreError('STORE_UNREACHABLE', `no answer within ${PATIENCE_MS} ms`)
      }),
    ])
  } finally {
    stop.abort()
  }
}

/** The store is full where one of its nodes is: their bounds count together only where each has one. */
function total(nodes: readonly StoreNode[]): { usedBytes: number; maxBytes: number } {
  const primaries = nodes.filter(({ role }) => role === 'primary')
  const sum = (of: (node: StoreNode) => number | null): number =>
    primaries.reduce((all, node) => all + (of(node) ?? 0), 0)
  return {
    usedBytes: sum(({ usedBytes }) => usedBytes),
    maxBytes: primaries.every(({ maxBytes }) => (maxBytes ?? 0) > 0) ? sum(({ maxBytes }) => maxBytes) : 0,
  }
}
