/**
 * Writes with acks of all replicas and without doubles.
 *
 * One request at a time, with all that waits: kafkajs numbers its batches, and gives the numbers of a failed request to the next
 * one. Two sends at once could so make the broker take new records for old ones, and drop them. For the same reason a producer
 * whose request failed is thrown away; the next one gets a new identity.
 */
import type { Message, Producer } from 'kafkajs'
import { LogError } from '../errors.ts'
import type { LogConfig, LogProducer, ProducerOptions, ProducerRecord } from '../log.ts'
import { partitionFor } from '../murmur2.ts'
import { openAdmin } from './admin.ts'
import { openClient } from './client.ts'
import { toLogError } from './map-error.ts'
import { Outbox, type QueuedRecord } from './outbox.ts'
import { kafkajs } from './kafkajs-patches.ts'

/** About five seconds of an election; brokers that are away are given up after half a minute at most. */
const RETRIES = 6
const PARTITIONS_KNOWN_FOR_MS = 60_000
/** Framing of a record and its part of the batch header, about. */
const OVERHEAD_BYTES = 40

/** Errors: LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_CONFIG. */
export async function openProducer(config: LogConfig, options: ProducerOptions = {}): Promise<LogProducer> {
  const compression =
    options.compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None
  const outbox = new Outbox()
  const admin = await openAdmin(config)
  const known = new Map<string, { partitions: number; untilMs: number }>()
  let producer: Producer | null = null
  let busy = false
  let pumping = Promise.resolve()
  let spread = 0
  let closed = false

  const connect = async (): Promise<Producer> => {
    const fresh = openClient(config).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: RETRIES },
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    try {
      await fresh.connect()
      return fresh
    } catch (error) {
      await fresh.disconnect().catch(() => undefined)
      throw error
    }
  }

  const partitionsOf = async (topic: string): Promise<number> => {
    const found = known.get(topic)
    if (found !== undefined && Date.now() < found.untilMs) return found.partitions
    const partitions = await admin.partitions(topic)
    if (partitions === null) throw new LogError('TOPIC_UNKNOWN', `${topic}; create it first`)
    known.set(topic, { partitions, untilMs: Date.now() + PARTITIONS_KNOWN_FOR_MS })
    return partitions
  }

  const pump = async (): Promise<void> => {
    busy = true
    while (!outbox.isEmpty) {
      const sent = outbox.take()
      try {
        producer ??= await connect()
        const answers = await producer.sendBatch({ acks: -1, compression, topicMessages: byTopic(sent) })
        outbox.acknowledged(sent, (topic, partition) =>
          Number(
            answers.find((answer) => answer.topicName === topic && answer.partition === partition)
              ?.baseOffset ?? -1,
          ),
        )
      } catch (error) {
        const doubtful = producer
        producer = null
        outbox.failed(
          sent,
          toLogError(
            error,
            `writing ${sent.length} records to ${[...new Set(sent.map(({ topic }) => topic))].join(', ')}`,
          ),
        )
        await doubtful?.disconnect().catch(() => undefined)
      }
    }
    busy = false
  }

  try {
    producer = await connect()
  } catch (error) {
    await admin.close()
    throw toLogError(error, `connecting to ${config.brokers.join(', ')}`)
  }

  return {
    async send(topic, records) {
      if (closed) throw new LogError('LOG_CLOSED', 'the producer was closed')
      const partitions = await partitionsOf(topic)
      const nowMs = Date.now()
      const acknowledged = outbox.put(
        records.map((record) =>
          outgoing(topic, record, nowMs, () => choose(record, partitions, () => spread++)),
        ),
      )
      if (!busy) pumping = pump()
      return acknowledged
    },
    async close() {
      closed = true
      await pumping
      await Promise.all([producer?.disconnect(), admin.close()])
    },
  }
}

function byTopic(records: QueuedRecord[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>()
  for (const { topic, message } of records) {
    const messages = topics.get(topic) ?? []
    topics.set(topic, messages)
    messages.push(message)
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }))
}

function outgoing(
  topic: string,
  record: ProducerRecord,
  nowMs: number,
  partitionOf: () => number,
): QueuedRecord {
  const { key, value, headers = {}, timestampMs = nowMs } = record
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0)
    throw new LogError('LOG_REFUSED', `timestampMs ${timestampMs} of a record for ${topic} is not a time`)
  const partition = partitionOf()
  const message: Message = { key, value, headers, partition, timestamp: String(timestampMs) }
  let bytes = OVERHEAD_BYTES + sizeOf(key) + sizeOf(value)
  for (const [name, text] of Object.entries(headers))
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(text)
  return { topic, partition, message, bytes }
}

function choose({ key, partition }: ProducerRecord, partitions: number, next: () => number): number {
  if (partition !== undefined) {
    if (!Number.isSafeInteger(partition) || partition < 0 || partition >= partitions)
      throw new LogError('LOG_REFUSED', `there is no partition ${partition}, only ${partitions} of them`)
    return partition
  }
  return key === null
    ? next() % partitions
    : partitionFor(typeof key === 'string' ? Buffer.from(key) : key, partitions)
}

const sizeOf = (bytes: Buffer | string | null): number => (bytes === null ? 0 : Buffer.byteLength(bytes))
