/** The Metadata request: where the partitions of topics are, and which topic a name means now. */
import { type Call, WireReader, WireWriter } from './wire.ts'

export interface BrokerPlace {
  nodeId: number
  host: string
  port: number
}

export interface PartitionPlace {
  partition: number
  /** -1 while none is elected. */
  leader: number
  leaderEpoch: number
}

export interface TopicPlaces {
  errorCode: number
  topic: string
  /** Hex; null where the broker is older than topic ids. A topic made again under its name has another one. */
  topicId: string | null
  partitions: PartitionPlace[]
}

export interface Places {
  brokers: BrokerPlace[]
  clusterId: string | null
  controllerId: number
  topics: TopicPlaces[]
}

export const METADATA_KEY = 3
const NO_ID = '0'.repeat(32)
/** The newest that is written here: 11 and 12 carry topic ids, 7 is Kafka 2.1's and the embedded broker's. */
const WITH_IDS = [12, 11]
const PLAIN = 7

/** Never creates a topic. `newest`: the newest version that the broker offers. */
export function metadataCall(topics: readonly string[], newest: number): Call<Places> {
  const version = WITH_IDS.find((version) => version <= newest) ?? PLAIN
  const flexible = version !== PLAIN
  const body = new WireWriter(flexible)
  body.array(topics, (topic) => {
    if (flexible) body.raw(Buffer.alloc(16))
    body.text(topic).tags()
  })
  body.int8(0) // may not create
  if (flexible) body.int8(0) // which operations are allowed is not asked
  return {
    key: METADATA_KEY,
    version,
    name: 'Metadata',
    body: body.tags(),
    decode: (reader) => decode(reader, flexible),
  }
}

function decode(reader: WireReader, flexible: boolean): Places {
  reader.int32() // throttle
  const brokers = reader.array(() => {
    const place = { nodeId: reader.int32(), host: reader.text() ?? '', port: reader.int32() }
    reader.text() // rack
    reader.tags()
    return place
  })
  const clusterId = reader.text()
  const controllerId = reader.int32()
  const topics = reader.array((): TopicPlaces => {
    const errorCode = reader.int16()
    const topic = reader.text() ?? ''
    const topicId = flexible ? reader.uuid() : NO_ID
    reader.int8() // internal
    const partitions = reader.array(() => {
      reader.int16() // its error: no leader, or a replica that is away; the leader says all that matters
      const place = { partition: reader.int32(), leader: reader.int32(), leaderEpoch: reader.int32() }
      for (const _ of ['replicas', 'in sync', 'offline']) reader.array(() => reader.int32())
      reader.tags()
      return place
    })
    if (flexible) reader.int32() // operations
    reader.tags()
    return {
      errorCode,
      topic,
      topicId: topicId === NO_ID ? null : topicId,
      partitions: partitions.sort((a, b) => a.partition - b.partition),
    }
  })
  return { brokers, clusterId, controllerId, topics }
}
