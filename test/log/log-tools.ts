/** Tools of tests of the Kafka client: names, clients that are closed at the end of each test, and a reader that follows as a worker does. */
import { randomUUID } from 'node:crypto'
import { afterEach } from 'vitest'
import { LogError } from '../../log/errors.ts'
import { openAdmin, openConsumer, openProducer } from '../../log/kafka.ts'
import type {
  ConsumerOptions,
  Fetched,
  LogAdmin,
  LogConfig,
  LogConsumer,
  LogProducer,
  ProducerOptions,
  RawBatch,
} from '../../log/log.ts'
import { openBatch } from '../../log/walk.ts'

export const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

export const uniqueName = (stem: string): string => `${stem}-${randomUUID().slice(0, 8)}`

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function admin(config: LogConfig): Promise<LogAdmin> {
  const opened = await openAdmin(config)
  closing.push(() => opened.close())
  return opened
}

export async function producer(config: LogConfig, options: ProducerOptions = {}): Promise<LogProducer> {
  const opened = await openProducer(config, options)
  closing.push(() => opened.close())
  return opened
}

export interface Seen {
  offset: number
  timestampMs: number
  key: string | null
  value: string | null
}

/** Records of a batch that count, from `cursor` on. */
export function recordsOf(batch: RawBatch, cursor = 0): Seen[] {
  const seen: Seen[] = []
  if (batch.control || batch.aborted) return seen
  const walk = openBatch(batch.bytes)
  while (walk.next()) {
    if (walk.offset >= cursor)
      seen.push({
        offset: walk.offset,
        timestampMs: walk.timestampMs,
        key: text(walk.key()),
        value: text(walk.value()),
      })
  }
  return seen
}
export const text = (bytes: Buffer | null): string | null => bytes?.toString() ?? null

/** A consumer that does what a worker does, without a store: walks what comes and follows with its own cursor. */
export class Reader {
  consumer!: LogConsumer
  readonly fetched: Fetched[] = []
  readonly assigned: number[][] = []
  readonly revoked: number[][] = []
  readonly crashes: LogError[] = []
  readonly cursors = new Map<number, number>()
  readonly records = new Map<number, Seen[]>()
  starts: (partition: number) => number = () => 0

  static async open(
    config: LogConfig,
    options: ConsumerOptions,
    starts: (partition: number) => number = () => 0,
  ): Promise<Reader> {
    const reader = new Reader()
    reader.starts = starts
    reader.consumer = await openConsumer(
      config,
      { maxWaitMs: 100, ...options },
      {
        onAssigned: async (partitions) => {
          reader.assigned.push(partitions)
          for (const partition of partitions)
            if (!reader.cursors.has(partition)) reader.cursors.set(partition, reader.starts(partition))
          return new Map(partitions.map((partition) => [partition, reader.cursors.get(partition) ?? 0]))
        },
        onRevoked: async (partitions) => {
          reader.revoked.push(partitions)
          for (const partition of partitions) reader.cursors.delete(partition)
        },
        onFetched: (fetched) => reader.take(fetched),
        onCrash: (error) => void reader.crashes.push(error),
      },
    )
    closing.push(() => reader.consumer.stop())
    return reader
  }

  take(fetched: Fetched): void {
    this.fetched.push(fetched)
    const { partition, batches } = fetched
    const records = this.records.get(partition) ?? []
    this.records.set(partition, records)
    for (const batch of batches) {
      const cursor = this.cursors.get(partition) ?? 0
      if (batch.lastOffset < cursor)
        throw new Error(`a batch that ends at ${batch.lastOffset} came at cursor ${cursor}`)
      records.push(...recordsOf(batch, cursor))
      this.cursors.set(partition, batch.lastOffset + 1)
    }
  }

  seek(partition: number, offset: number): void {
    this.cursors.set(partition, offset)
    this.records.delete(partition)
    this.consumer.seek(partition, offset)
  }

  offsets(partition: number): number[] {
    return (this.records.get(partition) ?? []).map(({ offset }) => offset)
  }

  get owned(): number[] {
    return this.assigned.at(-1) ?? []
  }
}

export const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index)
export const values = (count: number, from = 0): { key: null; value: string; partition: number }[] =>
  range(from, from + count).map((index) => ({ key: null, value: `value ${index}`, partition: 0 }))

export const sum = (reader: Reader): number =>
  [...reader.records.values()].reduce((total, records) => total + records.length, 0)

export async function newTopic(config: LogConfig, partitions: number): Promise<string> {
  const logAdmin = await admin(config)
  const topic = uniqueName('topic')
  await logAdmin.createTopic(topic, partitions)
  await until('the topic is known', async () => (await logAdmin.partitions(topic)) === partitions)
  return topic
}
