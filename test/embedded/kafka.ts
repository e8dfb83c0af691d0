import { Kafka, logLevel, type Admin, type Consumer, type Producer } from 'kafkajs'
import { onTestFinished } from 'vitest'

/** kafkajs as anybody would use it, without our own client: the broker must serve clients that know nothing of us. */
export const kafkaAt = (address: string): Kafka =>
  new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8 },
  })

export async function adminOf(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  return admin
}

export async function producerOf(kafka: Kafka, idempotent = false): Promise<Producer> {
  const producer = kafka.producer(idempotent ? { idempotent, maxInFlightRequests: 1 } : {})
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer
}

export interface Got {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: string
  readonly timestamp: string
  readonly headers: Record<string, string>
}

/** A group's member that notes what it is given. */
export async function memberOf(kafka: Kafka, groupId: string, topic: string, got: Got[]): Promise<Consumer> {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 6000,
    heartbeatInterval: 200,
    rebalanceTimeout: 6000,
    maxWaitTimeInMs: 200,
  })
  await consumer.connect()
  onTestFinished(() => consumer.disconnect())
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      got.push({
        partition,
        offset: Number(message.offset),
        key: message.key?.toString() ?? '',
        value: message.value?.toString() ?? '',
        timestamp: message.timestamp,
        headers: Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
        ),
      })
    },
  })
  return consumer
}

/** Waits until something holds; the test's own time limit is the only limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

let count = 0
/** A name no other test has. */
export const unique = (name: string): string => `${name}-${process.pid}-${count++}`
