/** The topic of a source: what is asked of Kafka once, at start, and what may change while it is counted. */
import type { LogAdmin, TimestampType } from '../log/log.ts'
import { outlast } from '../log/patience.ts'
import { changeCatalog } from '../store/calls/catalog.ts'
import type { Store } from '../store/connection/connection.ts'
import { readGenerations, type Generations } from '../store/calls/read-generations.ts'

export interface Topic {
  readonly partitions: number
  readonly clusterId: string
  readonly compacted: boolean
  readonly timestamps: TimestampType
}

type Log = (line: string, level?: 'warn' | 'error') => void

const PATIENCE_MS = 45_000
const MOST_TRIES = 20

/** Makes the topic where there is none; says what it is. Throws LogError. */
export async function openTopic(admin: LogAdmin, topic: string, wanted: number, log: Log): Promise<Topic> {
  const say = (line: string): void => log(line, 'warn')
  const patience = { withinMs: PATIENCE_MS, topicIsThere: true, say }
  const found = await outlast(() => admin.partitions(topic), { withinMs: PATIENCE_MS, say })
  if (found === null) await outlast(() => admin.createTopic(topic, wanted), { withinMs: PATIENCE_MS, say })
  const partitions = found ?? (await outlast(() => admin.partitions(topic), patience)) ?? wanted
  await outlast(() => admin.ranges(topic), patience) // its leaders serve it
  const clusterId = await outlast(() => admin.clusterId(), patience)
  const compacted = (await outlast(() => admin.cleanupPolicy(topic), patience)) === 'compact'
  const timestamps = await outlast(() => admin.timestampType(topic), patience)
  const warning = timestampWarning(topic, timestamps)
  if (warning !== null) log(warning, 'warn')
  return { partitions, clusterId, compacted, timestamps }
}

/** What to tell an operator; null = nothing. */
export function timestampWarning(topic: string, timestamps: TimestampType): string | null {
  const fix = `kafka-configs --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config message.timestamp.type=LogAppendTime`
  if (timestamps === 'CreateTime')
    return `${topic}: its Kafka timestamps are the producers' own (message.timestamp.type=CreateTime), so a producer whose clock is wrong is believed. The broker's clock instead, for records from then on: ${fix}`
  if (timestamps === 'unknown')
    return `${topic}: whether its Kafka timestamps are the broker's or the producers' own cannot be asked: this user has no right to DescribeConfigs of the topic (docs/kafka.md). To be sure that they are the broker's: ${fix}`
  return null
}

/** Keeps the catalog at what the topic is; any worker may. `partitions` is the number as last seen. */
export class TopicWatch {
  readonly #admin: LogAdmin
  readonly #store: Store
  readonly #source: string
  readonly #topic: string
  readonly #timestamps: TimestampType
  readonly #log: Log
  partitions: number

  constructor(options: {
    admin: LogAdmin
    store: Store
    source: string
    topic: string
    found: Topic
    log: Log
  }) {
    this.#admin = options.admin
    this.#store = options.store
    this.#source = options.source
    this.#topic = options.topic
    this.#timestamps = options.found.timestamps
    this.#log = options.log
    this.partitions = options.found.partitions
  }

  /** One look; `known`: the catalog as it was read last. A topic that shrank was made anew, which is for its consumer to find out; so is a Kafka that is away. Throws StoreError. */
  async look(known: Generations | null): Promise<void> {
    const counts = await this.#admin.partitionCounts([this.#topic]).catch(() => new Map<string, number>())
    const counted = counts.get(this.#topic) ?? 0
    if (counted > this.partitions)
      this.#log(`${this.#topic}: has ${counted} partitions now, up from ${this.partitions}`)
    this.partitions = Math.max(this.partitions, counted)
    let catalog = known
    for (let tries = 0; tries < MOST_TRIES && catalog !== null; tries++) {
      const change = {
        ...(this.partitions > catalog.partitions && { partitions: this.partitions }),
        ...(this.#timestamps !== 'unknown' &&
          this.#timestamps !== catalog.timestamps && { timestamps: this.#timestamps }),
      }
      if (
        Object.keys(change).length === 0 ||
        (await changeCatalog(this.#store, this.#source, catalog.version, change))
      )
        return
      catalog = await readGenerations(this.#store, this.#source)
    }
  }
}
