/**
 * Reads what a member holds: one loop a broker, one fetch of it at a time, whoever leads the partitions now. Beside them a look at the topic every second: where
 * its partitions are, whether there are more of them, and whether it is still the same topic.
 */
import { LogError } from '../errors.ts'
import { toLogError } from './map-error.ts'
import { fetchCall } from './fetch.ts'
import { EARLIEST, LATEST, type OffsetWanted } from './list-offsets.ts'
import type { Member } from './member.ts'
import type { Places, TopicPlaces } from './metadata.ts'
import { errorOf, type Nodes } from './nodes.ts'
import type { FetchAnswer, PartitionAnswer } from './response.ts'
import { SameTopic } from './same-topic.ts'

const MB = 1024 * 1024
const LOOK_EVERY_MS = 1_000
/** After an error that a new leader explains; elections are awaited so. */
const LOOK_AGAIN_MS = 150
const IDLE_MS = 250
const LONGEST_PAUSE_MS = 1_000
/** What a fetch waits for while records are gathered: so many bytes, or so long. */
const GATHERED_BYTES = 64 * 1024
const GATHERED_MS = 200

/** Kafka's error numbers. */
const OFFSET_OUT_OF_RANGE = 1
const TOPIC_UNKNOWN = 3
const TOPIC_AUTHORIZATION_FAILED = 29

export interface FetcherOptions {
  topic: string
  maxBytesPerPartition: number
  /** See {@link ConsumerOptions.mayGather}. */
  mayGather: () => boolean
  /** The topic has so many partitions; told at each look. */
  counted: (partitions: number) => void
  replaced: () => void
  died: (error: LogError) => void
  log: (line: string) => void
}

export class Fetcher {
  readonly #nodes: Nodes
  readonly #member: Member
  readonly #options: FetcherOptions
  readonly #loops = new Map<number, Promise<void>>()
  readonly #same: SameTopic
  #places: TopicPlaces | null = null
  #maxBytes: number
  #maxBytesPerPartition: number
  #stopped = false
  #isAway = false
  #isHurried = false
  #wakeLook: () => void = () => undefined
  #idle = new Set<() => void>()
  #turn = 0

  constructor(nodes: Nodes, member: Member, options: FetcherOptions) {
    this.#nodes = nodes
    this.#member = member
    this.#options = options
    this.#maxBytesPerPartition = options.maxBytesPerPartition
    this.#maxBytes = Math.max(16 * MB, options.maxBytesPerPartition)
    this.#same = new SameTopic()
  }

