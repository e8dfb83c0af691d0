import { errorCode, type ErrorName } from '../protocol/errors.ts'
import { NO_TOPIC_ID, type Message } from './message.ts'
import type { TopicRef } from './metadata.ts'

export interface DeleteTopicsResponse {
  readonly topics: readonly {
    readonly name: string | null
    readonly id: string | null
    readonly error: ErrorName
    readonly message: string | null
  }[]
}

/** Removes topics and their records. */
export const deleteTopics: Message<{ readonly topics: readonly TopicRef[] }, DeleteTopicsResponse> = {
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexibleFrom: 4,
  decode(reader, version) {
    if (version < 6) return { topics: reader.array((r) => ({ name: r.string() })) }
    return {
      topics: reader.structs((r): TopicRef => {
        const name = r.nullableString()
        const id = r.uuid()
        return name === null ? { id } : { name }
      }),
    }
  },
  encode(writer, version, { topics }) {
    if (version >= 1) writer.int32(0)
    writer.structs(topics, (w, { name, id, error, message }) => {
      if (version >= 6) w.nullableString(name).uuid(id ?? NO_TOPIC_ID)
      else w.string(name ?? '')
      w.int16(errorCode(error))
      if (version >= 5) w.nullableString(message)
    })
  },
}
