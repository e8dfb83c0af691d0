import { errorCode, type ErrorName } from '../protocol/errors.ts'
import { SOURCE, type DescribedConfig } from './describe-configs.ts'
import { NO_TOPIC_ID, type Message } from './message.ts'

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
  readonly topics: readonly {
    readonly name: string
    readonly error: ErrorName
    readonly message: string | null
    /** What was made (or would have been); null beside an error. */
    readonly made: {
      readonly id: string
      readonly partitions: number
      readonly configs: readonly DescribedConfig[]
    } | null
  }[]
}

/** Makes topics; each is on disk before it is answered. */
export const createTopics: Message<CreateTopicsRequest, CreateTopicsResponse> = {
  key: 19,
  name: 'CreateTopics',
  versions: [0, 7],
  flexibleFrom: 5,
  decode(reader, version) {
    const topics = reader.structs((r) => ({
      name: r.string(),
      partitions: r.int32(),
      replicationFactor: r.int16(),
      hasAssignments: r.structs((a) => [a.int32(), a.array((b) => b.int32())]).length > 0,
      configs: r.structs((c) => ({ name: c.string(), value: c.nullableString() })),
    }))
    reader.int32() // timeout: the work is local and is waited for
    return { topics, validateOnly: version >= 1 ? reader.boolean() : false }
  },
  encode(writer, version, { topics }) {
    if (version >= 2) writer.int32(0)
    writer.structs(topics, (w, { name, error, message, made }) => {
      w.string(name)
      if (version >= 7) w.uuid(made?.id ?? NO_TOPIC_ID)
      w.int16(errorCode(error))
      if (version >= 1) w.nullableString(message)
      if (version < 5) return
      w.int32(made?.partitions ?? -1).int16(made === null ? -1 : 1)
      w.structs(made?.configs ?? [], (x, config) =>
        x
          .string(config.name)
          .nullableString(config.value)
          .boolean(false)
          .int8(SOURCE[config.source])
          .boolean(false),
      )
    })
  },
}
