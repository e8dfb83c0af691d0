/** Reads offsets of partitions beside any consumer group: nothing is joined, committed or moved by it. */
import { LogError } from '../errors.ts'
import type { LogConfig, LogReader, ReadSpan } from '../log.ts'
import { isOutOfRange, patiently } from './map-error.ts'
import { fetchCall } from './fetch.ts'
import type { TopicPlaces } from './metadata.ts'
import { errorOf, Nodes, partitionError } from './nodes.ts'

const TOPIC_UNKNOWN = 3
const SPAN_BYTES = 4 * 1024 * 1024
/** Of a fetch that finds nothing: the record that is waited for is on its way. */
const WAIT_MS = 100

/** Connects when it is first asked. Errors: LOG_CONFIG. */
export function openReader(config: LogConfig): LogReader {
  const nodes = new Nodes(config)
  const known = new Map<string, TopicPlaces>()

  const placesOf = async (topic: string): Promise<TopicPlaces> => {
    const had = known.get(topic)
    if (had !== undefined) return had
    const { topics } = await nodes.places([topic])
    const found = topics.find((one) => one.topic === topic)
    if (found === undefined || found.errorCode !== 0) throw errorOf(found?.errorCode ?? TOPIC_UNKNOWN)
    known.set(topic, found)
    return found
  }

  const fetchOnce = async (
    topic: string,
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<ReadSpan> => {
    const { topicId, partitions } = await placesOf(topic)
    const place = partitions.find((one) => one.partition === partition)
    if (place === undefined)
      throw new LogError('LOG_REFUSED', `there is no partition ${partition} of ${topic}`)
    const asked = { partition, offset, leaderEpoch: place.leaderEpoch, maxBytes }
    const node = await nodes.node(place.leader)
    const answer = await node.askFetch((newest) =>
      fetchCall({ topic, topicId, maxWaitMs: WAIT_MS, minBytes: 1, maxBytes, partitions: [asked] }, newest),
    )
    const own = answer.partitions.find((one) => one.partition === partition)
    const failed = answer.errorCode === 0 ? (own?.errorCode ?? 0) : answer.errorCode
    if (failed !== 0) throw partitionError(failed, `partition ${partition} of ${topic}`)
    if (own === undefined)
      throw new LogError('LOG_UNREACHABLE', `an answer about ${topic}/${partition} holds nothing of it`)
    const { batches, logStart, logEnd, needBytes } = own.fetched
    return needBytes > maxBytes
      ? fetchOnce(topic, partition, offset, needBytes)
      : { batches, logStart, logEnd }
  }

  return {
    read: async (topic, partition, offset) => {
      try {
        return await patiently(`reading ${topic}/${partition} from offset ${offset}`, async () => {
          try {
            return await fetchOnce(topic, partition, offset, SPAN_BYTES)
          } catch (error) {
            known.delete(topic) // another leader, another topic of that name: looked up anew
            throw error
          }
        })
      } catch (error) {
        if (isOutOfRange(error)) return null
        throw error
      }
    },
    close: () => nodes.close(),
  }
}