  /** One look; errors are kafkajs's, an absent topic among them. */
  async open(): Promise<void> {
    const places = await this.#nodes.places([this.#options.topic])
    const own = ownOf(places, this.#options.topic)
    if (own.errorCode !== 0) throw errorOf(own.errorCode)
    this.#take(own)
  }

  start(): void {
    void this.#look()
  }

  /** The partitions of a topic as they are now, asked anew: ours, or that of another member of the group. */
  async partitionsOf(topic: string): Promise<number[]> {
    const found = ownOf(await this.#nodes.places([topic]), topic)
    const isOwn = topic === this.#options.topic
    const { partitions } = found.errorCode === 0 || !isOwn ? found : (this.#places ?? found)
    return partitions.map(({ partition }) => partition)
  }

  allowBytes(bytes: number): void {
    this.#maxBytesPerPartition = Math.max(this.#maxBytesPerPartition, bytes)
    this.#maxBytes = Math.max(this.#maxBytes, bytes)
  }

  /** Something may be wanted that was not. */
  wake(): void {
    for (const go of this.#idle) go()
  }

  stop(): void {
    this.#stopped = true
    this.#wakeLook()
    this.wake()
  }

  #hurry(): void {
    this.#isHurried = true
    this.#wakeLook()
  }

  async #restOfLook(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS)
      this.#wakeLook = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      if (!this.#isHurried) await this.#restOfLook()
      if (this.#isHurried) await sleep(LOOK_AGAIN_MS)
      this.#isHurried = false
      if (this.#stopped) return
      try {
        const own = ownOf(await this.#nodes.places([this.#options.topic]), this.#options.topic)
        if (own.errorCode === 0) this.#take(own)
        else if (own.errorCode === TOPIC_UNKNOWN)
          this.#away(`topic ${own.topic} is not there now; waiting for it`)
        else if (own.errorCode === TOPIC_AUTHORIZATION_FAILED) return this.#die(errorOf(own.errorCode))
      } catch (error) {
        const fault = toLogError(error, `looking for topic ${this.#options.topic}`)
        if (!fault.retry && !this.#stopped) return this.#die(error)
      }
    }
  }

  #away(line: string): void {
    if (!this.#isAway) this.#options.log(line)
    this.#isAway = true
  }

  #die(error: unknown): void {
    if (!this.#stopped) this.#options.died(toLogError(error, `reading ${this.#options.topic}`))
  }

  #take(own: TopicPlaces): void {
    const saw = this.#same.saw(own.topicId, Date.now())
    if (saw === 'unsure') return this.#hurry() // one broker's word: asked again
    if (saw === 'replaced') this.#options.replaced()
    if (this.#isAway) this.#options.log(`topic ${own.topic} is there again`)
    this.#isAway = false
    this.#places = own
    this.#options.counted(own.partitions.length)
    for (const leader of new Set(own.partitions.map((place) => place.leader)))
      if (leader >= 0 && !this.#loops.has(leader))
        this.#loops.set(
          leader,
          this.#read(leader).finally(() => this.#loops.delete(leader)),
        )
  }

  #wantedOf(leader: number): { partition: number; offset: number; leaderEpoch: number; maxBytes: number }[] {
    if (!this.#same.mayRead) return []
    const wanted = (this.#places?.partitions ?? []).flatMap((place) => {
      const offset = place.leader === leader ? this.#member.wantedOf(place.partition) : null
      return offset === null
        ? []
        : [
            {
              partition: place.partition,
              offset,
              leaderEpoch: place.leaderEpoch,
              maxBytes: this.#maxBytesPerPartition,
            },
          ]
    })
    const first = this.#turn++ % Math.max(wanted.length, 1) // a full answer is not always the same partition's
    return [...wanted.slice(first), ...wanted.slice(0, first)]
  }

  async #read(leader: number): Promise<void> {
    let pauseMs = LOOK_AGAIN_MS
    /** The last answer held records. After one that did not the next record is fetched the moment it comes. */
    let isFlowing: boolean = false
    while (!this.#stopped && this.#places?.partitions.some((place) => place.leader === leader)) {
      const partitions = this.#wantedOf(leader)
      if (partitions.length === 0) {
        this.#member.idle()
        await this.#rest()
        continue
      }
      const { topic, mayGather } = this.#options
      const gathers: boolean = isFlowing && mayGather()
      const maxWaitMs = this.#member.maxWaitMs()
      try {
        const node = await this.#nodes.node(leader)
        const answer: FetchAnswer = await node.askFetch((newest) =>
          fetchCall(
            {
              topic,
              topicId: this.#same.topicId,
              maxWaitMs: gathers ? Math.min(GATHERED_MS, maxWaitMs) : maxWaitMs,
              minBytes: gathers ? GATHERED_BYTES : 1,
              maxBytes: this.#maxBytes,
              partitions,
            },
            newest,
          ),
        )
        if (answer.errorCode !== 0) throw errorOf(answer.errorCode)
        isFlowing = answer.partitions.some(({ fetched }) => fetched.batches.length > 0)
        const failed = await this.#deliver(answer.partitions, partitions)
        if (failed) await sleep(LOOK_AGAIN_MS)
        pauseMs = LOOK_AGAIN_MS
      } catch (error) {
        if (this.#stopped) return
        if (error instanceof LogError && !error.retry) return this.#die(error)
        this.#hurry()
        await sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      }
    }
  }

  /** True where a partition was not read for a reason that passes. */
  async #deliver(
    answers: readonly PartitionAnswer[],
    asked: readonly { partition: number; offset: number }[],
  ): Promise<boolean> {
    let failed = false
    for (const { partition, errorCode, fetched } of answers) {
      const offset = asked.find((one) => one.partition === partition)?.offset
      if (offset === undefined || this.#stopped) continue
      if (errorCode === 0) {
        this.#same.wasRead()
        this.#member.deliver(partition, offset, fetched)
        continue
      }
      failed = true
      if (errorCode === TOPIC_AUTHORIZATION_FAILED) this.#die(errorOf(errorCode))
      else if (errorCode === OFFSET_OUT_OF_RANGE) await this.#range(partition, offset)
      else this.#hurry() // another leader, an election, another topic of that name: the next look says which
    }
    return failed
  }

  async #range(partition: number, offset: number): Promise<void> {
    const own = this.#places
    if (own === null) return
    const ask = async (at: OffsetWanted['at'], stable = false): Promise<number> => {
      const wanted = new Map([[own.topic, [{ partition, at }]]])
      const [found] = await this.#nodes.offsets(
        wanted,
        { brokers: [], clusterId: null, controllerId: -1, topics: [own] },
        stable,
      )
      if (found === undefined || found.errorCode !== 0)
        throw new LogError(
          'LOG_UNREACHABLE',
          `the leader of ${own.topic}/${partition} does not say where it begins and ends`,
        )
      return found.offset
    }
    const [start, end, stableEnd] = await Promise.all([ask(EARLIEST), ask(LATEST), ask(LATEST, true)])
    this.#member.outOfRange(partition, offset, { start, end, stableEnd })
  }

  async #rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => go(), IDLE_MS)
      const go = (): void => {
        clearTimeout(timer)
        this.#idle.delete(go)
        resolve()
      }
      this.#idle.add(go)
    })
  }
}

const ownOf = ({ topics }: Places, topic: string): TopicPlaces =>
  topics.find((one) => one.topic === topic) ?? {
    errorCode: TOPIC_UNKNOWN,
    topic,
    topicId: null,
    partitions: [],
  }
const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
