/**
 * Looks into a partition at one offset, beside any consumer: one bounded fetch over the connections of an admin.
 * Nothing is joined, committed or moved by it.
 */
import type { Admin } from 'kafkajs'
import { LogError } from '../errors.ts'
import type { FoundRecord, RawBatch } from '../log.ts'
import { openBatch } from '../walk.ts'
import type { FetchResponse, Haul } from './response.ts'

/** Kafka sends one batch whole, however little is allowed; the embedded broker says how much it needs. */
const FIRST_ASK_BYTES = 64 * 1024
const READ_COMMITTED = 1

/** As much of kafkajs's cluster as is used here; the seam hangs it on every admin. */
export interface Cluster {
  addTargetTopic(topic: string): Promise<void>
  refreshMetadata(): Promise<void>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findBroker(asked: { nodeId: string }): Promise<{ fetch(request: object): Promise<FetchResponse> }>
}

export interface Peek {
  /** The first batch that ends at `offset` or behind it; null where there is none below `logEnd`. */
  batch: RawBatch | null
  logEnd: number
}

/** One try. Errors are kafkajs's (OFFSET_OUT_OF_RANGE among them), or ours. */
export async function peek(admin: Admin, topic: string, partition: number, offset: number): Promise<Peek> {
  const { cluster } = admin as Admin & { cluster: Cluster }
  await cluster.addTargetTopic(topic)
  let haul = await fetchOnce(cluster, topic, partition, offset, FIRST_ASK_BYTES)
  if (haul.needBytes > 0) haul = await fetchOnce(cluster, topic, partition, offset, haul.needBytes)
  return { batch: haul.batches.find(({ lastOffset }) => lastOffset >= offset) ?? null, logEnd: haul.logEnd }
}

async function fetchOnce(cluster: Cluster, topic: string, partition: number, offset: number, maxBytes: number): Promise<Haul> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined) throw new LogError('LOG_REFUSED', `there is no partition ${partition} of ${topic}`)
  try {
    const broker = await cluster.findBroker({ nodeId })
    const topics = [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }]
    const { responses } = await broker.fetch({ replicaId: -1, isolationLevel: READ_COMMITTED, maxWaitTime: 0, minBytes: 0, maxBytes, topics })
    const haul = responses[0]?.partitions[0]?.messages[0]?.haul
    if (haul === undefined) throw new LogError('LOG_UNREACHABLE', `the answer to a fetch of ${topic}/${partition} holds nothing of it`)
    return haul
  } catch (error) {
    await cluster.refreshMetadata().catch(() => undefined) // the leader may have moved
    throw error
  }
}

/** The record of that offset; null where the batch no longer holds it, or it does not count. Errors: those of openBatch. */
export function recordAt(batch: RawBatch, offset: number): FoundRecord | null {
  if (batch.control || batch.aborted || batch.baseOffset > offset) return null
  const cursor = openBatch(batch.bytes)
  while (cursor.next()) if (cursor.offset === offset) return { key: copyOf(cursor.key()), value: copyOf(cursor.value()) }
  return null
}

const copyOf = (view: Buffer | null): Buffer | null => (view === null ? null : Buffer.from(view))
