import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface NewTopic {
  readonly name: string
  /** -1 = the broker's default. */
  readonly partitions: number
  /** -1 = the broker's default. */
  readonly replicationFactor: number
  readonly hasAssignments: boolean
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

export interface CreateTopicsRequest {
  readonly topics: readonly NewTopic[]
  readonly validateOnly: boolean
}

export interface CreateTopicsResponse {
  readonly topics: readonly { readonly name: string; readonly error: ErrorName; readonly message: string | null }[]
}

/** Makes topics; each is on disk before it is answered. */
export const createTopics: Message<CreateTopicsRequest, CreateTopicsResponse> = {
  key: 19,
  name: 'CreateTopics',
  versions: [0, 4],
  decode(reader, version) {
    const topics = reader.array((r) => ({
      name: r.string(),
      partitions: r.int32(),
      replicationFactor: r.int16(),
      hasAssignments: r.array((a) => [a.int32(), a.array((b) => b.int32())]).length > 0,
      configs: r.array((c) => ({ name: c.string(), value: c.nullableString() })),
    }))
    reader.int32() // timeout: the work is local and is waited for
    return { topics, validateOnly: version >= 1 ? reader.boolean() : false }
  },
  encode(writer, version, { topics }) {
    if (version >= 2) writer.int32(0)
    writer.array(topics, (w, topic) => {
      w.string(topic.name).int16(errorCode(topic.error))
      if (version >= 1) w.nullableString(topic.message)
    })
  },
}
