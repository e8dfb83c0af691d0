import type { LogAdmin, LogConfig, LogRange } from '../log.ts'
import { LogError } from '../errors.ts'
import { openClient } from './client.ts'
import { patiently, toLogError } from './fault.ts'
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

  return {
    partitions,
    clusterId: async () => (await patiently('asking for the cluster id', () => admin.describeCluster())).clusterId,
    createTopic: (topic, numPartitions) =>
      patiently(`creating topic ${topic}`, () =>
        admin.createTopics({
          waitForLeaders: true,
          topics: [{ topic, numPartitions, configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }],
        }),
      ),
    async ranges(topic) {
      const found = await patiently(`asking for the offsets of ${topic}`, () => admin.fetchTopicOffsets(topic))
      const ranges = found.map(({ partition, low, high }): [number, LogRange] => [partition, { start: Number(low), end: Number(high) }])
      return new Map(ranges.sort(([a], [b]) => a - b))
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
