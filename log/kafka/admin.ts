import { MAX_TIMESTAMP_AT } from '../batch.ts'
import { LogError } from '../errors.ts'
import { readInt64 } from '../int64.ts'
import type { LogAdmin, LogConfig, LogRange } from '../log.ts'
import { openClient } from './client.ts'
import { isOutOfRange, patiently, toLogError } from './fault.ts'
import { peek, recordAt } from './peek.ts'
import { kafkajs } from './seam.ts'

/** Errors: LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_CONFIG; of the calls also TOPIC_UNKNOWN and LOG_REFUSED. */
export async function openAdmin(config: LogConfig): Promise<LogAdmin> {
  const admin = openClient(config).admin()
  try {
    await admin.connect() // tries for some seconds by itself
  } catch (error) {
    await admin.disconnect().catch(() => undefined)
    throw toLogError(error, `connecting to ${config.brokers.join(', ')}`)
  }

  const partitions = async (topic: string): Promise<number | null> => {
    try {
      const { topics } = await patiently(`looking for topic ${topic}`, () => admin.fetchTopicMetadata({ topics: [topic] }))
      return topics[0]?.partitions.length ?? null
    } catch (error) {
      if (error instanceof LogError && error.code === 'TOPIC_UNKNOWN') return null
      throw error
    }
  }

  const ranges = async (topic: string): Promise<Map<number, LogRange>> => {
    const found = await patiently(`asking for the offsets of ${topic}`, () => admin.fetchTopicOffsets(topic))
    const all = found.map(({ partition, low, high }): [number, LogRange] => [partition, { start: Number(low), end: Number(high) }])
    return new Map(all.sort(([a], [b]) => a - b))
  }

  return {
    partitions,
    ranges,
    clusterId: async () => (await patiently('asking for the cluster id', () => admin.describeCluster())).clusterId,
    createTopic: (topic, numPartitions) =>
      patiently(`creating topic ${topic}`, () =>
        admin.createTopics({
          waitForLeaders: true,
          topics: [{ topic, numPartitions, configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }],
        }),
      ),
    async readRecord(topic, partition, offset) {
      const doing = `reading offset ${offset} of ${topic}/${partition}`
      const range = (await ranges(topic)).get(partition)
      if (range === undefined) throw new LogError('LOG_REFUSED', `${doing}: there is no such partition`)
      if (offset < range.start) return 'below-log-start'
      if (offset >= range.end) return 'beyond-end'
      try {
        const { batch } = await patiently(doing, () => peek(admin, topic, partition, offset))
        return batch === null ? 'gone' : (recordAt(batch, offset) ?? 'gone')
      } catch (error) {
        if (!isOutOfRange(error)) throw error
        const { start } = (await ranges(topic)).get(partition) ?? range // it was trimmed or cut off between the two questions
        return offset < start ? 'below-log-start' : 'beyond-end'
      }
    },
    async lastTimestampMs(topic) {
      const held = [...(await ranges(topic))].filter(([, { start, end }]) => end > start)
      const times = await Promise.all(
        held.map(async ([partition, { end }]) => {
          const { batch } = await patiently(`reading the end of ${topic}/${partition}`, () => peek(admin, topic, partition, end - 1))
          return batch === null ? -1 : readInt64(batch.bytes, MAX_TIMESTAMP_AT)
        }),
      )
      const last = Math.max(-1, ...times)
      return last < 0 ? null : last
    },
    async committed(groupId, topic) {
      const [found] = await patiently(`asking what ${groupId} committed for ${topic}`, () => admin.fetchOffsets({ groupId, topics: [topic] }))
      const offsets = (found?.partitions ?? []).map(({ partition, offset }): [number, number] => [partition, Number(offset)])
      return new Map(offsets.filter(([, offset]) => offset >= 0).sort(([a], [b]) => a - b))
    },
    async cleanupPolicy(topic) {
      try {
        const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] }
        const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
        const policy = resources[0]?.configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue
        return policy === undefined ? 'unknown' : policy.includes('compact') ? 'compact' : 'delete'
      } catch (error) {
        const fault = toLogError(error, `asking for the cleanup policy of ${topic}`)
        if (fault.code === 'LOG_NOT_AUTHORIZED') return 'unknown'
        throw fault
      }
    },
    close: () => admin.disconnect(),
  }
}
