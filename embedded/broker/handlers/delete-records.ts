import { BrokerError } from '../protocol/errors.ts'
import type { DeleteRecordsRequest, DeleteRecordsResponse } from '../messages/delete-records.ts'
import type { Topics } from '../storage/topics.ts'

/** Moves the beginnings of logs, one after the other. */
export async function deleteRecords(
  topics: Topics,
  request: DeleteRecordsRequest,
): Promise<DeleteRecordsResponse> {
  const answered: DeleteRecordsResponse['topics'][number][] = []
  for (const { name, partitions } of request.topics) {
    const done: DeleteRecordsResponse['topics'][number]['partitions'][number][] = []
    // Each partition once, by what was said of it last: every move goes to the disk.
    for (const [index, { offset }] of new Map(partitions.map((each) => [each.index, each]))) {
      try {
        done.push({
          index,
          error: 'NONE',
          logStart: await topics.partition(name, index).deleteBefore(offset),
        })
      } catch (thrown) {
        if (!(thrown instanceof BrokerError)) throw thrown
        done.push({ index, error: thrown.kind, logStart: -1 })
      }
    }
    answered.push({ name, partitions: done })
  }
  return { topics: answered }
}
