/** `/v1/store`: its nodes, its memory, its backups and what befell it, by what a reader of it may ask: INFO, CLUSTER SHARDS, two settings, the slow log. What it may not is null. */
import { newestEvents, type StoreEvent } from '../../store/keeper/events.ts'
import { forecast, readSamples, weighedIn, type MemorySample } from '../../store/keeper/forecast.ts'
import { KeyKinds, type KeysFound } from '../../store/key-kinds.ts'
import type { NodeAsker } from '../../store/node-asker.ts'
import { observationsOf } from '../engine/rows/one-snapshot.ts'
import type { StoreAnswer, StoreBackups, StoreNode } from '../wire.ts'
import type { QueryService } from './query-service.ts'
import { slowCalls } from './slow-calls.ts'
import { inTime, NodeQuestions, type Facts } from './store-facts.ts'
import { callTimes, memoryKinds } from './store-figures.ts'
import { nodesOf, slotsOf } from './store-nodes.ts'
import { nodeNames, toldEvent, type Told } from './told.ts'

/** All who look within this see the same answer. */
const FRESH_MS = 1000
const EVENTS = 100
/** Of samples that are sent: a chart is no wider. */
const MOST_SAMPLES = 150

/** Where backups are, and which; asked at most every `FRESH_MS`, and may be slow. */
export type ListBackups = () => Promise<StoreBackups>

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

  readonly #questions: NodeQuestions

  /** `asker`: reaches replicas; null = what they hold is not known. */
  constructor(
    service: QueryService,
    told: Told,
    listBackups: ListBackups | null,
    asker: NodeAsker | null = null,
  ) {
    this.#questions = new NodeQuestions(service.store, service.now, asker)
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
      inTime(this.#questions.ask()).catch((error: unknown) => error),
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
    const nodes = nodesOf(facts.primaries, facts.shards, facts.asOfMs, facts.replicas)
    const nameOf = nodeNames(
      this.#told,
      nodes.map(({ node }) => node),
    )
    const weighed = this.#weighed(samples)
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
        kinds: memoryKinds(infos, weighed),
        weighedShare: weighed?.share ?? null,
        samples: samples === null ? null : thinned(samples),
        forecast: samples === null ? null : forecast(samples),
      },
      calls: callTimes(facts.calls),
      slow: slowCalls(facts.slow.map((one) => ({ ...one, node: nameOf(one.node) }))),
      backups: backups === null ? null : this.#toldBackups(backups),
      events: events?.map((event) => toldEvent(this.#told, event, nameOf)) ?? null,
      rewinds,
    }
  }

  /** The keeper weighs all keys between two of its samples; where there is none, this process does while somebody looks. */
  #weighed(samples: readonly MemorySample[] | null): KeysFound | null {
    const found = this.#keys.found
    const last = samples?.at(-1)
    return found?.share === 1 || last === undefined ? found : (weighedIn(last) ?? found)
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

/** The newest one whole, of the others every second, third and so on. */
function thinned(samples: readonly MemorySample[]): MemorySample[] {
  const every = Math.ceil(samples.length / MOST_SAMPLES)
  return samples.filter((_, at) => (samples.length - 1 - at) % every === 0)
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
