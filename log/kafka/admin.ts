import { MAX_TIMESTAMP_AT } from '../batch.ts'
import { LogError } from '../errors.ts'
import { readInt64 } from '../int64.ts'
import type { LogAdmin, LogConfig, LogRange, TimestampType } from '../log.ts'
import { openClient } from './client.ts'
import { isOutOfRange, patiently, toLogError } from './map-error.ts'
import { EARLIEST, LATEST, type OffsetWanted } from './list-offsets.ts'
import type { Places, TopicPlaces } from './metadata.ts'
import { errorOf, Nodes, partitionError } from './nodes.ts'
import { peek, recordAt } from './peek.ts'
import { kafkajs } from './kafkajs-patches.ts'

/** Kafka's error numbers. */
const TOPIC_UNKNOWN = 3
/** A busy controller makes a topic long before all brokers know of it. */
const LEADERS_WITHIN_MS = 60_000
const LEADERS_EVERY_MS = 200
const CREATE_WITHIN_MS = 10_000

/** Errors: LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_CONFIG; of the calls also TOPIC_UNKNOWN and LOG_REFUSED. */
export async function openAdmin(config: LogConfig): Promise<LogAdmin> {
  const admin = openClient(config).admin()
  const nodes = new Nodes(config)
  try {
    await admin.connect() // tries for some seconds by itself
  } catch (error) {
    await admin.disconnect().catch(() => undefined)
    throw toLogError(error, `connecting to ${config.brokers.join(', ')}`)
  }

  /** The topics that are there, and where. Errors: those of a topic but its absence. */
  const look = async (topics: readonly string[]): Promise<Places & { found: Map<string, TopicPlaces> }> => {
    const places = await nodes.places(topics)
    const bad = places.topics.find(({ errorCode }) => errorCode !== 0 && errorCode !== TOPIC_UNKNOWN)
    if (bad !== undefined) throw toLogError(errorOf(bad.errorCode), `looking for topic ${bad.topic}`)
    return {
      ...places,
      found: new Map(
        places.topics.filter(({ errorCode }) => errorCode === 0).map((found) => [found.topic, found]),
      ),
    }
  }

  const mustLook = async (topic: string): Promise<Places & { own: TopicPlaces }> => {
    const places = await look([topic])
    const own = places.found.get(topic)
    if (own === undefined) throw toLogError(errorOf(TOPIC_UNKNOWN), `looking for topic ${topic}`)
    return { ...places, own }
  }

  const ranges = (topic: string): Promise<Map<number, LogRange>> =>
    patiently(`asking for the offsets of ${topic}`, async () => {
      const places = await mustLook(topic)
      const numbers = places.own.partitions.map(({ partition }) => partition)
      const wanted = (at: OffsetWanted['at']): Map<string, OffsetWanted[]> =>
        new Map([[topic, numbers.map((partition) => ({ partition, at }))]])
      const [starts, ends, stable] = (
        await Promise.all([
          nodes.offsets(wanted(EARLIEST), places),
          nodes.offsets(wanted(LATEST), places),
          nodes.offsets(wanted(LATEST), places, true),
        ])
      ).map(
        (found) =>
          new Map(
            found.map(({ partition, errorCode, offset }) => {
              if (errorCode !== 0) throw partitionError(errorCode, `partition ${partition} of ${topic}`)
              return [partition, offset]
            }),
          ),
      )
      const edge = (found: Map<number, number> | undefined, partition: number): number => {
        const offset = found?.get(partition)
        if (offset === undefined)
          throw new LogError(
            'LOG_UNREACHABLE',
            `partition ${partition} of ${topic} has no leader that answers`,
          )
        return offset
      }
      return new Map(
        numbers.map((partition) => {
          const stableEnd = edge(stable, partition)
          return [
            partition,
            { start: edge(starts, partition), end: Math.max(edge(ends, partition), stableEnd), stableEnd },
          ]
        }),
      )
    })

  const setting = async (topic: string, name: string): Promise<string | null> => {
    const doing = `asking for ${name} of ${topic}`
    try {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }
      const { resources } = await patiently(doing, () =>
        admin.describeConfigs({ resources: [resource], includeSynonyms: false }),
      )
      return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue ?? null
    } catch (error) {
      const fault = toLogError(error, doing)
      if (fault.code === 'LOG_NOT_AUTHORIZED') return null
      throw fault
    }
  }

  /** Every seed is asked: which broker a client of ours will ask first is not ours to say. */
  const leadersOf = async (topic: string): Promise<void> => {
    for (
      const endMs = Date.now() + LEADERS_WITHIN_MS;
      ;
      await new Promise((resolve) => setTimeout(resolve, LEADERS_EVERY_MS))
    ) {
      const seen = await nodes.placesByEach([topic])
      const known = seen.flatMap(({ topics }) => topics)
      if (
        known.length > 0 &&
        known.every(
          ({ errorCode, partitions }) =>
            errorCode === 0 && partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        )
      )
        return
      if (Date.now() > endMs)
        throw new LogError(
          'LOG_UNREACHABLE',
          `topic ${topic} was made ${LEADERS_WITHIN_MS / 1000} s ago, and the brokers still do not serve it; see their logs`,
        )
    }
  }

  return {
    ranges,
    async offsetsAt(topic, timeMs) {
      const ends = await ranges(topic)
      const found = await patiently(`asking where ${topic} stood at a time`, async () => {
        const wanted = [...ends.keys()].map((partition): OffsetWanted => ({ partition, at: timeMs }))
        const answers = await nodes.offsets(new Map([[topic, wanted]]), await mustLook(topic))
        const bad = answers.find(({ errorCode }) => errorCode !== 0)
        if (bad !== undefined) throw partitionError(bad.errorCode, `partition ${bad.partition} of ${topic}`)
        return new Map(answers.map(({ partition, offset }) => [partition, offset]))
      })
      return new Map(
        [...ends].map(([partition, { start, stableEnd }]) => {
          const offset = found.get(partition) ?? -1
          return [partition, offset < 0 ? stableEnd : Math.max(start, Math.min(offset, stableEnd))]
        }),
      )
    },
    partitions: async (topic) => {
      const { found } = await patiently(`looking for topic ${topic}`, () => look([topic]))
      return found.get(topic)?.partitions.length ?? null
    },
    async partitionCounts(topics) {
      try {
        const { found } = await look(topics)
        return new Map([...found].map(([topic, { partitions }]) => [topic, partitions.length]))
      } catch (error) {
        throw toLogError(error, `looking for ${topics.join(', ')}`)
      }
    },
    async logEnds(topics) {
      try {
        const places = await look(topics)
        const wanted = new Map(
          [...places.found].map(([topic, { partitions }]) => [
            topic,
            partitions.map(({ partition }): OffsetWanted => ({ partition, at: LATEST })),
          ]),
        )
        const ends = new Map(
          [...places.found].map(([topic, { partitions }]) => [
            topic,
            new Map<number, number | null>(partitions.map(({ partition }) => [partition, null])),
          ]),
        )
        for (const { topic, partition, errorCode, offset } of await nodes.offsets(wanted, places))
          if (errorCode === 0) ends.get(topic)?.set(partition, offset)
        return ends
      } catch (error) {
        throw toLogError(error, `asking for the ends of ${topics.join(', ')}`)
      }
    },
    async deleteRecords(topic, partition, before) {
      const doing = `deleting the records below ${before} of ${topic}/${partition}`
      try {
        await patiently(doing, async () => {
          await admin.fetchTopicOffsets(topic) // the call looks nothing up by itself
          await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
        })
      } catch (error) {
        throw toLogError(error, doing)
      }
    },
    clusterId: async () => {
      const { clusterId } = await patiently('asking for the cluster id', () => nodes.places([]))
      return clusterId ?? ''
    },
    createTopic: (topic, numPartitions, settings = {}) =>
      patiently(`creating topic ${topic}`, async () => {
        const made = await admin.createTopics({
          waitForLeaders: false,
          timeout: CREATE_WITHIN_MS,
          topics: [
            {
              topic,
              numPartitions,
              configEntries: Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...settings }).map(
                ([name, value]) => ({ name, value }),
              ),
            },
          ],
        })
        await leadersOf(topic)
        return made
      }),
    async readRecord(topic, partition, offset) {
      const doing = `reading offset ${offset} of ${topic}/${partition}`
      const range = (await ranges(topic)).get(partition)
      if (range === undefined) throw new LogError('LOG_REFUSED', `${doing}: there is no such partition`)
      if (offset < range.start) return 'below-log-start'
      if (offset >= range.stableEnd) return 'beyond-end'
      try {
        const { batch } = await patiently(doing, async () =>
          peek(nodes, (await mustLook(topic)).own, partition, offset),
        )
        return batch === null ? 'gone' : (recordAt(batch, offset) ?? 'gone')
      } catch (error) {
        if (!isOutOfRange(error)) throw error
        const { start } = (await ranges(topic)).get(partition) ?? range // it was trimmed or cut off between the two questions
        return offset < start ? 'below-log-start' : 'beyond-end'
      }
    },
    async lastTimestampMs(topic) {
      const held = [...(await ranges(topic))].filter(([, { start, stableEnd }]) => stableEnd > start)
      const times = await Promise.all(
        held.map(async ([partition, { stableEnd }]) => {
          const { batch } = await patiently(`reading the end of ${topic}/${partition}`, async () =>
            peek(nodes, (await mustLook(topic)).own, partition, stableEnd - 1),
          )
          return batch === null ? -1 : readInt64(batch.bytes, MAX_TIMESTAMP_AT)
        }),
      )
      const last = Math.max(-1, ...times)
      return last < 0 ? null : last
    },
    async committed(groupId, topic) {
      const found = await patiently(`asking what ${groupId} committed for ${topic}`, async () => {
        const partitions = ((await look([topic])).found.get(topic)?.partitions ?? []).map(
          ({ partition }) => ({ partition }),
        )
        const { broker } = await nodes.coordinator(groupId)
        const { responses } = await broker.offsetFetch({ groupId, topics: [{ topic, partitions }] })
        return responses.flatMap((entry) => entry.partitions)
      })
      const offsets = found.map(({ partition, offset }): [number, number] => [partition, Number(offset)])
      return new Map(offsets.filter(([, offset]) => offset >= 0).sort(([a], [b]) => a - b))
    },
    async cleanupPolicy(topic) {
      const policy = await setting(topic, 'cleanup.policy')
      return policy === null ? 'unknown' : policy.includes('compact') ? 'compact' : 'delete'
    },
    async retention(topic) {
      const [ms, bytes] = [await setting(topic, 'retention.ms'), await setting(topic, 'retention.bytes')]
      const limit = (text: string | null): number | null =>
        text === null || Number(text) < 0 ? null : Number(text)
      return ms === null && bytes === null ? null : { ms: limit(ms), bytes: limit(bytes) }
    },
    async timestampType(topic): Promise<TimestampType> {
      const type = await setting(topic, 'message.timestamp.type')
      return type === 'LogAppendTime' || type === 'CreateTime' ? type : 'unknown'
    },
    close: async () => {
      nodes.close()
      await admin.disconnect()
    },
  }
}
