import { BrokerError } from '../protocol/errors.ts'
import {
  EARLIEST,
  EARLIEST_LOCAL,
  LATEST,
  LATEST_REMOTE,
  YOUNGEST,
  type ListedPartition,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
} from '../messages/list-offsets.ts'
import type { PartitionLog } from '../storage/partition-log.ts'
import type { Topics } from '../storage/topics.ts'

/** Places in the log by their meaning: its two ends, or a time. */
export async function listOffsets(topics: Topics, request: ListOffsetsRequest): Promise<ListOffsetsResponse> {
  const answered: ListOffsetsResponse['topics'][number][] = []
  for (const { name, partitions } of request.topics) {
    const places: ListedPartition[] = []
    // One after the other: a time is looked for in a batch, which may be large. By index, so that one that is named a thousand times is looked for once.
    for (const [index, { timestampMs }] of new Map(partitions.map((each) => [each.index, each])))
      places.push(await place(topics, name, index, timestampMs))
    answered.push({ name, partitions: places })
  }
  return { topics: answered }
}

async function place(topics: Topics, name: string, index: number, timeMs: number): Promise<ListedPartition> {
  try {
    return { index, error: 'NONE', ...(await find(topics.partition(name, index), timeMs)) }
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return { index, error: thrown.kind, timestampMs: -1, offset: -1 }
  }
}

async function find(log: PartitionLog, timeMs: number): Promise<{ timestampMs: number; offset: number }> {
  if (timeMs === LATEST) return { timestampMs: -1, offset: log.endOffset }
  if (timeMs === EARLIEST || timeMs === EARLIEST_LOCAL) return { timestampMs: -1, offset: log.startOffset }
  if (timeMs === LATEST_REMOTE) return { timestampMs: -1, offset: -1 }
  if (timeMs === YOUNGEST) return (await log.youngest()) ?? { timestampMs: -1, offset: -1 }
  return (await log.firstAtOrAfter(timeMs)) ?? { timestampMs: -1, offset: -1 }
}
