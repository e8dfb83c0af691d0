import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokerError } from '../protocol/errors.ts'
import { syncFolder } from './durable-json.ts'
import { PartitionLog, type PartitionSettings } from './partition-log.ts'
import { newTopicId, type Registry } from './registry.ts'
import { limitOf, settingOf, timeLimitsOf, type TopicConfig } from './topic-config.ts'

const MAX_PARTITIONS_A_TOPIC = 1000
const MAX_PARTITIONS = 10_000
/** Records are people's events: other users of the machine have no business with them. */
const PRIVATE_FOLDER = 0o700

export interface Topic {
  readonly name: string
  /** Of this topic alone, not of one of the same name that is made later. */
  readonly id: string
  /** What its maker set. */
  readonly config: TopicConfig
  /** That, over what the broker sets for all. */
  readonly effective: TopicConfig
  readonly maxMessageBytes: number
  /** How far a producer's time may lie from now; null = the broker's time counts. */
  readonly timeLimits: { readonly beforeMs: number; readonly afterMs: number } | null
  readonly partitions: readonly PartitionLog[]
}

export interface TopicsOptions {
  readonly dir: string
  /** Settings of topics whose makers do not say. */
  readonly defaults: TopicConfig
  readonly syncsEachAppend: boolean
  readonly log: (line: string) => void
}

/** The topics that are open, each with its partitions; one folder a partition, named as Kafka names it. */
export class Topics {
  readonly #registry: Registry
  readonly #options: TopicsOptions
  readonly #open = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  #partitionCount = 0
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(registry: Registry, options: TopicsOptions) {
    this.#registry = registry
    this.#options = options
  }

