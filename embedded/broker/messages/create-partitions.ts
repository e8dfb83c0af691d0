import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface CreatePartitionsRequest {
  readonly topics: readonly {
    readonly name: string /** How many there shall be in all. */
    readonly count: number
    readonly hasAssignments: boolean
  }[]
  readonly validateOnly: boolean
}

export interface CreatePartitionsResponse {
  readonly topics: readonly {
    readonly name: string
    readonly error: ErrorName
    readonly message: string | null
  }[]
}

/** Gives topics more partitions; never fewer. */
export const createPartitions: Message<CreatePartitionsRequest, CreatePartitionsResponse> = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  decode(reader) {
    const topics = reader.structs((r) => ({
      name: r.string(),
      count: r.int32(),
      hasAssignments: r.structs((a) => a.array((b) => b.int32())).length > 0,
    }))
    reader.int32() // timeout: the work is local and is waited for
    return { topics, validateOnly: reader.boolean() }
  },
  encode(writer, _version, { topics }) {
    writer
      .int32(0)
      .structs(topics, (w, topic) =>
        w.string(topic.name).int16(errorCode(topic.error)).nullableString(topic.message),
      )
  },
}
