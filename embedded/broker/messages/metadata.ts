import { errorCode, type ErrorName } from '../protocol/errors.ts'
import { NO_TOPIC_ID, type Message } from './message.ts'

/** Clients read this as "not asked for": authorisation is not a thing here. */
const OPERATIONS_UNKNOWN = -2147483648

/** A topic by its name, or by the id that a topic of the same name made later does not have. */
export type TopicRef = { readonly name: string } | { readonly id: string }

export interface MetadataRequest {
  /** null = all topics. */
  readonly topics: readonly TopicRef[] | null
  readonly mayCreate: boolean
}

export interface MetadataResponse {
  readonly broker: { readonly id: number; readonly host: string; readonly port: number }
  readonly clusterId: string
  readonly topics: readonly {
    readonly error: ErrorName
    /** null = it was asked for by an id that is not known. */
    readonly name: string | null
    readonly id: string
    readonly partitions: number
  }[]
}

/** Which topics there are and where: one broker leads every partition and is its only replica. */
export const metadata: Message<MetadataRequest, MetadataResponse> = {
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  decode(reader, version) {
    const refs = reader.nullableStructs((r): TopicRef => {
      const id = version >= 10 ? r.uuid() : NO_TOPIC_ID
      const name = version >= 10 ? r.nullableString() : r.string()
      return name === null ? { id } : { name }
    })
    const topics = version === 0 && refs?.length === 0 ? null : refs
    return { topics, mayCreate: version >= 4 ? reader.boolean() : true }
  },
  encode(writer, version, { broker, clusterId, topics }) {
    if (version >= 3) writer.int32(0)
    writer.structs([broker], (w, b) => {
      w.int32(b.id).string(b.host).int32(b.port)
      if (version >= 1) w.nullableString(null)
    })
    if (version >= 2) writer.nullableString(clusterId)
    if (version >= 1) writer.int32(broker.id)
    writer.structs(topics, (w, topic) => {
      w.int16(errorCode(topic.error))
      if (version >= 12) w.nullableString(topic.name)
      else w.string(topic.name ?? '')
      if (version >= 10) w.uuid(topic.id)
      if (version >= 1) w.boolean(false)
      w.count(topic.partitions)
      for (let partition = 0; partition < topic.partitions; partition++) {
        w.int16(0).int32(partition).int32(broker.id)
        if (version >= 7) w.int32(0)
        w.array([broker.id], (x, id) => x.int32(id)).array([broker.id], (x, id) => x.int32(id))
        if (version >= 5) w.count(0)
        w.tags()
      }
      if (version >= 8) w.int32(OPERATIONS_UNKNOWN)
    })
    if (version >= 8 && version <= 10) writer.int32(OPERATIONS_UNKNOWN)
    if (version >= 13) writer.int16(0)
  },
}