  static async open(registry: Registry, options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(registry, options)
    for (const [name, { id, partitions, config }] of registry.topics) {
      topics.#put(
        topics.#described(name, id, config, await topics.#openPartitions(name, 0, partitions, config)),
      )
    }
    return topics
  }

  #described(name: string, id: string, config: TopicConfig, partitions: readonly PartitionLog[]): Topic {
    const effective = this.#effective(config)
    return {
      name,
      id,
      config,
      effective,
      maxMessageBytes: Number(settingOf(effective, 'max.message.bytes')),
      timeLimits:
        settingOf(effective, 'message.timestamp.type') === 'CreateTime' ? timeLimitsOf(effective) : null,
      partitions,
    }
  }

  #effective(config: TopicConfig): TopicConfig {
    return { ...this.#options.defaults, ...config }
  }

  #settings(config: TopicConfig): PartitionSettings {
    const effective = this.#effective(config)
    return {
      segmentBytes: Number(settingOf(effective, 'segment.bytes')),
      stampsTime: settingOf(effective, 'message.timestamp.type') === 'LogAppendTime',
    }
  }

  async #openPartitions(
    name: string,
    from: number,
    to: number,
    config: TopicConfig,
  ): Promise<PartitionLog[]> {
    const { syncsEachAppend, log } = this.#options
    const partitions: PartitionLog[] = []
    for (let i = from; i < to; i++) {
      partitions.push(
        await PartitionLog.open(`${name}-${i}`, this.#folder(name, i), {
          ...this.#settings(config),
          syncsEachAppend,
          log,
        }),
      )
    }
    return partitions
  }

  #put(topic: Topic): void {
    this.#partitionCount += topic.partitions.length - (this.#open.get(topic.name)?.partitions.length ?? 0)
    this.#open.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
  }

  #folder(name: string, partition: number): string {
    return join(this.#options.dir, `${name}-${partition}`)
  }

  all(): readonly Topic[] {
    return [...this.#open.values()]
  }

  get(name: string): Topic | undefined {
    return this.#open.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  topic(name: string): Topic {
    const topic = this.#open.get(name)
    if (topic === undefined)
      throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name.slice(0, 250)}`)
    return topic
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  partition(name: string, index: number): PartitionLog {
    const log = this.topic(name).partitions[index]
    if (log === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `there is no ${name}-${index}`)
    return log
  }

  /** Throws what forbids a topic of this name and size. */
  check(name: string, partitions: number): void {
    if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..') {
      throw new BrokerError(
        'INVALID_TOPIC_EXCEPTION',
        `${JSON.stringify(name.slice(0, 250))}: a topic name is 1 to 249 of a-z A-Z 0-9 . _ -`,
      )
    }
    if (this.#open.has(name)) throw new BrokerError('TOPIC_ALREADY_EXISTS', `topic ${name} exists`)
    this.#checkRoom(partitions, partitions)
  }

  #checkRoom(partitions: number, more: number): void {
    if (
      !Number.isInteger(partitions) ||
      partitions < 1 ||
      partitions > MAX_PARTITIONS_A_TOPIC ||
      this.#partitionCount + more > MAX_PARTITIONS
    ) {
      throw new BrokerError(
        'INVALID_PARTITIONS',
        `a topic has 1 to ${MAX_PARTITIONS_A_TOPIC} partitions, all together ${MAX_PARTITIONS}`,
      )
    }
  }

  /** Makes a topic; resolves when it is on the disk. Throws what `check` throws. */
  create(name: string, partitions: number, config: TopicConfig): Promise<Topic> {
    return this.#change(async () => {
      this.check(name, partitions)
      const logs = await this.#makePartitions(name, 0, partitions, config)
      const topic = this.#described(name, newTopicId(), config, logs)
      await this.#save(topic)
      return topic
    })
  }

  async #makePartitions(
    name: string,
    from: number,
    to: number,
    config: TopicConfig,
  ): Promise<PartitionLog[]> {
    for (let i = from; i < to; i++) {
      // What the registry does not know was left by a crash while a topic was made or deleted.
      await rm(this.#folder(name, i), { recursive: true, force: true })
      await mkdir(this.#folder(name, i), { mode: PRIVATE_FOLDER })
    }
    const partitions = await this.#openPartitions(name, from, to, config)
    await syncFolder(this.#options.dir)
    return partitions
  }

  /** Writes down what a topic is now; only then is it seen. */
  async #save(topic: Topic): Promise<void> {
    const before = this.#registry.topics.get(topic.name)
    this.#registry.topics.set(topic.name, {
      id: topic.id,
      partitions: topic.partitions.length,
      config: topic.config,
    })
    await this.#registry.save().catch((error: unknown) => {
      if (before === undefined) this.#registry.topics.delete(topic.name)
      else this.#registry.topics.set(topic.name, before)
      throw error
    })
    this.#put(topic)
  }

  /** Throws what forbids that a topic has so many partitions. */
  checkGrowth(name: string, partitions: number): void {
    const now = this.topic(name).partitions.length
    if (partitions === now)
      throw new BrokerError('INVALID_PARTITIONS', `topic ${name} has ${now} partitions already`)
    if (partitions < now)
      throw new BrokerError('INVALID_PARTITIONS', `topic ${name} has ${now} partitions; it cannot have fewer`)
    this.#checkRoom(partitions, partitions - now)
  }

  /** Gives a topic more partitions; those it had stay as they are. Throws what `checkGrowth` throws. */
  grow(name: string, partitions: number): Promise<void> {
    return this.#change(async () => {
      this.checkGrowth(name, partitions)
      const topic = this.topic(name)
      const added = await this.#makePartitions(name, topic.partitions.length, partitions, topic.config)
      await this.#save({ ...topic, partitions: [...topic.partitions, ...added] })
    })
  }

  /** Gives a topic another configuration, in force for what is appended from now on. `change` sees the one it had. */
  configure(name: string, change: (config: TopicConfig) => TopicConfig): Promise<void> {
    return this.#change(async () => {
      const topic = this.topic(name)
      const config = change(topic.config)
      await this.#save(this.#described(name, topic.id, config, topic.partitions))
      for (const log of topic.partitions) log.configure(this.#settings(config))
    })
  }

  /** Removes a topic and its records. Throws UNKNOWN_TOPIC_OR_PARTITION. */
  remove(name: string): Promise<void> {
    return this.#change(async () => {
      const topic = this.topic(name)
      this.#open.delete(name)
      this.#byId.delete(topic.id)
      this.#partitionCount -= topic.partitions.length
      this.#registry.topics.delete(name)
      await this.#registry.save()
      for (const [i, log] of topic.partitions.entries()) {
        await log.close()
        await rm(this.#folder(name, i), { recursive: true, force: true })
      }
    })
  }

  /** Makes what every partition appended survive the machine. */
  async sync(): Promise<void> {
    for (const topic of this.all()) for (const log of topic.partitions) await log.sync()
  }

  /** Removes what is past each topic's retention. */
  async retire(nowMs: number): Promise<void> {
    for (const { effective, partitions } of this.all()) {
      if (!settingOf(effective, 'cleanup.policy').includes('delete')) continue
      const retention = {
        ms: limitOf(effective, 'retention.ms'),
        bytes: limitOf(effective, 'retention.bytes'),
      }
      if (retention.ms === null && retention.bytes === null) continue
      for (const log of partitions) await log.retire(retention, nowMs)
    }
  }

  async close(): Promise<void> {
    await this.#changing.catch(() => {})
    for (const topic of this.all()) for (const log of topic.partitions) await log.close()
  }

  /** Changes follow one another, so that two requests cannot make one topic twice. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changing.catch(() => {}).then(work)
    this.#changing = result
    return result
  }
}
