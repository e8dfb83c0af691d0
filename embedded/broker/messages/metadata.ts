import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

/** Clients read this as "not asked for": authorisation is not a thing here. */
const OPERATIONS_UNKNOWN = -2147483648

export interface MetadataRequest {
  /** null = all topics. */
  readonly topics: readonly string[] | null
  readonly mayCreate: boolean
}

export interface MetadataResponse {
  readonly broker: { readonly id: number; readonly host: string; readonly port: number }
  readonly clusterId: string
  readonly topics: readonly { readonly error: ErrorName; readonly name: string; readonly partitions: number }[]
}

/** Which topics there are and where: one broker leads every partition and is its only replica. */
export const metadata: Message<MetadataRequest, MetadataResponse> = {
  key: 3,
  name: 'Metadata',
  versions: [0, 8],
  decode(reader, version) {
    const names = reader.nullableArray((r) => r.string())
    const topics = version === 0 && names?.length === 0 ? null : names
    const mayCreate = version >= 4 ? reader.boolean() : true
    if (version >= 8) {
      reader.boolean()
      reader.boolean()
    }
    return { topics, mayCreate }
  },
  encode(writer, version, { broker, clusterId, topics }) {
    if (version >= 3) writer.int32(0)
    writer.array([broker], (w, b) => {
      w.int32(b.id).string(b.host).int32(b.port)
      if (version >= 1) w.nullableString(null)
    })
    if (version >= 2) writer.nullableString(clusterId)
    if (version >= 1) writer.int32(broker.id)
    writer.array(topics, (w, topic) => {
      w.int16(errorCode(topic.error)).string(topic.name)
      if (version >= 1) w.boolean(false)
      w.int32(topic.partitions)
      for (let partition = 0; partition < topic.partitions; partition++) {
        w.int16(0).int32(partition).int32(broker.id)
        if (version >= 7) w.int32(0)
        w.array([broker.id], (x, id) => x.int32(id)).array([broker.id], (x, id) => x.int32(id))
        if (version >= 5) w.int32(0)
      }
      if (version >= 8) w.int32(OPERATIONS_UNKNOWN)
    })
    if (version >= 8) writer.int32(OPERATIONS_UNKNOWN)
  },
}
