import { BrokerError } from '../errors.ts'
import { EARLIEST, EARLIEST_LOCAL, LATEST, LATEST_REMOTE, YOUNGEST, type ListedPartition, type ListOffsetsRequest, type ListOffsetsResponse } from '../messages/list-offsets.ts'
import type { PartitionLog } from '../storage/partition-log.ts'
import type { Topics } from '../storage/topics.ts'

/** Places in the log by their meaning: its two ends, or a time. */
export async function listOffsets(topics: Topics, request: ListOffsetsRequest): Promise<ListOffsetsResponse> {
  const answered = request.topics.map(async ({ name, partitions }) => ({
    name,
    // By index, so that one that is named a thousand times is looked for once.
    partitions: await Promise.all([...new Map(partitions.map((p) => [p.index, p])).values()].map((p) => place(topics, name, p.index, p.timestampMs))),
  }))
  return { topics: await Promise.all(answered) }
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
