import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokerError } from '../errors.ts'
import { syncFolder } from './durable-json.ts'
import { PartitionLog } from './partition-log.ts'
import type { Registry } from './registry.ts'
import { limitOf, settingOf, type TopicConfig } from './topic-config.ts'

const MAX_PARTITIONS_A_TOPIC = 1000
const MAX_PARTITIONS = 10_000

export interface Topic {
  readonly name: string
  /** What its maker set. */
  readonly config: TopicConfig
  /** That, over what the broker sets for all. */
  readonly effective: TopicConfig
  readonly maxMessageBytes: number
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
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(registry: Registry, options: TopicsOptions) {
    this.#registry = registry
    this.#options = options
  }

  static async open(registry: Registry, options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(registry, options)
    for (const [name, entry] of registry.topics) topics.#open.set(name, await topics.#openTopic(name, entry.partitions, entry.config))
    return topics
  }

  async #openTopic(name: string, count: number, config: TopicConfig): Promise<Topic> {
    const effective = { ...this.#options.defaults, ...config }
    const partitions: PartitionLog[] = []
    for (let i = 0; i < count; i++) {
      partitions.push(
        await PartitionLog.open(`${name}-${i}`, this.#folder(name, i), {
          segmentBytes: Number(settingOf(effective, 'segment.bytes')),
          stampsTime: settingOf(effective, 'message.timestamp.type') === 'LogAppendTime',
          syncsEachAppend: this.#options.syncsEachAppend,
          log: this.#options.log,
        }),
      )
    }
    return { name, config, effective, maxMessageBytes: Number(settingOf(effective, 'max.message.bytes')), partitions }
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

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  partition(name: string, index: number): PartitionLog {
    const log = this.#open.get(name)?.partitions[index]
    if (log === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `there is no ${name}-${index}`)
    return log
  }

  /** Throws what forbids a topic of this name and size. */
  check(name: string, partitions: number): void {
    if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..') {
      throw new BrokerError('INVALID_TOPIC_EXCEPTION', `${JSON.stringify(name)}: a topic name is 1 to 249 of a-z A-Z 0-9 . _ -`)
    }
    if (this.#open.has(name)) throw new BrokerError('TOPIC_ALREADY_EXISTS', `topic ${name} exists`)
    const total = this.all().reduce((sum, topic) => sum + topic.partitions.length, partitions)
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS_A_TOPIC || total > MAX_PARTITIONS) {
      throw new BrokerError('INVALID_PARTITIONS', `a topic has 1 to ${MAX_PARTITIONS_A_TOPIC} partitions, all together ${MAX_PARTITIONS}`)
    }
  }

  /** Makes a topic; resolves when it is on the disk. Throws what `check` throws. */
  create(name: string, partitions: number, config: TopicConfig): Promise<Topic> {
    return this.#change(async () => {
      this.check(name, partitions)
      for (let i = 0; i < partitions; i++) {
        // What the registry does not know was left by a crash while a topic was made or deleted.
        await rm(this.#folder(name, i), { recursive: true, force: true })
        await mkdir(this.#folder(name, i))
      }
      const topic = await this.#openTopic(name, partitions, config)
      await syncFolder(this.#options.dir)
      this.#registry.topics.set(name, { partitions, config })
      await this.#registry.save().catch((error: unknown) => {
        this.#registry.topics.delete(name)
        throw error
      })
      this.#open.set(name, topic)
      return topic
    })
  }

  /** Removes a topic and its records. Throws UNKNOWN_TOPIC_OR_PARTITION. */
  remove(name: string): Promise<void> {
    return this.#change(async () => {
      const topic = this.#open.get(name)
      if (topic === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`)
      this.#open.delete(name)
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
      if (settingOf(effective, 'cleanup.policy') !== 'delete') continue
      const retention = { ms: limitOf(effective, 'retention.ms'), bytes: limitOf(effective, 'retention.bytes') }
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
