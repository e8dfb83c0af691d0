/**
 * The consumer group of kafkajs, with the few of its decisions that are ours: where to start after a join, which partitions to
 * fetch, how long to wait, and what to do when an offset is out of range. All of them are asked of a `Membership`.
 */
import type { LogRange } from '../log.ts'

/** What the group asks. One for the life of a consumer, while groups come and go with restarts. */
export interface Membership {
  readonly topic: string
  attach(group: Group): void
  /** A join begins: nothing is owned for certain until `joined`. */
  joining(): void
  joined(generation: number, partitions: number[]): Promise<void>
  wantsFetch(partition: number): boolean
  maxWaitMs(): number
  /** A fetch had nothing to ask for: alive all the same. */
  idle(): void
  beat(startedAtMs: number): void
  missedBeat(): void
  outOfRange(partition: number, range: () => Promise<LogRange>): Promise<void>
}

/** What a `Membership` may tell the group. */
export interface Group {
  position(partition: number, offset: number): void
  allowBytes(bytes: number): void
  /** A heartbeat that starts after this call. */
  beatNow(): Promise<void>
  committed(partitions: number[]): Promise<Map<number, number | null>>
  commit(offsets: Map<number, number>): Promise<void>
}

type ByTopic<T> = Record<string, T | undefined>
interface Offsets {
  partition: number
  offset: string
}
interface TopicOffsets {
  topic: string
  partitions: Offsets[]
}

/** As much of kafkajs's own class as is used here. */
interface ShippedGroup {
  generationId: number
  lastRequest: number
  maxWaitTime: number
  maxBytes: number
  maxBytesPerPartition: number
  groupId: string
  seekOffset: Map<string, string>
  offsetManager: {
    resolvedOffsets: ByTopic<Record<number, string>>
    committedOffsets(): ByTopic<Record<number, string>>
    getCoordinator(): Promise<{ offsetFetch(request: { groupId: string; topics: { topic: string; partitions: { partition: number }[] }[] }): Promise<{ responses: TopicOffsets[] }> }>
    commitOffsets(offsets: { topics: TopicOffsets[] }): Promise<void>
  } | null
  cluster: { fetchTopicsOffset(topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[]): Promise<TopicOffsets[]> }
  assigned(): { topic: string; partitions: number[] }[]
  joinAndSync(): Promise<void>
  heartbeat(options: { interval: number }): Promise<void>
  fetch(nodeId: string): Promise<unknown[]>
  getActiveTopicPartitions(): Record<string, Set<number>>
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>
}
interface GroupOptions {
  assigners: { membership?: Membership }[]
  instrumentationEmitter: { addListener(event: string, listener: () => void): void }
}
export type GroupConstructor = new (options: GroupOptions) => ShippedGroup

/** The class kafkajs will make its groups of. The assigner of ours carries the membership into it. */
export function doorGroup(Shipped: GroupConstructor): GroupConstructor {
  return class DoorGroup extends Shipped implements Group {
    readonly #membership: Membership
    #beating: Promise<void> | null = null
    #beats = 0

    constructor(options: GroupOptions) {
      super(options)
      const membership = options.assigners[0]?.membership
      if (membership === undefined) throw new Error('consumers are opened by openConsumer')
      this.#membership = membership
      options.instrumentationEmitter.addListener('consumer.heartbeat', () => this.#beats++)
      membership.attach(this)
    }

    override async joinAndSync(): Promise<void> {
      this.#membership.joining()
      await super.joinAndSync()
      this.seekOffset.clear() // seeks of before would otherwise survive
      const own = this.assigned().find(({ topic }) => topic === this.#membership.topic)
      await this.#membership.joined(this.generationId, [...(own?.partitions ?? [])].sort((a, b) => a - b))
    }

    override async fetch(nodeId: string): Promise<unknown[]> {
      this.maxWaitTime = this.#membership.maxWaitMs()
      const active = this.getActiveTopicPartitions()[this.#membership.topic]
      if (active === undefined || active.size === 0) this.#membership.idle()
      return super.fetch(nodeId)
    }

    override getActiveTopicPartitions(): Record<string, Set<number>> {
      const { topic } = this.#membership
      const owned = this.assigned().find(entry => entry.topic === topic)?.partitions ?? []
      return { [topic]: new Set(owned.filter(partition => this.#membership.wantsFetch(partition))) }
    }

    override heartbeat(options: { interval: number }): Promise<void> {
      this.#beating ??= this.#heartbeat(options).finally(() => (this.#beating = null))
      return this.#beating
    }

    async #heartbeat(options: { interval: number }): Promise<void> {
      const startedAtMs = Date.now()
      const before = this.#beats
      try {
        await super.heartbeat(options)
      } catch (error) {
        this.lastRequest = 0 // let the fetch loop find out at its very next turn
        this.#membership.missedBeat()
        throw error
      }
      if (this.#beats !== before) this.#membership.beat(startedAtMs)
    }

    override async recoverFromOffsetOutOfRange({ partition }: { partition: number }): Promise<void> {
      await this.#membership.outOfRange(partition, async () => {
        const [start, end] = await Promise.all([this.#edge(partition, true), this.#edge(partition, false)])
        return { start, end }
      })
    }

    async #edge(partition: number, fromBeginning: boolean): Promise<number> {
      const [answer] = await this.cluster.fetchTopicsOffset([{ topic: this.#membership.topic, partitions: [{ partition }], fromBeginning }])
      const found = answer?.partitions.find(entry => entry.partition === partition)
      if (found === undefined) throw new Error(`no offsets of partition ${partition}`)
      return Number(found.offset)
    }

    position(partition: number, offset: number): void {
      const { topic } = this.#membership
      const resolved = this.offsetManager?.resolvedOffsets[topic]
      const committed = this.offsetManager?.committedOffsets()[topic]
      if (resolved === undefined || committed === undefined) return
      resolved[partition] = String(offset)
      committed[partition] ??= String(offset) // kafkajs fetches only what it believes committed; it need not ask
    }

    allowBytes(bytes: number): void {
      this.maxBytesPerPartition = Math.max(this.maxBytesPerPartition, bytes)
      this.maxBytes = Math.max(this.maxBytes, bytes)
    }

    async beatNow(): Promise<void> {
      await this.#beating?.catch(() => undefined)
      await this.heartbeat({ interval: 0 }).catch(() => undefined)
    }

    async committed(partitions: number[]): Promise<Map<number, number | null>> {
      const coordinator = await this.offsetManager?.getCoordinator()
      const topics = [{ topic: this.#membership.topic, partitions: partitions.map(partition => ({ partition })) }]
      const { responses } = (await coordinator?.offsetFetch({ groupId: this.groupId, topics })) ?? { responses: [] }
      const found = new Map(responses.flatMap(entry => entry.partitions).map(({ partition, offset }) => [partition, Number(offset)]))
      return new Map(partitions.map(partition => [partition, orNull(found.get(partition))]))
    }

    async commit(offsets: Map<number, number>): Promise<void> {
      const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
      await this.offsetManager?.commitOffsets({ topics: [{ topic: this.#membership.topic, partitions }] })
    }
  }
}

/** Kafka answers -1 for "never". */
const orNull = (offset: number | undefined): number | null => (offset === undefined || offset < 0 ? null : offset)
