/**
 * Looks into a partition at one offset, beside any consumer: one bounded fetch over the connections of an admin.
 * Nothing is joined, committed or moved by it.
 */
import { LogError } from '../errors.ts'
import type { FoundRecord, RawBatch } from '../log.ts'
import { openBatch } from '../walk.ts'
import { fetchCall } from './fetch.ts'
import type { TopicPlaces } from './metadata.ts'
import { type Nodes, partitionError } from './nodes.ts'
import type { FetchedPartition } from './response.ts'

/** Kafka sends one batch whole, however little is allowed; the embedded broker says how much it needs. */
const FIRST_ASK_BYTES = 64 * 1024

export interface Peek {
  /** The first batch that ends at `offset` or behind it; null where there is none below `logEnd`. */
  batch: RawBatch | null
  logEnd: number
}

/** One try. Errors are kafkajs's (OFFSET_OUT_OF_RANGE among them), or ours. */
export async function peek(
  nodes: Nodes,
  places: TopicPlaces,
  partition: number,
  offset: number,
): Promise<Peek> {
  let fetched = await fetchOnce(nodes, places, partition, offset, FIRST_ASK_BYTES)
  if (fetched.needBytes > 0) fetched = await fetchOnce(nodes, places, partition, offset, fetched.needBytes)
  return {
    batch: fetched.batches.find(({ lastOffset }) => lastOffset >= offset) ?? null,
    logEnd: fetched.logEnd,
  }
}

async function fetchOnce(
  nodes: Nodes,
  { topic, topicId, partitions }: TopicPlaces,
  partition: number,
  offset: number,
  maxBytes: number,
): Promise<FetchedPartition> {
  const place = partitions.find((found) => found.partition === partition)
  if (place === undefined) throw new LogError('LOG_REFUSED', `there is no partition ${partition} of ${topic}`)
  const node = await nodes.node(place.leader)
  const {
    errorCode,
    partitions: [answer],
  } = await node.askFetch((newest) =>
    fetchCall(
      {
        topic,
        topicId,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes,
        partitions: [{ partition, offset, leaderEpoch: place.leaderEpoch, maxBytes }],
      },
      newest,
    ),
  )
  const failed = errorCode === 0 ? (answer?.errorCode ?? 0) : errorCode
  if (failed !== 0) throw partitionError(failed, `partition ${partition} of ${topic}`)
  if (answer === undefined)
    throw new LogError(
      'LOG_UNREACHABLE',
      `the answer to a fetch of ${topic}/${partition} holds nothing of it`,
    )
  return answer.fetched
}

/** The record of that offset; null where the batch no longer holds it, or it does not count. Errors: those of openBatch. */
export function recordAt(batch: RawBatch, offset: number): FoundRecord | null {
  if (batch.control || batch.aborted || batch.baseOffset > offset) return null
  const cursor = openBatch(batch.bytes)
  while (cursor.next())
    if (cursor.offset === offset) return { key: copyOf(cursor.key()), value: copyOf(cursor.value()) }
  return null
}

const copyOf = (view: Buffer | null): Buffer | null => (view === null ? null : Buffer.from(view))
